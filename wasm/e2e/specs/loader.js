// @ts-check
// The loader: calls before the module is there, a module that does not come, and
// one that stops.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { native } from "../harness/native.js";
import { onProgram } from "../harness/program.js";
import { spec } from "../harness/spec.js";

// With the option, wasm_exec.js is looked for beside it and by its plain name;
// the name of the module is a hashed one by the time that this runs.
const wasmURL = "/dist/authfetch.wasm";
const WASM = `GET ${wasmURL}`;
const EXEC = "GET /dist/wasm_exec.js";

/** A fetch that notes what it is asked for. @param {string[]} seen @returns {typeof fetch} */
const noting = (seen) => (input, init) => {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  seen.push(`${request.method} ${pathname}${search}`);
  return native.fetch(request);
};

/** How often this page has asked for the module, be it of its cache. */
const loads = () => performance.getEntriesByName(new URL(wasmURL, location.href).href).length;

/** The Go program that the loader runs next, to do to it what a crash would do. */
const nextProgram = () => new Promise(onProgram);

/** What a trap does: the program is gone, and whoever wakes it gets an exception. @param {any} go */
const trap = (go) => {
  const resume = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  go._inst = { exports: Object.create(go._inst.exports, { resume: { value: resume } }) };
};

spec("C12 calls before the module is ready are answered once it is", async (t) => {
  const hold = await t.server.hold(WASM, "before");
  /** @type {string[]} */
  const seen = [];
  const authFetch = await t.create({ wasmURL, fetch: noting(seen) });
  const session = authFetch.login(credentials);
  const calls = [1, 2, 3, 4, 5].map((n) => authFetch(`/api/test/public?n=${n}`));
  const { ready } = authFetch;
  t.equal(authFetch.session, null, "session while it waits");
  await t.server.arrived(WASM);
  t.same(seen, [], "requests while it waits");
  await hold.release();
  t.same((await Promise.all(calls)).map(({ status }) => status), [200, 200, 200, 200, 200], "statuses");
  t.ok((await session).claims.sub, "what login resolves with");
  await ready;
});

spec("C12 calls that wait for the module are sent in their order", async (t) => {
  // A token in storage, so that nothing but the module is waited for.
  const program = nextProgram();
  await t.signedIn({ wasmURL, storage: "sessionStorage" });
  trap(await program);
  /** @type {string[]} */
  const seen = [];
  const authFetch = await t.create({ wasmURL, storage: "sessionStorage", fetch: noting(seen) });
  const order = [1, 2, 3, 4, 5, 6, 7, 8];
  await Promise.all(order.map((n) => authFetch(`/api/test/public?n=${n}`)));
  t.same(seen, order.map((n) => `GET /api/test/public?n=${n}`), "requests in order");
});

spec("C12 a waiting call is the one that the caller made", async (t) => {
  const hold = await t.server.hold(WASM, "before");
  const authFetch = await t.create({ wasmURL });
  const headers = new Headers({ "X-Note": "before" });
  const url = new URL("/api/test/echo", location.href);
  const request = new Request("/api/test/echo", { method: "POST", body: "mine" });
  const call = authFetch(url, { headers });
  const post = authFetch(request);
  headers.set("X-Note", "after");
  url.pathname = "/elsewhere";
  t.ok(request.bodyUsed, "the body of a Request is taken at once, as fetch takes it");
  await hold.release();
  await Promise.all([call, post]);
  const [got] = await t.server.hits("GET /api/test/echo");
  t.equal(got?.headers["x-note"], "before", "header that arrived");
  await t.hits("POST /api/test/echo", 1);
});

spec("C12 what fetch rejects is rejected while the module is awaited", async (t) => {
  await t.server.hold(WASM, "before");
  const authFetch = await t.create({ wasmURL });
  for (const args of [["http://"], ["/", { method: "GET", body: "x" }], ["/", { headers: { "\n": "" } }], []]) {
    const error = await t.within(t.rejects(authFetch(...args), "call"), 1000, "rejection");
    t.equal(error.constructor, TypeError, `class of the error for ${JSON.stringify(args)}`);
  }
});

spec("C12 abort ends the wait at once, and nothing is sent", async (t) => {
  const hold = await t.server.hold(WASM, "before");
  const authFetch = await t.create({ wasmURL });
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const byInit = authFetch("/api/users/me", { signal: controller.signal });
  const byRequest = authFetch(new Request("/api/users/me", { signal: controller.signal }));
  controller.abort(reason);
  t.equal(await t.within(t.rejects(byInit, "call"), 50, "rejection"), reason, "reason");
  t.equal(await t.within(t.rejects(byRequest, "call"), 50, "rejection"), reason, "reason by a Request");
  await hold.release();
  await authFetch.ready;
  await t.hits(ME, 0);
});

