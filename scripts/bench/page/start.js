// @ts-check
// How long it takes until the module is ready, in a document that has nothing yet
// but a warm cache.

import { login } from "./plane.js";
import { inTurns } from "./turns.js";

export const measureStart = async () => {
  await login();
  const refreshURL = new URL("/api/auth/refresh", location.href).href;
  /** @param {"authfetch" | "bare"} program @param {"none" | "maybe"} hint whether there may be a session */
  const start = (program, hint) => async (/** @type {number} */ turn) => {
    localStorage.setItem(`authfetch.session ${refreshURL}`, hint);
    const taken = await inFrame(program);
    return turn < 3 ? undefined : taken;
  };
  return inTurns(24, {
    bare: start("bare", "none"),
    authfetch: start("authfetch", "none"),
    restored: start("authfetch", "maybe"),
  });
};

/** @param {string} program @returns {Promise<number>} what the document of that name has measured, in ms */
const inFrame = async (program) => {
  const frame = document.createElement("iframe");
  frame.src = new URL(program === "bare" ? "./bare.html" : "./authfetch.html", import.meta.url).href;
  document.body.append(frame);
  try {
    return await new Promise((resolve, reject) => {
      addEventListener("message", ({ data }) => (typeof data === "number" ? resolve(data) : reject(new Error(String(data)))), { once: true });
    });
  } finally {
    frame.remove();
  }
};
