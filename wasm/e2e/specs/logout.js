// @ts-check
// Logout of more than this session.

import { LOGOUT, ME, REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { bothWays } from "../harness/spec.js";

const SESSIONS = "DELETE /api/auth/sessions";
const revoked = { status: 401, code: "session_revoked", reason: "logout" };
const refreshed = { status: 200, code: "", reason: "" };

bothWays("S23 logout of the others ends them, and this session lives", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.signInElsewhere();
  const events = t.events(authFetch);
  t.same(await authFetch.logout({ scope: "others" }), { revoked: true }, "what logout resolves with");
  t.same(events, [], "sessionchange");
  t.ok(authFetch.session, "session");
  t.same(await t.server.refreshElsewhere(), revoked, "the next refresh of the other browser");
  t.equal((await authFetch("/api/users/me")).status, 200, "a call afterwards");
  t.ok(await authFetch.refresh(), "a refresh afterwards");
  await t.hits(LOGOUT, 0);
});

bothWays("S23 logout of all ends this session and the others", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.signInElsewhere();
  const events = t.events(authFetch);
  t.same(await authFetch.logout({ scope: "all" }), { revoked: true }, "what logout resolves with");
  t.same(events, [{ session: null, reason: "logout", code: null }], "sessionchange");
  t.equal(authFetch.session, null, "session");
  t.same(await t.server.refreshElsewhere(), revoked, "the next refresh of the other browser");
  const response = await native.fetch("/api/auth/refresh", { method: "POST", headers: { "X-Auth-Fetch": "1" } });
  t.equal((await response.json()).code, "refresh_missing", "the cookie is gone");
  t.same((await t.server.sessions()).map(({ reason }) => reason), ["logout", "logout"], "reasons in the database");
});

bothWays("S23 logout of all ends the session in this page before the server answers", async (t) => {
  const authFetch = await t.signedIn();
  const held = await t.server.hold(SESSIONS, "before");
  const result = authFetch.logout({ scope: "all" });
  await t.server.arrived(SESSIONS);
  t.equal(authFetch.session, null, "session");
  await held.release();
  t.same(await result, { revoked: true }, "what logout resolves with");
});

bothWays("logout of the others with an expired token refreshes once, together with the calls that wait", async (t) => {
  const authFetch = await t.expired();
  await t.server.signInElsewhere();
  const [response, result] = await Promise.all([authFetch("/api/users/me"), authFetch.logout({ scope: "others" })]);
  t.equal(response.status, 200, "status of the call");
  t.same(result, { revoked: true }, "what logout resolves with");
  await t.hits(REFRESH, 1);
  await t.hits(SESSIONS, 2);
  await t.hits(ME, 2);
  t.same(await t.server.refreshElsewhere(), revoked, "the next refresh of the other browser");
});

bothWays("S23 logout of all with an expired token renews it for that, and signs nobody in again", async (t) => {
  const authFetch = await t.expired();
  await t.server.signInElsewhere();
  const events = t.events(authFetch);
  t.same(await authFetch.logout({ scope: "all" }), { revoked: true }, "what logout resolves with");
  t.same(events, [{ session: null, reason: "logout", code: null }], "sessionchange");
  await t.hits(REFRESH, 1);
  await t.hits(SESSIONS, 2);
  t.same((await t.server.sessions()).map(({ reason }) => reason), ["logout", "logout"], "reasons in the database");
  t.equal((await authFetch("/api/users/me")).status, 401, "a call afterwards");
  await t.hits(REFRESH, 1, "and no other");
});

bothWays("logout that cannot reach the server says so, and ends what is in this page", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.signInElsewhere();
  await t.server.drop(SESSIONS, "before");
  t.same(await authFetch.logout({ scope: "others" }), { revoked: false }, "the others");
  t.ok(authFetch.session, "session");
  t.same(await t.server.refreshElsewhere(), refreshed, "the other browser goes on");
  t.same(await authFetch.logout({ scope: "all" }), { revoked: false }, "all");
  t.equal(authFetch.session, null, "session");
  await t.hits(LOGOUT, 1, "this session's own");
});

bothWays("logout without a session has nobody to end the sessions of", async (t) => {
  const authFetch = await t.create();
  await authFetch.ready;
  await t.server.mark();
  t.same(await authFetch.logout({ scope: "others" }), { revoked: false }, "what logout resolves with");
  await t.hits(REFRESH, 0);
});

bothWays("logout with a wrong scope rejects with a TypeError, and nothing is sent", async (t) => {
  const authFetch = await t.signedIn();
  for (const [given, part] of /** @type {const} */ ([
    [{ scope: "everybody" }, 'option "scope" must be one of'],
    [{ scope: null }, 'option "scope" must be'],
    [{ scopes: "all" }, 'unknown option "scopes"'],
    ["all", "options must be an object"],
  ])) {
    const error = await t.rejects(authFetch.logout(given), "logout");
    t.equal(error.name, "TypeError", "name");
    t.ok(error.message.includes(part), `${error.message}: holds ${part}`);
  }
  t.ok(authFetch.session, "session");
  t.same(await t.server.seen(), [], "requests");
  t.same(await authFetch.logout({ scope: undefined }), { revoked: true }, "an absent scope");
});

bothWays("logout asks where paths.sessions says", async (t) => {
  const authFetch = await t.signedIn({ paths: { sessions: "/api/test/echo?of=me" } });
  t.same(await authFetch.logout({ scope: "all" }), { revoked: true }, "what logout resolves with");
  const [hit] = await t.server.hits("DELETE /api/test/echo");
  t.equal(hit?.query, "of=me&scope=all", "query");
  t.match(hit?.headers.authorization ?? "", /^Bearer ./, "token");
});