spec("C27 an aborted signal rejects before the caller's next microtask", async (t) => {
  const authFetch = await t.create();
  for (const when of ["before the module is ready", "afterwards"]) {
    const reason = new Error(when);
    let rejected;
    authFetch("/api/users/me", { signal: AbortSignal.abort(reason) }).catch((/** @type {Error} */ error) => (rejected = error));
    await null;
    t.equal(rejected, reason, when);
    await authFetch.ready;
  }
  await t.hits(ME, 0);
});

spec("C12 dpop.js cannot be loaded: a clear error for who wants it, and for nobody else", async (t) => {
  t.expectError("404");
  t.expectError("dpop."); // Firefox names what it has not loaded
  const source = await (await native.fetch(import.meta.resolve("../../../authfetch.js"))).text();
  await t.server.answer(`GET /${/dpop\.\w+\.js/.exec(source)}`, 404);
  const authFetch = await t.create({ dpop: true });
  for (const call of [authFetch("/api/users/me"), authFetch.ready, authFetch.login(credentials)]) {
    const error = await t.rejects(call, "call");
    t.same([error.name, error.code, error.cause?.name], ["AuthFetchError", "module_failed", "TypeError"], "the error");
    t.match(error.message, /dpop\.js, beside the loader, did not load/, "message");
  }
  t.equal((await (await t.create())("/api/test/public")).status, 200, "status of another instance's call");
  authFetch.destroy();
  t.equal((await t.rejects(authFetch("/api/users/me"), "call")).code, "destroyed", "code after destroy");
});

for (const [name, route, cause] of [
  ["the module", WASM, /answered 404$/],
  ["wasm_exec.js", EXEC, /wasm_exec\.js|^Importing a module script failed\.$/],
]) {
  spec(`C12 ${name} cannot be loaded: a clear error, and the next call tries again`, async (t) => {
    t.expectError("404");
    t.expectError("disallowed MIME type"); // Firefox, of an answer that has none
    await t.server.answer(String(route), 404, { times: 1 });
    const authFetch = await t.create({ wasmURL });
    const failed = await Promise.all([t.rejects(authFetch("/api/users/me"), "call"), t.rejects(authFetch.ready, "ready")]);
    for (const error of failed) {
      t.equal(error.name, "AuthFetchError", "name");
      t.equal(error.code, "module_failed", "code");
      t.match(error.cause.message, /** @type {RegExp} */ (cause), "cause");
      t.match(error.message, /check that .* answer 200 .* 'wasm-unsafe-eval'/, "message");
      t.ok(error.message.includes(location.origin + wasmURL), "the address is in the message");
    }
    t.equal((await authFetch("/api/test/public")).status, 200, "status of the next call");
    t.equal(await authFetch.ready, null, "ready now");
  });
}

spec("C12 a module that is none is a clear error", async (t) => {
  await t.server.answer(WASM, 200, { times: 1, headers: { "Content-Type": "text/html" }, body: "<!doctype html>" });
  const authFetch = await t.create({ wasmURL });
  const error = await t.rejects(authFetch("/api/users/me"), "call");
  t.equal(error.code, "module_failed", "code");
  t.equal(error.cause.constructor, WebAssembly.CompileError, "class of the cause");
});

spec("the module is compiled under a wrong MIME type, too", async (t) => {
  globalThis.fetch = async (input, init) => {
    const response = await native.fetch(input, init);
    return new Response(await response.arrayBuffer(), { headers: { "Content-Type": "application/octet-stream" } });
  };
  // Another copy of the loader, which finds that fetch.
  const loader = "../../../authfetch.js?another";
  const { createAuthFetch } = await import(loader);
  const authFetch = createAuthFetch({ wasmURL, fetch: native.fetch });
  t.equal(await authFetch.ready, null, "ready");
  authFetch.destroy();
});

spec("C11 the module is loaded once, however many instances there are", async (t) => {
  const authFetches = await Promise.all([t.create({ wasmURL }), t.create({ wasmURL, storage: "sessionStorage" })]);
  await Promise.all(authFetches.map(({ ready }) => ready));
  const late = await t.create({ wasmURL, storageKey: "another" });
  await late.ready;
  t.equal(loads(), 1, "how often the module was asked for");
});

spec("C43 the module crashes: calls under way reject, and the next call starts it again", async (t) => {
  const program = nextProgram();
  const authFetch = await t.signedIn({ wasmURL });
  const other = await t.create({ wasmURL });
  await other.ready;
  const events = t.events(authFetch);
  const hold = await t.server.hold(ME, "before");
  const held = authFetch("/api/users/me");
  await t.server.arrived(ME);

  trap(await program);
  const errors = await Promise.all([t.rejects(authFetch("/api/users/me"), "the call that meets it"), t.rejects(held, "the call under way")]);
  for (const error of errors) {
    t.equal(error.name, "AuthFetchError", "name");
    t.equal(error.code, "module_stopped", "code");
    t.equal(error.cause?.message, "unreachable", "cause");
  }
  t.equal(authFetch.session, null, "session meanwhile");
  await hold.release();

  t.equal((await authFetch("/api/users/me")).status, 200, "status of the next call");
  t.same(events.map(({ reason }) => reason), ["restore"], "sessionchange at the same listener");
  t.ok(await other.ready, "the session of the other instance");
  t.equal(loads(), 1, "how often the module was asked for: what was compiled is used again");
});

