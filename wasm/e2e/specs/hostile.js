// @ts-check
// A page that is not well-behaved: what it changes after the module has started
// shows it no token, and nothing that it passes in or throws stops the module.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bareAuthFetch } from "../harness/module.js";
import { native } from "../harness/native.js";
import { bothWays, spec } from "../harness/spec.js";
import { bind } from "../../../dpop.js";

const scope = /** @type {any} */ (globalThis);

/** What looks like a token, in anything that a function can be handed. @param {unknown} value @param {unknown[]} found */
const collect = (value, found, depth = 0) => {
  if (typeof value === "string") {
    if (/eyJ[\w-]+\.|pa55w0rd/.test(value)) found.push(value);
  } else if (value instanceof Object && depth < 3) {
    if (value instanceof Headers) for (const pair of headerPairs.call(value)) collect(pair, found, depth + 1);
    if (value instanceof Request) collect(requestHeaders?.call(value), found, depth + 1);
    for (const key of ownKeys(value)) {
      const descriptor = describe(value, key);
      if (descriptor && "value" in descriptor) collect(descriptor.value, found, depth + 1);
    }
  }
};
const { ownKeys, getOwnPropertyDescriptor: describe, apply } = Reflect;
const headerPairs = Headers.prototype.entries;
const requestHeaders = describe(Request.prototype, "headers")?.get;

/** Puts a spy in the place of a method or getter. @param {any} object @param {string} name @param {unknown[]} found */
const spyOn = (object, name, found) => {
  const descriptor = describe(object, name);
  let asleep = false;
  const see = (/** @type {unknown[]} */ seen) => {
    if (asleep) return; // the spy uses some of what it watches
    asleep = true;
    collect(seen, found);
    asleep = false;
  };
  /** @param {any} original */
  const wrapped = (original) =>
    new Proxy(original, {
      apply(target, self, args) {
        const result = apply(target, self, args);
        see([self, args, result]);
        return result;
      },
      construct(target, args, as) {
        const result = Reflect.construct(target, args, as);
        see([args, result]);
        return result;
      },
    });
  if (descriptor?.get) Object.defineProperty(object, name, { ...descriptor, get: wrapped(descriptor.get) });
  else object[name] = wrapped(descriptor?.value);
};

const watched = {
  "the window": [scope, ["fetch", "Request", "Response", "Headers", "URL", "Promise", "Event", "CustomEvent", "atob", "setTimeout"]],
  "Headers": [Headers.prototype, ["get", "set", "append", "has", "entries", "forEach"]],
  "Request": [Request.prototype, ["headers", "url", "clone", "signal", "text"]],
  "Response": [Response.prototype, ["text", "json", "clone", "status", "headers", "body", "arrayBuffer"]],
  "Promise": [Promise.prototype, ["then", "catch", "finally"]],
  "Promise itself": [Promise, ["resolve", "reject", "withResolvers"]],
  "JSON": [JSON, ["parse", "stringify"]],
  "Object": [Object, ["create", "freeze", "defineProperty", "keys", "assign", "entries"]],
  "Function": [Function.prototype, ["call", "apply", "bind"]],
  "Array": [Array.prototype, ["push", "reduce", "map", "slice", "concat"]],
  "String": [String.prototype, ["split", "indexOf", "slice", "replace", "startsWith"]],
  "EventTarget": [EventTarget.prototype, ["dispatchEvent", "addEventListener"]],
  "Storage": [Storage.prototype, ["setItem", "getItem", "removeItem"]],
  "console": [console, ["log", "warn", "error", "info", "debug"]],
};
for (const [name, [object, names]] of Object.entries(watched)) {
  bothWays(`a changed ${name} sees no token, no password`, async (t) => {
    // What script can read from localStorage anyway, it shall not see written.
    const authFetch = await t.create(object === Storage.prototype ? { storage: "localStorage" } : {});
    await authFetch.ready;
    /** @type {unknown[]} */
    const found = [];
    for (const name of /** @type {string[]} */ (names)) spyOn(object, name, found);
    await authFetch.login({ ...credentials });
    await authFetch("/api/users/me");
    await authFetch("/api/test/echo", { method: "POST", body: "x", headers: { a: "b" } });
    t.clock.sleep(10 * 60_000);
    await authFetch(new Request("/api/users/me"));
    await authFetch.refresh();
    await authFetch.logout();
    const seen = found.splice(0); // the control plane is not silent
    await t.hits(REFRESH, 3, "the first one finds nothing");
    t.same(seen, [], "what was seen");
  });
}

