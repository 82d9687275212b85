// @ts-check
// Programs that a driver starts, and that end with it.

import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** @typedef {import("node:child_process").ChildProcess} Program */

/** An X server that shows its screen to nobody, and the name of the display. @returns {Promise<{ display: string, end(): void }>} */
export async function screen() {
  // It finds a free number itself, and tells it on the descriptor.
  const server = start("Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const pipe = /** @type {import("node:stream").Readable} */ (server.program.stdio[3]);
  const number = await Promise.race([new Promise((resolve) => pipe.once("data", resolve)), server.ended]);
  return { display: `:${String(number).trim()}`, end: server.end };
}

/**
 * Starts a program, which ends with this one at the latest.
 * @param {string} name @param {string[]} args @param {import("node:child_process").SpawnOptions} options
 */
export function start(name, args, options) {
  const program = spawn(name, args, options);
  /** @type {Promise<never>} */
  const ended = new Promise((_, reject) => {
    program.once("error", reject);
    program.once("exit", (code, signal) => reject(new Error(`${name} has ended: ${signal ?? code}`)));
  });
  ended.catch(() => {}); // whoever waits for it learns of it
  const end = () => {
    try {
      if (program.pid) process.kill(options.detached ? -program.pid : program.pid);
    } catch {
      // It has ended already.
    }
  };
  process.once("exit", end);
  return { program, ended, end };
}

/** A port of the loopback interface that nobody uses. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
