// @ts-check
// Large bodies, both ways: they pass by the module, not through it.

import { REFRESH } from "../harness/context.js";
import { onProgram } from "../harness/program.js";
import { spec } from "../harness/spec.js";

const MiB = 1 << 20;
const timeout = 90_000;

/** What the module holds, from now on. */
const watch = () => {
  /** @type {any} */
  let go;
  onProgram((program) => (go = program));
  return () => go._inst.exports.mem.buffer.byteLength;
};

spec("64 MiB sent twice: the module's memory does not grow", { timeout }, async (t) => {
  const memory = watch();
  const authFetch = await t.signedIn();
  const piece = new Uint8Array(MiB).map((_, i) => i * 31);
  const blob = new Blob(Array.from({ length: 64 }, () => piece));
  const form = new FormData();
  form.append("file", blob, "large.bin");
  const before = memory();
  for (const [name, body] of Object.entries({ blob, form })) {
    await t.server.expire();
    await t.server.mark();
    const response = await authFetch("/api/test/echo", { method: "POST", body });
    t.ok((await response.json()).bytes >= 64 * MiB, `bytes that arrived, ${name}`);
    const [first, second] = await t.server.hits("POST /api/test/echo");
    t.same([first?.status, second?.status], [401, 200], `statuses, ${name}`);
    t.equal(second?.body, first?.body, `digest of the second body, ${name}`);
    await t.hits(REFRESH, 1, name);
  }
  t.ok(memory() - before <= MiB, `wasm memory, before and after: ${before}, ${memory()}`);
});

spec("64 MiB received: as they are sent, and the module's memory does not grow", { timeout }, async (t) => {
  const memory = watch();
  const authFetch = await t.expired();
  const before = memory();
  const response = await authFetch("/api/test/large");
  let bytes = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    // The server sends the second half when it hears of the first one.
    if (bytes < 32 * MiB && bytes + value.length >= 32 * MiB) await fetch("/api/test/public");
    bytes += value.length;
  }
  t.equal(bytes, 64 * MiB, "bytes received");
  await t.hits(REFRESH, 1);
  t.ok(memory() - before <= MiB, `wasm memory, before and after: ${before}, ${memory()}`);
});

spec("a Request, its clone and a Response's clone are the caller's", async (t) => {
  const authFetch = await t.expired();
  const request = new Request("/api/test/echo", { method: "POST", body: "the same" });
  const clone = request.clone();
  const responses = [await authFetch(request), await authFetch(clone)];
  for (const response of responses) {
    const copy = response.clone();
    t.equal((await response.json()).bytes, 8, "bytes that arrived");
    t.equal((await copy.json()).bytes, 8, "bytes, by the clone of the answer");
  }
  t.same([request.bodyUsed, clone.bodyUsed], [true, true], "bodyUsed");
  await t.hits("POST /api/test/echo", 3);
});
