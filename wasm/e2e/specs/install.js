// @ts-check
// authFetch.install(): code that calls the page's fetch has the session, and can
// tell no difference otherwise.

import { ME, REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { spec } from "../harness/spec.js";

const original = globalThis.fetch;
const wasmURL = "/dist/authfetch.wasm"; // a hashed name by the time that this runs

/** A fetch that notes what it is asked for, as a tool for tracing is. @param {string[]} seen @returns {typeof fetch} */
const noting = (seen) => function (/** @type {any} */ input, /** @type {any} */ init) {
  seen.push(String(input.url ?? input));
  return native.fetch(input, init);
};

spec("install: code that knows only fetch has the session", async (t) => {
  const authFetch = await t.expired();
  authFetch.install();
  const request = new Request("/api/users/me");
  const calls = [fetch("/api/users/me"), window.fetch(new URL("/api/users/me", location.href)), globalThis.fetch(request)];
  t.same((await Promise.all(calls)).map(({ status }) => status), [200, 200, 200], "statuses");
  await t.hits(REFRESH, 1);
});

spec("install: it looks like the fetch that the browser came with", async (t) => {
  const shape = () => ({
    type: typeof fetch,
    name: fetch.name,
    length: fetch.length,
    keys: Reflect.ownKeys(fetch),
    // A Proxy's text has another name in it, or none; that it is native code is what is looked for.
    text: Function.prototype.toString.call(fetch).replace(/^function \w*\(/, "function (").replace(/\s+/g, " "),
    property: { ...Object.getOwnPropertyDescriptor(globalThis, "fetch"), value: null },
    constructor: t.throws(() => new /** @type {any} */ (fetch)("/"), "new fetch").constructor.name,
  });
  const before = shape();
  (await t.signedIn()).install();
  t.ok(fetch !== original, "it is another one");
  t.same(shape(), before, "what can be seen of it");
});

spec("install: called on other objects, or without a URL, it refuses as fetch does", async (t) => {
  const authFetch = await t.signedIn();
  const calls = {
    "an object": () => ({ fetch }).fetch("/api/users/me"),
    "a number": () => fetch.call(/** @type {any} */ (1), "/api/users/me"),
    "no argument": () => /** @type {any} */ (fetch)(),
    "a symbol": () => /** @type {any} */ (fetch)(Symbol("x")),
    "a bad URL": () => fetch("http://["),
    "a bad method": () => fetch("/api/users/me", { method: "TRACE" }),
  };
  const outcomes = async () => {
    const errors = [];
    for (const [name, call] of Object.entries(calls)) {
      const error = await t.rejects(call(), name);
      errors.push(`${name}: ${error.name}: ${error.message}`);
    }
    return errors;
  };
  const want = await outcomes();
  authFetch.install();
  t.same(await outcomes(), want, "errors");
  t.equal((await fetch.call(undefined, "/api/users/me")).status, 200, "without this");
  t.equal((await fetch.call(/** @type {any} */ (null), "/api/users/me")).status, 200, "with null as this");
  t.equal((await fetch.call(window, "/api/users/me")).status, 200, "with the window as this");
  await t.hits(ME, 3);
});

spec("install: foreign origins go to the fetch that was there before", async (t) => {
  const authFetch = await t.signedIn();
  /** @type {string[]} */
  const seen = [];
  const before = (globalThis.fetch = noting(seen));
  authFetch.install();
  for (const origin of [t.origins.host, t.origins.port, t.origins.suffix]) {
    t.equal((await fetch(`${origin}/public`)).status, 200, `status from ${origin}`);
  }
  t.equal((await fetch("/api/users/me")).status, 200, "status from the API");
  t.same(seen, [t.origins.host, t.origins.port, t.origins.suffix].map((origin) => `${origin}/public`), "what it was asked");
  for (const hit of await t.server.seen()) t.equal("authorization" in hit.headers, hit.route === ME, `a token with ${hit.server}: ${hit.route}`);
  authFetch.install()();
  t.equal(globalThis.fetch, before, "fetch afterwards");
});

spec("install: a relative URL is one of the page, not of baseURL", async (t) => {
  const authFetch = await t.signedIn({ baseURL: `${location.origin}/api/users/` });
  t.equal((await authFetch("me")).status, 200, "authFetch, by baseURL");
  authFetch.install();
  t.equal((await fetch("me")).status, 404, "fetch, by the page");
  await t.hits("GET /wasm/e2e/harness/me", 1);

  const elsewhere = await t.create({ baseURL: t.origins.port, storageKey: "elsewhere" });
  authFetch.destroy();
  elsewhere.install();
  t.equal((await fetch("/api/users/me")).status, 401, "the page's own origin, which is not the API's");
  t.equal((await fetch(`${t.origins.port}/public`)).status, 200, "the API's origin");
});

spec("install: while the module is awaited, foreign calls do not wait", async (t) => {
  const hold = await t.server.hold(`GET ${wasmURL}`, "before");
  const authFetch = await t.create({ wasmURL });
  authFetch.install();
  const call = fetch("/api/test/public");
  t.equal((await t.within(fetch(`${t.origins.host}/public`), 5000, "the foreign call")).status, 200, "status of the foreign call");
  await t.hits("GET /api/test/public", 0);
  await hold.release();
  t.equal((await call).status, 200, "status of the call that waited");
});

spec("install: undone, fetch is what it was; twice is once", async (t) => {
  const authFetch = await t.signedIn();
  const undo = authFetch.install();
  const installed = fetch;
  authFetch.install();
  t.equal(fetch, installed, "fetch after a second install");
  undo();
  t.equal(fetch, original, "fetch after undoing it once");
  undo();
  t.equal(fetch, original, "fetch after undoing it twice");
  t.equal((await fetch("/api/users/me")).status, 401, "status without the session");
  t.equal((await installed("/api/users/me")).status, 401, "status for who has kept it");

  authFetch.install();
  t.equal((await fetch("/api/users/me")).status, 200, "status, installed again");
  authFetch.destroy();
  t.equal(fetch, original, "fetch after destroy");
});

spec("install: what was patched on top since stays, and what is below passes on", async (t) => {
  const authFetch = await t.signedIn();
  const undo = authFetch.install();
  const below = globalThis.fetch;
  const patch = (globalThis.fetch = (input, init) => below(input, init));
  t.equal((await fetch("/api/users/me")).status, 200, "status with the session");
  undo();
  t.equal(globalThis.fetch, patch, "fetch afterwards");
  t.equal((await fetch("/api/users/me")).status, 401, "status without the session");
  t.equal((await fetch(`${t.origins.host}/public`)).status, 200, "status of a foreign call");
});

spec("install: two instances, each for its API, in any order", async (t) => {
  const authFetch = await t.signedIn();
  const other = await t.create({ baseURL: t.origins.host, storageKey: "other" });
  await other.ready;
  const undo = authFetch.install();
  other.install();
  t.equal((await fetch("/api/users/me")).status, 200, "status from the first API");
  undo();
  t.equal((await fetch("/api/users/me")).status, 401, "status when the first is gone");
  t.equal((await fetch(`${t.origins.host}/public`)).status, 200, "status from the second API");
});