bothWays("with bound tokens, all that proves them changed at once sees no token, no password", async (t) => {
  await t.server.restart({ dpop: "required" });
  const authFetch = await t.create({ dpop: t.options.bare ? bind : true });
  await authFetch.ready;
  /** @type {unknown[]} */
  const found = [];
  // All that dpop.js has captured but TextEncoder, which Go's wasm_exec.js calls with every string.
  const { Headers, Request, Response, String, EventTarget } = watched;
  const others = [[AbortSignal.prototype, ["aborted", "reason"]], [SubtleCrypto.prototype, ["digest", "sign", "exportKey"]]];
  for (const [object, names] of [watched["the window"], Headers, Request, Response, watched.Promise, watched.JSON, String, EventTarget, ...others]) {
    for (const name of /** @type {string[]} */ (names)) spyOn(object, name, found);
  }
  /** @type {Array<Promise<string>>} */
  const answers = [];
  const { clone, text } = globalThis.Response.prototype;
  const { then } = Promise.prototype;
  Promise.prototype.then = /** @type {any} */ (function (/** @type {any} */ ...args) {
    const see = (/** @type {any} */ value) => value instanceof globalThis.Response && !value.bodyUsed && answers.push(apply(text, apply(clone, value, []), []));
    apply(then, this, [see, () => {}]);
    return apply(then, this, args);
  });
  await authFetch.login({ ...credentials });
  const { cnf } = authFetch.session.claims;
  await authFetch("/api/users/me");
  await authFetch("/api/test/redirect?to=/api/users/me");
  await authFetch("/api/test/echo", { method: "POST", body: "x", headers: { a: "b" } });
  await authFetch.refresh();
  await authFetch.logout();
  collect(await Promise.all(answers), found);
  const seen = found.splice(0); // the control plane is not silent
  t.ok(cnf?.jkt, "the key of the token");
  t.same(seen, [], "what was seen");
});

bothWays("setters of Object.prototype see no token, no password", async (t) => {
  const authFetch = await t.create();
  await authFetch.ready;
  /** @type {unknown[]} */
  const found = [];
  const names = ["Authorization", "authorization", "headers", "body", "method", "credentials", "access_token", "accessToken", "token"];
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get: () => undefined,
      set(value) {
        collect(value, found);
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      },
    });
  }
  try {
    await authFetch.login({ ...credentials });
    await authFetch("/api/users/me");
    await t.server.expire();
    await authFetch("/api/users/me");
    await authFetch.logout();
  } finally {
    for (const name of names) delete (/** @type {any} */ (Object.prototype)[name]);
  }
  t.same(found, [], "what was seen");
});

bothWays("an object that names another server when it is asked again gets no token", async (t) => {
  const authFetch = await t.signedIn();
  for (const changes of [1, 2, 3, 4]) {
    let asked = 0;
    const fickle = { toString: () => (asked++ < changes ? "/api/users/me" : `${t.origins.port}/public`) };
    await authFetch(fickle);
    const url = new URL("/api/users/me", location.href);
    Object.assign(url, fickle);
    await authFetch(url);
  }
  for (const { headers } of await t.server.hits("port: GET /public")) t.equal(headers.authorization, undefined, "Authorization");
  await t.hits(REFRESH, 0);
});

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable(() => {}, {});
  revoke();
  return proxy;
};
/** How a call ends, without a look at what it ends with. @param {import("../harness/context.js").Context} t @param {() => Promise<unknown>} call */
const end = (t, call) => t.within(call().then(() => "resolved", () => "rejected"), 5000, "a call");
/** Throws whatever is done to it, and what it throws does the same. @type {any} */
const bomb = new Proxy(function () {}, /** @type {any} */ (new Proxy({}, { get: () => () => { throw bomb; } })));

