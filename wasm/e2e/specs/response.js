// @ts-check
// What the caller gets is fetch's own, and listeners disturb nothing.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

bothWays("C28 listeners may call authFetch, refresh and logout", async (t) => {
  const authFetch = await t.expired();
  /** @type {Promise<any>} */
  let calls = Promise.resolve();
  authFetch.addEventListener("sessionchange", (/** @type {CustomEvent} */ { detail }) => {
    if (detail.reason !== "refresh") return;
    calls = Promise.all([authFetch("/api/users/me?call=listener"), authFetch.refresh()]);
  }, { once: true });
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  const [response, session] = await t.within(calls, 5000, "the listener's calls");
  t.equal(response.status, 200, "status of the listener's call");
  t.equal(session.claims.sub, authFetch.session.claims.sub, "session of the listener's refresh");

  /** @type {Promise<any>} */
  let logout = Promise.resolve();
  authFetch.addEventListener("sessionchange", () => (logout = authFetch.logout()), { once: true });
  await t.server.expire();
  await authFetch("/api/users/me?call=last");
  t.same(await t.within(logout, 5000, "the listener's logout"), { revoked: true }, "what logout resolves with");
  t.equal(authFetch.session, null, "session");
  const [row] = await t.server.sessions();
  t.equal(row?.revoked, true, "the session is revoked in the database");
});

spec("C28 a listener that throws is reported, and disturbs nothing", async (t) => {
  t.expectError("thrown by a listener");
  const authFetch = await t.expired();
  const reported = new Promise((resolve) => addEventListener("error", resolve, { once: true }));
  authFetch.addEventListener("sessionchange", () => {
    throw new Error("thrown by a listener");
  });
  const events = t.events(authFetch);
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  t.equal((await t.within(reported, 1000, "the report")).error.message, "thrown by a listener", "what is reported");
  t.equal(events.length, 1, "events of the next listener");
  t.equal((await authFetch("/api/users/me")).status, 200, "status of the next call");
  await t.hits(REFRESH, 1);
});

bothWays("C29 answers arrive as they are sent", async (t) => {
  const authFetch = await t.expired();
  const response = await authFetch("/api/test/stream");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  t.equal((await reader.read()).value, "first\n", "first line");
  // The server sends the second line when it hears of the first one.
  await fetch("/api/test/public");
  t.equal((await reader.read()).value, "second\n", "second line");
  t.equal((await reader.read()).done, true, "the end");
});

spec("C29 a Response is native, also after a refresh", async (t) => {
  const authFetch = await t.expired();
  for (const round of ["after a refresh", "without one"]) {
    const response = await authFetch("/api/users/me");
    t.equal(Object.getPrototypeOf(response), Response.prototype, `prototype, ${round}`);
    t.equal(response.url, `${location.origin}/api/users/me`, "url");
    t.equal(response.redirected, false, "redirected");
    t.equal(response.type, "basic", "type");
    t.ok(response.body instanceof ReadableStream, "body");
    t.same(Object.keys(response), [], "nothing is added to it");
    t.equal((await response.clone().json()).email, credentials.email, "a clone's body");
    t.equal((await response.json()).email, credentials.email, "body");
  }
  await t.hits(REFRESH, 1);
});

spec("C29 it is called as fetch is, and refuses what fetch refuses", async (t) => {
  const authFetch = await t.signedIn();
  t.equal(authFetch.name, fetch.name, "name");
  t.equal(authFetch.length, fetch.length, "length");
  const bare = authFetch;
  t.equal((await bare("/api/users/me")).status, 200, "without this");
  t.equal((await authFetch.call(window, "/api/users/me")).status, 200, "with the window as this");
  for (const args of [
    [], ["http://["], ["/api/users/me", { method: "TRACE" }], ["/api/users/me", { body: "a GET has none" }],
    ["/api/users/me", { headers: { "no good": "name" } }], ["/api/users/me", { mode: "navigate" }],
  ]) {
    const call = () => /** @type {any} */ (fetch)(...args);
    const want = await t.rejects(call(), `fetch(${JSON.stringify(args)})`);
    const got = await t.rejects(authFetch(...args), `authFetch(${JSON.stringify(args)})`);
    t.equal(got.constructor, want.constructor, `class of the error for ${JSON.stringify(args)}`);
  }
  await t.hits(ME, 2);
});

spec("C30 401 with insufficient_scope: no refresh", async (t) => {
  const authFetch = await t.signedIn();
  const response = await authFetch("/api/test/scope");
  t.equal(response.status, 401, "status");
  t.equal(await response.text(), "refused, always", "body");
  await t.hits("GET /api/test/scope", 1);
  await t.hits(REFRESH, 0);
});
