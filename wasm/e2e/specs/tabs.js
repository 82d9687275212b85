// @ts-check
// Several tabs of one browser: frames of one origin share all that tabs share, and run
// at the same time. What only real tabs show is in another file.

import { LOGOUT, ME, REFRESH, credentials } from "../harness/context.js";
import { spec } from "../harness/spec.js";

/** @typedef {import("../harness/context.js").Context} Context */

/** Frames with an instance each, which have restored the session of the page. @param {Context} t @param {number} count @param {object} [options] */
async function open(t, count, options) {
  const tabs = await Promise.all(Array.from({ length: count }, () => t.tab()));
  const instances = tabs.map((tab) => tab.create(options));
  for (const authFetch of instances) t.ok(await authFetch.ready, "the session of a tab");
  await t.server.mark();
  return { tabs, instances };
}

/** The users of instances, as the API sees them. @param {any[]} instances */
const users = (instances) =>
  Promise.all(instances.map(async (authFetch, n) => (await (await authFetch(`/api/users/me?tab=${n}`)).json()).email));

for (const [storage, refreshes] of /** @type {const} */ ([["memory", 5], ["localStorage", 1]])) {
  spec(`C31 ${storage}: five tabs with expired tokens call at once, and nobody is signed out`, async (t) => {
    await t.signedIn({ storage });
    const { instances } = await open(t, 5, { storage });
    await t.server.expire();
    const responses = await Promise.all(instances.map((authFetch, n) => authFetch(`/api/users/me?tab=${n}`)));
    t.same(responses.map((response) => response.status), [200, 200, 200, 200, 200], "statuses");
    for (const authFetch of instances) t.ok(authFetch.session, "session");
    await t.hits(REFRESH, refreshes);
    const rows = await t.server.sessions();
    t.same(rows.map((row) => row.revoked), [false], "sessions in the database, and whether they are revoked");
  });
}

spec("C31 localStorage: a tab refreshes, and the others have the new token without a request", async (t) => {
  const first = await t.signedIn({ storage: "localStorage" });
  const { instances: [second] } = await open(t, 1, { storage: "localStorage" });
  const heard = t.next(second);
  await first.refresh();
  t.equal((await heard).reason, "refresh", "what the other tab says");
  t.equal(second.session.claims.jti, first.session.claims.jti, "the token of both");
  await t.server.mark();
  t.equal((await second("/api/users/me")).status, 200, "status");
  await t.hits(REFRESH, 0);
});

spec("C32 a tab that dies while it refreshes: another one refreshes at once", async (t) => {
  const authFetch = await t.signedIn();
  const { tabs: [dying], instances: [held] } = await open(t, 1);
  await t.server.expire();
  const refresh = await t.server.hold(REFRESH, "before", { times: 1 });
  void held("/api/users/me?tab=dying").catch(() => {});
  await t.server.arrived(REFRESH);
  const call = authFetch("/api/users/me?tab=living");
  await t.server.arrived(ME, 2);
  dying?.close();
  t.equal((await t.within(call, 6000, "the call of the tab that lives")).status, 200, "status");
  await refresh.release();
});

spec("C32 a tab that hangs while it refreshes: another one goes without the lock after 5 s", async (t) => {
  const authFetch = await t.signedIn();
  const { instances: [held] } = await open(t, 1);
  await t.server.expire();
  const refresh = await t.server.hold(REFRESH, "before", { times: 1 });
  const hanging = held("/api/users/me?tab=hanging");
  await t.server.arrived(REFRESH);
  const call = t.within(authFetch("/api/users/me?tab=other"), 6000, "the call of the other tab");
  t.equal((await call).status, 200, "status");
  await refresh.release();
  t.equal((await hanging).status, 200, "status of the call in the tab that hung");
  t.same((await t.server.sessions()).map((row) => row.revoked), [false], "sessions, and whether they are revoked");
});

for (const storage of ["memory", "localStorage"]) {
  spec(`C33 ${storage}: logout in one tab is every tab's, without a request of theirs`, async (t) => {
    const authFetch = await t.signedIn({ storage });
    const { instances } = await open(t, 2, { storage });
    const heard = instances.map((other) => t.next(other));
    await authFetch.logout();
    for (const detail of await Promise.all(heard)) {
      t.same(detail, { session: null, reason: "logout", code: null }, "sessionchange of another tab");
    }
    for (const other of instances) t.equal(other.session, null, "its session");
    for (const other of instances) t.equal((await other("/api/users/me")).status, 401, "status of its call");
    t.same(Object.keys(localStorage).filter((key) => key.startsWith("access_token")), [], "what is left in localStorage");
    await t.hits(LOGOUT, 1);
    await t.hits(REFRESH, 0);
  });
}

spec("the end of a session is told to the other tabs, with the server's code", async (t) => {
  const authFetch = await t.signedIn();
  const { instances: [other] } = await open(t, 1);
  const heard = t.next(other);
  await t.server.revoke();
  await t.server.expire();
  t.equal((await authFetch("/api/users/me")).status, 401, "status");
  t.same(await heard, { session: null, reason: "revoked", code: "session_revoked" }, "sessionchange of the other tab");
  await t.hits(REFRESH, 1);
});

spec("signing in in one tab signs the others in", async (t) => {
  const authFetch = await t.create();
  await authFetch.ready;
  const other = (await t.tab()).create();
  t.equal(await other.ready, null, "session of the other tab");
  const heard = t.next(other);
  await authFetch.login(credentials);
  t.equal((await heard).reason, "restore", "what it says");
  t.same(await users([authFetch, other]), [credentials.email, credentials.email], "users");
});

for (const storage of ["memory", "sessionStorage", "localStorage"]) {
  spec(`C42 ${storage}: another tab signs in as someone else`, async (t) => {
    const eve = await t.secondUser();
    const authFetch = await t.signedIn({ storage });
    const { instances: [other] } = await open(t, 1, { storage });
    // A call of the first user is refused late, when the second one is signed in.
    const late = await t.server.hold(ME, "before", { times: 1 });
    const before = authFetch("/api/users/me?call=late");
    await t.server.arrived(ME);

    const heard = t.next(authFetch);
    await other.login(eve);
    const { reason, session } = await heard;
    t.equal(reason, "account_switched", "what this tab says");
    t.equal(session.claims.sub, other.session.claims.sub, "whose session it is");
    t.same(await users([authFetch, other]), [eve.email, eve.email], "users afterwards");

    await t.server.expire();
    await late.release();
    t.equal((await before).status, 401, "the first user's call is not sent as the second one's");
    t.equal((await t.server.hits(ME)).filter(({ query }) => query === "call=late").length, 1, "how often it was sent");
  });
}

spec("C42 the tab acts as nobody until it knows who has signed in", async (t) => {
  const eve = await t.secondUser();
  const authFetch = await t.signedIn();
  const { instances: [other] } = await open(t, 1);
  await t.server.answer(REFRESH, 503);
  const trouble = t.next(authFetch, "refresherror");
  await other.login(eve);
  await trouble;
  t.equal((await authFetch("/api/test/public")).status, 200, "status");
  const [hit] = await t.server.hits("GET /api/test/public");
  t.equal(hit?.headers.authorization, undefined, "the Authorization of its call");
});

spec("C11 two instances of one page hear of each other, whatever they keep the token in", async (t) => {
  const one = await t.signedIn();
  const two = await t.create({ storage: "sessionStorage" });
  t.ok(await two.ready, "the second one's session");
  const heard = t.next(two);
  await one.logout();
  t.equal((await heard).reason, "logout", "what the second one says");
});