bothWays("what throws at every touch stops nothing", async (t) => {
  const authFetch = await t.expired();
  for (const evil of [bomb, revoked(), 1n, Symbol("x"), Object.create(null), { get message() { throw bomb; } }]) {
    for (const args of [
      [evil], [evil, evil], ["/api/users/me", evil],
      ...["method", "body", "headers", "signal", "mode", "window", "referrer"].map((name) => ["/api/test/public", { method: "POST", [name]: evil }]),
    ]) {
      await end(t, () => authFetch(...args));
    }
    for (const credentials of [evil, { evil }, { toJSON: evil }, { toJSON() { throw evil; } }]) {
      t.equal(await end(t, () => authFetch.login(credentials)), "rejected", "login");
    }
    const reason = AbortSignal.abort(evil);
    t.equal(await end(t, () => authFetch("/api/users/me", { signal: reason })), "rejected", "an aborted call");
  }
  await t.server.mark();
  await t.server.expire();
  t.equal((await authFetch("/api/users/me")).status, 200, "status afterwards");
  await t.hits(REFRESH, 1);
});

bothWays("a fetch of the page's that rejects with anything stops nothing", async (t) => {
  /** @type {(() => Promise<Response>) | null} */
  let fail = null;
  const authFetch = await t.create({ fetch: (/** @type {any} */ input, /** @type {any} */ init) => (fail ? fail() : native.fetch(input, init)) });
  await authFetch.login({ ...credentials });
  for (const evil of [bomb, revoked(), 1n, Symbol("x"), undefined, null, 0, { get message() { throw bomb; } }]) {
    for (const way of [() => { throw evil; }, () => Promise.reject(evil)]) {
      fail = way;
      const call = () => authFetch("/api/users/me").then(null, (/** @type {unknown} */ reason) => {
        t.ok(reason === evil, "it rejects with the same");
      });
      t.equal(await end(t, call), "resolved", "a call");
      t.equal(await end(t, () => authFetch.refresh()), "rejected", "a refresh");
      t.equal(await end(t, () => authFetch.login({})), "rejected", "a login");
    }
    fail = null;
  }
  t.equal((await authFetch("/api/users/me")).status, 200, "status afterwards");
});

spec("options that throw at every touch are refused, and stop nothing (module alone)", async (t) => {
  const { create } = await bareAuthFetch();
  const names = ["baseURL", "paths", "fields", "storage", "storageKey", "allowedOrigins", "refreshMargin", "refreshTimeout", "restore", "fetch", "exposeToken"];
  for (const evil of [bomb, revoked(), 1n, Symbol("x"), new Proxy([], { get() { throw bomb; } })]) {
    const given = names.filter((name) => name !== "fetch" || typeof evil !== "function").map((name) => ({ [name]: evil }));
    const thrown = names.map((name) => Object.defineProperty({}, name, { enumerable: true, get() { throw evil; } }));
    for (const options of [evil, ...given, ...thrown]) {
      let error;
      try {
        create(options);
      } catch (exception) {
        error = exception;
      }
      t.ok(error !== evil && error !== bomb && error instanceof TypeError, `a TypeError for ${typeof evil}, ${typeof options === "object" ? ownKeys(options).join() : "as a whole"}`);
    }
  }
  const authFetch = create();
  t.equal((await authFetch("/api/test/public")).status, 200, "status afterwards");
});

