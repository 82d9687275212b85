// @ts-check
// A page that stays open for days.

import { Backend } from "../harness/backend.js";
import { REFRESH } from "../harness/context.js";
import { countListeners } from "../harness/listeners.js";
import { onProgram } from "../harness/program.js";
import { spec } from "../harness/spec.js";

const timeout = 300_000;

spec("100,000 calls: Go heap, goroutines, callbacks, values and listeners are flat after the first 10,000", { timeout }, async (t) => {
  const listeners = countListeners();
  /** @type {any} */
  let go;
  onProgram((program) => (go = program));
  const backend = new Backend();
  const wasmURL = "/inspect/authfetch.wasm"; // the module with a look inside
  const authFetch = await t.signedIn({ wasmURL, restore: "lazy", paths: backend.paths, fetch: backend.fetch });
  const real = await t.signedIn({ wasmURL, restore: "lazy", storageKey: "real" }); // another session, with the real server
  const page = new AbortController(); // as long-lived as the page

  const hundredCalls = async (/** @type {number} */ n) => {
    const expired = n % 5 === 4;
    if (expired) backend.expire();
    const impatient = new AbortController();
    const heard = () => {};
    authFetch.addEventListener("sessionchange", heard);
    const calls = Array.from({ length: 100 }, (_, i) => {
      const url = `/api/test/echo?n=${n}-${i}`;
      if (i % 20 === 0) return authFetch(url, { method: "POST", body: "text" });
      if (i % 20 === 1) return authFetch(url, { method: "POST", body: new URLSearchParams({ a: "b" }) });
      if (i % 20 === 2) return authFetch(url, { signal: page.signal });
      if (i % 20 === 3) return authFetch(url, { signal: impatient.signal });
      if (i % 20 === 4) return authFetch("/api/test/lost");
      return authFetch(url);
    });
    const settled = Promise.allSettled(calls);
    if (expired) {
      await backend.refreshing(); // which they wait for, and some not any more
      impatient.abort();
      backend.answer();
    }
    const outcomes = await settled;
    const good = outcomes.filter((one) => one.status === "fulfilled" && one.value.status === 200).length;
    t.equal(good, expired ? 90 : 95, `calls of hundred ${n} that were answered with 200`);
    authFetch.removeEventListener("sessionchange", heard);
  };

  const measure = () => {
    const { heap, goroutines, callbacks } = /** @type {any} */ (globalThis).__authfetch_inspect();
    const values = go._values.filter((/** @type {unknown} */ value) => value !== null && value !== undefined).length;
    return { heap, goroutines, callbacks, values, listeners: listeners() };
  };
  const parts = [];
  for (let part = 0; part < 10; part++) {
    for (let n = 0; n < 99; n++) await hundredCalls(n);
    if (part % 3 === 2) await t.server.expire();
    for (let n = 0; n < 10; n++) {
      const calls = Array.from({ length: 10 }, (_, i) => real(`/api/test/echo?n=${part}-${n}-${i}`));
      for (const response of await Promise.all(calls)) {
        t.equal(response.status, 200, "status");
        await response.text();
      }
    }
    parts.push(measure());
  }
  const [first, ...later] = parts;
  const figures = parts.map((part) => JSON.stringify(part)).join("\n");
  for (const part of later) {
    t.equal(part.goroutines, first.goroutines, `goroutines:\n${figures}`);
    t.equal(part.callbacks, first.callbacks, `callbacks:\n${figures}`);
    t.equal(part.listeners, first.listeners, `listeners:\n${figures}`);
    t.ok(part.values <= first.values + 10, `values that Go holds:\n${figures}`);
    t.ok(part.heap <= first.heap * 1.1, `Go's heap:\n${figures}`);
  }
  t.equal(backend.refreshes, 190, "refreshes");
  await t.hits(REFRESH, 3);
});
