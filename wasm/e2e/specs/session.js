// @ts-check
// Signing in and out, and what a page knows of its session.

import { LOGIN, LOGOUT, ME, REFRESH, credentials } from "../harness/context.js";
import { native } from "../harness/native.js";
import { bothWays, spec } from "../harness/spec.js";

bothWays("login resolves with the session and says so once", async (t) => {
  const authFetch = await t.create();
  t.equal(await authFetch.ready, null, "ready");
  t.equal(authFetch.session, null, "session before");
  const events = t.events(authFetch);
  const before = Date.now();
  const session = await authFetch.login(credentials);
  t.equal(session, authFetch.session, "what login resolves with");
  t.same(events.map(({ reason, code }) => [reason, code]), [["login", null]], "sessionchange");

  const { claims, expiresAt } = session;
  t.ok(Object.isFrozen(claims), "claims are frozen");
  t.match(claims.sid, /./, "claims.sid");
  t.equal(Object.prototype.toString.call(expiresAt), "[object Date]", "expiresAt");
  const life = expiresAt.getTime() - before;
  t.ok(life > 298_000 && life < 310_000, `expiresAt is five minutes ahead (${life} ms)`);
  await t.hits(LOGIN, 1);
});

bothWays("login with a wrong password rejects with the server's code", async (t) => {
  const authFetch = await t.create();
  const error = await t.rejects(authFetch.login({ ...credentials, password: "not this one" }), "login");
  t.equal(error.name, "AuthFetchError", "name");
  t.equal(error.code, "invalid_credentials", "code");
  t.ok(error instanceof Error, "an Error");
  t.ok(!error.message.includes("not this one"), "the password is not in the message");
  t.equal(authFetch.session, null, "session");
  await t.hits(LOGIN, 1);
});

bothWays("logout revokes on the server, and no later call refreshes", async (t) => {
  const authFetch = await t.signedIn();
  const events = t.events(authFetch);
  t.same(await authFetch.logout(), { revoked: true }, "what logout resolves with");
  t.equal(authFetch.session, null, "session");
  t.same(events, [{ session: null, reason: "logout", code: null }], "sessionchange");
  const [row] = await t.server.sessions();
  t.same([row?.revoked, row?.reason], [true, "logout"], "the session in the database");

  const response = await authFetch("/api/users/me");
  t.equal(response.status, 401, "status of a call afterwards");
  const [hit] = await t.server.hits(ME);
  t.same([hit?.headers.authorization, hit?.cookies], [undefined, null], "token and cookie afterwards");
  await t.hits(LOGOUT, 1);
  await t.hits(REFRESH, 0);
});

bothWays("refresh() renews before it is needed", async (t) => {
  const authFetch = await t.signedIn({ exposeToken: true });
  const before = await authFetch.getToken();
  const session = await authFetch.refresh();
  t.equal(session, authFetch.session, "what refresh resolves with");
  t.ok((await authFetch.getToken()) !== before, "another token");
  await t.hits(REFRESH, 1);
  await t.rotations(1);
});

spec("refresh() of a session that is over rejects with the server's code", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.revoke();
  const error = await t.rejects(authFetch.refresh(), "refresh");
  t.equal(error.name, "AuthFetchError", "name");
  t.equal(error.code, "session_revoked", "code");
  t.equal(error.reason, "admin", "reason");
  t.equal(authFetch.session, null, "session");
});

spec("a token is not shown unless that was asked for", async (t) => {
  const authFetch = await t.signedIn();
  t.equal("getToken" in authFetch, false, "getToken");
  const token = (await t.server.all()).findLast((hit) => hit.headers.authorization);
  t.equal(token, undefined, "nothing was sent with a token yet");
  await authFetch("/api/users/me");
  const [hit] = await t.server.hits(ME);
  const secret = hit?.headers.authorization?.slice("Bearer ".length) ?? "";
  t.ok(secret.length > 20, "the token");
  for (const storage of [localStorage, sessionStorage]) {
    t.ok(!JSON.stringify({ ...storage }).includes(secret), "memory mode keeps it out of storage");
  }
  t.ok(!document.cookie, "no cookie that script can read");
});

for (const restore of ["eager", "lazy"]) {
  spec(`C39 memory, ${restore}: a page opened later restores the session with one refresh`, async (t) => {
    await t.signedIn();
    const tab = await t.tab();
    const authFetch = tab.create({ restore });
    if (restore === "eager") t.ok(await authFetch.ready, "ready");
    t.equal((await authFetch("/api/users/me")).status, 200, "status");
    t.ok(authFetch.session, "session");
    await t.hits(REFRESH, 1);
    await t.hits(ME, 1);
    await t.rotations(1);
    tab.close();
  });
}

bothWays("destroy() ends an instance: later calls reject with destroyed", async (t) => {
  const authFetch = await t.signedIn();
  authFetch.destroy();
  const error = await t.rejects(authFetch("/api/users/me"), "a call afterwards");
  t.equal(error.code, "destroyed", "code");
  await t.hits(ME, 0);
});

bothWays("C12 calls that wait for the restore or a refresh are sent in the order in which they were made", async (t) => {
  /** @type {string[]} */
  const sent = [];
  const recorded = (/** @type {any} */ input, /** @type {any} */ init) => {
    const { pathname, search } = new URL(input.url ?? input, location.href);
    if (pathname === "/api/test/public") sent.push(search);
    return native.fetch(input, init);
  };
  const authFetch = await t.create({ fetch: recorded });
  const order = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `?n=${n}`);
  const restore = order.map((query) => authFetch(`/api/test/public${query}`)); // nobody has waited for ready
  await Promise.all(restore);
  t.same(sent, order, "while the session was looked for");

  await authFetch.login(credentials);
  sent.length = 0;
  t.clock.advance(10 * 60_000); // past the life of the token
  await Promise.all(order.map((query) => authFetch(`/api/test/public${query}`)));
  t.same(sent, order, "while it was refreshed");
});

bothWays("login sends the credentials as they were when it was called", async (t) => {
  const authFetch = await t.create({ storage: "localStorage" });
  await authFetch.ready;
  const refresh = await t.server.hold(REFRESH, "after");
  const waiting = authFetch.refresh().catch(() => {});
  await t.server.arrived(REFRESH);
  /** @type {Record<string, string>} */
  const mine = { ...credentials };
  const login = authFetch.login(mine);
  mine.password = "forgotten";
  await refresh.release();
  await waiting;
  t.equal((await login).claims.sub, authFetch.session.claims.sub, "who is signed in");
});

bothWays("a fetch of the page's own may return any thenable", async (t) => {
  const thenable = (/** @type {any} */ input, /** @type {any} */ init) => ({
    then: (/** @type {any} */ ok, /** @type {any} */ no) => native.fetch(input, init).then(ok, no),
  });
  const authFetch = await t.signedIn({ fetch: thenable });
  t.equal((await authFetch("/api/users/me?n=1")).status, 200, "status");
  await t.server.expire();
  t.equal((await authFetch("/api/users/me?n=2")).status, 200, "status with an expired token");
  await t.hits(REFRESH, 1);
});