bothWays("destroy in a listener, of itself and of the others", async (t) => {
  const one = await t.signedIn();
  const others = [await t.create(), await t.create()];
  await Promise.all(others.map(({ ready }) => ready));
  one.addEventListener("sessionchange", () => {
    one.destroy();
    for (const other of others) other.destroy();
  });
  await t.server.expire();
  const calls = [one, ...others].map((authFetch, n) => authFetch(`/api/users/me?call=${n}`).catch((/** @type {any} */ error) => error));
  for (const answer of await t.within(Promise.all(calls), 5000, "the calls")) {
    t.ok(answer.status === 200 || answer.status === 401 || answer.code === "destroyed", `an answer or destroyed: ${answer.status ?? answer}`);
  }
  const late = await t.create();
  t.ok(await t.within(late.ready, 5000, "ready"), "a later instance has the session");
  t.equal((await late("/api/users/me?call=late")).status, 200, "status of its call");
});

bothWays("200 instances come and go", async (t) => {
  const first = await t.signedIn();
  const instances = await Promise.all(Array.from({ length: 200 }, () => t.create()));
  const answers = await Promise.all(instances.map((authFetch, n) => authFetch(`/api/test/echo?n=${n}`)));
  t.same(new Set(answers.map(({ status }) => status)).size, 1, "statuses that there are");
  t.equal(answers[0]?.status, 200, "status");
  for (const authFetch of instances) authFetch.destroy();
  await t.hits(REFRESH, 0);
  await t.server.expire();
  t.equal((await first("/api/users/me")).status, 200, "status of the first one");
  await t.hits(REFRESH, 1);
});

bothWays("3,000 calls that are aborted, before, during and after the refresh", async (t) => {
  const authFetch = await t.expired();
  const refresh = await t.server.hold(REFRESH, "after");
  const leader = authFetch("/api/users/me");
  await t.server.arrived(REFRESH);
  t.clock.sleep(10 * 60_000); // those to come wait for the refresh
  await t.within(Promise.all(Array.from({ length: 3000 }, async (_, n) => {
    const aborter = new AbortController();
    if (n % 3 === 0) aborter.abort(n);
    const call = authFetch(`/api/test/echo?n=${n}`, { signal: aborter.signal });
    if (n % 3 === 1) aborter.abort(n);
    if (n % 3 === 2) native.setTimeout(() => aborter.abort(n), 1);
    t.equal(await t.rejects(call, `call ${n}`), n, "what it rejects with");
  })), 20_000, "all of them");
  await refresh.release();
  t.equal((await leader).status, 200, "status of the call that waited");
  await t.hits("GET /api/test/echo", 0);
  await t.hits(ME, 2);
  await t.hits(REFRESH, 1);
}, { timeout: 60_000 });

bothWays("calls made from within the module's own doings do not lock it", async (t) => {
  /** @type {Promise<any>[]} */
  const calls = [];
  let authFetch = /** @type {any} */ (null);
  const meddle = () => {
    if (authFetch && calls.length < 50) calls.push(Promise.resolve(authFetch("/api/test/public")).then((response) => response?.status, String));
    void authFetch?.session;
  };
  for (const name of ["setItem", "getItem", "removeItem"]) {
    const original = scope.Storage.prototype[name];
    scope.Storage.prototype[name] = function (/** @type {unknown[]} */ ...args) {
      meddle();
      return original.apply(this, args);
    };
  }
  authFetch = await t.create({
    storage: "localStorage",
    /** @type {typeof fetch} */
    fetch: (input, init) => {
      if (!new Request(input, init).url.includes("public")) meddle();
      return native.fetch(input, init);
    },
  });
  await t.within(authFetch.login({ ...credentials }), 5000, "login");
  await t.server.expire();
  t.equal((await t.within(authFetch("/api/users/me"), 5000, "a call")).status, 200, "status");
  await t.within(authFetch.logout(), 5000, "logout");
  t.ok(calls.length > 5, "there were some");
  const statuses = await t.within(Promise.all(calls), 5000, "the calls from within");
  t.same([...new Set(statuses)], [200], "their statuses");
});
