// Where a server renders the page there is no browser: the loader is imported
// and used there all the same, and must not get in the way (C44).
import assert from "node:assert/strict";
import test from "node:test";

let requests = 0;
globalThis.fetch = async () => {
  requests++;
  throw new Error("no network here");
};
const before = Object.keys(globalThis);
const { AuthFetchError, createAuthFetch } = await import("../authfetch.js");
const authFetch = createAuthFetch({ baseURL: "https://api.example.com" });

test("import and create touch neither the network nor the globals", () => {
  assert.equal(requests, 0);
  assert.deepEqual(Object.keys(globalThis), before);
});

test("there is no session", async () => {
  assert.equal(authFetch.session, null);
  assert.equal(await authFetch.ready, null);
});

test("it looks like fetch", () => {
  assert.equal(authFetch.name, "fetch");
  assert.equal(authFetch.length, 1);
  assert.equal("prototype" in authFetch, false);
});

test("install leaves the server's fetch alone", () => {
  const { fetch } = globalThis;
  const uninstall = authFetch.install();
  assert.equal(globalThis.fetch, fetch);
  uninstall();
  assert.equal(globalThis.fetch, fetch);
});

for (const [name, call] of Object.entries({
  "a request": () => authFetch("/api/users/me"),
  "login": () => authFetch.login({ email: "user@example.com", password: "secret" }),
  "logout": () => authFetch.logout(),
  "refresh": () => authFetch.refresh(),
})) {
  test(`${name} rejects with module_failed`, async () => {
    await assert.rejects(call, (error) => {
      assert(error instanceof AuthFetchError);
      assert.equal(error.code, "module_failed");
      assert.equal(error.message, "authFetch: the module did not start (there is no browser here)");
      return true;
    });
    assert.equal(requests, 0);
  });
}

test("what fetch would reject is rejected as fetch does", async () => {
  await assert.rejects(authFetch("http://"), TypeError);
  await assert.rejects(authFetch("/", { method: "GET", body: "x" }), TypeError);
  await assert.rejects(authFetch(), TypeError);
});

test("an aborted signal rejects before the caller's next microtask", async () => {
  const reason = new Error("changed my mind");
  let rejected;
  authFetch("/", { signal: AbortSignal.abort(reason) }).catch((error) => (rejected = error));
  await null;
  assert.equal(rejected, reason);
});

test("abort ends the wait with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const call = authFetch("/", { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(call, (error) => error === reason);
});

test("destroy ends the wait, and every later call", async () => {
  const one = createAuthFetch();
  const waiting = one.login({});
  one.destroy();
  one.destroy();
  await assert.rejects(waiting, { name: "AuthFetchError", code: "destroyed" });
  await assert.rejects(one("https://api.example.com/"), { code: "destroyed" });
  await assert.rejects(one("https://api.example.com/", { signal: AbortSignal.abort() }), { code: "destroyed" });
  await assert.rejects(one.refresh(), { code: "destroyed" });
  assert.equal(one.session, null);
});

test("listeners can be added, removed and called", () => {
  const types = [];
  const listener = (event) => types.push(event.type);
  authFetch.addEventListener("sessionchange", listener);
  authFetch.dispatchEvent(new Event("sessionchange"));
  authFetch.removeEventListener("sessionchange", listener);
  authFetch.dispatchEvent(new Event("sessionchange"));
  assert.deepEqual(types, ["sessionchange"]);
});

test("an error has a code, and more where it is known", () => {
  const cause = new Error("below");
  const error = new AuthFetchError("throttled", "later", { cause, retryAfter: 30, reason: null });
  assert.deepEqual(
    [error.name, error.code, error.message, error.cause, error.retryAfter, error.reason],
    ["AuthFetchError", "throttled", "later", cause, 30, undefined],
  );
  assert.equal("cause" in new AuthFetchError("internal", "broken"), false);
});

test("the module for XMLHttpRequest is imported without effect, and makes a class", async () => {
  const { createXMLHttpRequest } = await import("../xhr.js");
  assert.deepEqual(Object.keys(globalThis), before);
  assert.equal(createXMLHttpRequest(createAuthFetch({ exposeToken: true })).name, "XMLHttpRequest");
  assert.throws(() => createXMLHttpRequest(authFetch), { name: "TypeError", message: /exposeToken/ });
});