spec("C43 the module ends: the same", async (t) => {
  const program = nextProgram();
  const authFetch = await t.signedIn({ wasmURL, storage: "sessionStorage" });
  const hold = await t.server.hold(ME, "before", { times: 1 });
  const held = authFetch("/api/users/me");
  await t.server.arrived(ME);
  const go = await program;
  go.exited = true;
  go._resolveExitPromise();
  t.equal((await t.rejects(held, "the call under way")).code, "module_stopped", "code");
  await hold.release();
  t.equal((await authFetch("/api/users/me")).status, 200, "status of the next call");
});

spec("C46 createAuthFetch names an option that is wrong, at once", async (t) => {
  const { createAuthFetch } = await import("../../../authfetch.js");
  const create = /** @type {(options: unknown) => unknown} */ (createAuthFetch);
  for (const [name, options] of Object.entries({
    "baseUrl": { baseUrl: "/" },
    "paths.renew": { paths: { renew: "/x" } },
    "storage": { storage: "cookie" },
    "refreshMargin": { refreshMargin: "30" },
    "wasmURL": { wasmURL: "blob:x" },
  })) {
    const error = t.throws(() => create(options), name);
    t.equal(error.constructor, TypeError, `class of the error for ${name}`);
    t.ok(error.message.includes(`"${name}"`), `the message names ${name}: ${error.message}`);
  }
});

spec("C46 an option that only the module can judge rejects each call with its name", async (t) => {
  // In the page this is short for its own host; the API has the other scheme.
  const { protocol } = location;
  const other = protocol === "http:" ? "https:" : "http:";
  const authFetch = await t.create({ baseURL: `${other}//api.example.com`, paths: { login: protocol } });
  for (const attempt of ["first", "second"]) {
    const error = await t.within(t.rejects(authFetch("/"), attempt), 5000, attempt);
    t.equal(error.constructor, TypeError, `class of the ${attempt} error`);
    t.match(error.message, new RegExp(`"${protocol}"`), `message of the ${attempt} error`);
  }
});

spec("authFetch may take the place of the page's fetch", async (t) => {
  const authFetch = await t.signedIn();
  authFetch.destroy();
  globalThis.fetch = await t.create();
  t.equal((await fetch("/api/users/me")).status, 200, "status");
  t.same([fetch.name, fetch.length], ["fetch", 1], "name and length");
  await t.hits(ME, 1);
});

spec("the loader leaves no globals but those of wasm_exec.js", async (t) => {
  const before = new Set(Object.keys(globalThis));
  const authFetch = await t.create();
  await authFetch.ready;
  const added = Object.keys(globalThis).filter((name) => !before.has(name));
  t.same(added.sort(), ["Go", "fs", "path", "process"], "globals");
  t.ok(!("__authfetch_started" in globalThis), "what the module hands itself over to is gone");
});

spec("another Go program of the page keeps its Go, also after a failed load", async (t) => {
  t.expectError("404");
  const Theirs = class {};
  const scope = /** @type {any} */ (globalThis);
  scope.Go = Theirs;
  const hold = await t.server.rule(WASM, { answer: { status: 404 }, hold: true, times: 1 });
  const authFetch = await t.create({ wasmURL });
  const call = authFetch("/api/test/public");
  // wasm_exec.js is there by then, and the module is what fails.
  await t.server.answered(EXEC);
  await hold.release();
  await t.rejects(call, "call");
  t.equal((await authFetch("/api/test/public")).status, 200, "status of the next call");
  t.equal(scope.Go, Theirs, "globalThis.Go");
});

spec("destroy ends calls that wait, and every later one", async (t) => {
  const hold = await t.server.hold(WASM, "before");
  const authFetch = await t.create({ wasmURL });
  const waiting = authFetch("/api/users/me");
  authFetch.destroy();
  t.equal((await t.rejects(waiting, "waiting call")).code, "destroyed", "code");
  await hold.release();
  const alive = await t.create({ wasmURL });
  await alive.ready;
  t.equal((await t.rejects(authFetch("/api/users/me"), "later call")).code, "destroyed", "code afterwards");
  t.equal((await t.rejects(authFetch.refresh(), "later refresh")).code, "destroyed", "code of refresh");
  await t.hits(ME, 0);
});

spec("destroy lets a call under way end", async (t) => {
  const authFetch = await t.signedIn();
  const hold = await t.server.hold(ME, "before");
  const call = authFetch("/api/users/me");
  await t.server.arrived(ME);
  authFetch.destroy();
  authFetch.destroy();
  await hold.release();
  t.equal((await call).status, 200, "status");
  await t.hits(REFRESH, 0);
});
