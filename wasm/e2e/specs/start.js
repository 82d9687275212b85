// @ts-check
// What can go wrong while the module is started, or started again.

import { ME, REFRESH } from "../harness/context.js";
import { onProgram } from "../harness/program.js";
import { spec } from "../harness/spec.js";

const wasmURL = "/dist/authfetch.wasm";
const scope = /** @type {any} */ (globalThis);

/** Another copy of the loader, as a page has it that was bundled carelessly. @param {string} name */
const copy = async (name) => (await import(`../../../authfetch.js?${name}`)).createAuthFetch;

spec("C12 a Content-Security-Policy without 'wasm-unsafe-eval': an error that says so", async (t) => {
  t.expectError("Content-Security-Policy");
  t.expectError("Content Security Policy");
  t.expectError("WebAssembly");
  // A second policy only takes away, and holds from here on.
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = "script-src 'self'";
  document.head.append(meta);
  const authFetch = await t.create({ wasmURL });
  const error = await t.within(t.rejects(authFetch("/api/users/me"), "call"), 5000, "the error");
  t.equal(error.code, "module_failed", "code");
  t.match(error.message, /'wasm-unsafe-eval'/, "message");
  t.equal(authFetch.session, null, "session");
  await t.hits(ME, 0);
});

spec("C12 two copies of the loader, started at once, beside a Go program of the page's", async (t) => {
  const Theirs = class {};
  scope.Go = Theirs;
  const first = (await copy("first"))({ wasmURL });
  const second = (await copy("second"))({ wasmURL: `${wasmURL}?second` });
  await Promise.all([first.ready, second.ready]);
  await first.login({ email: "user@example.com", password: "pa55w0rd" });
  t.equal((await first("/api/users/me")).status, 200, "status of the first");
  t.ok(await second.refresh(), "the second finds the session");
  t.equal((await second("/api/users/me")).status, 200, "status of the second");
  t.equal(scope.Go, Theirs, "globalThis.Go");
  t.ok(!("__authfetch_started" in scope), "nothing is left over");
  first.destroy();
  second.destroy();
});

spec("C43 a module that is stopped again and again: listeners stay, and no call hangs", async (t) => {
  /** @type {any} */
  let go;
  onProgram((program) => (go = program));
  const authFetch = await t.signedIn({ wasmURL });
  const events = t.events(authFetch);
  for (let n = 1; n <= 5; n++) {
    const hold = await t.server.hold(ME, "before");
    const calls = Array.from({ length: 20 }, (_, i) => authFetch(`/api/users/me?n=${n}-${i}`));
    await t.server.arrived(ME, 1);
    go._inst = { exports: Object.create(go._inst.exports, { resume: { value() { throw new WebAssembly.RuntimeError("unreachable"); } } }) };
    const met = authFetch("/api/users/me");
    for (const error of await t.within(Promise.all([met, ...calls].map((call) => t.rejects(call, "a call"))), 5000, "rejections")) {
      t.equal(error.code, "module_stopped", "code");
    }
    await hold.release();
    await t.server.mark();
    t.equal((await t.within(authFetch(`/api/users/me?after=${n}`), 5000, "the next call")).status, 200, "status");
    await t.hits(REFRESH, 1);
    t.equal(events.length, n, "sessionchange, at the listener of the first start");
  }
});
