// @ts-check
// Other backends: three that look as real ones do, with paths, fields and statuses of
// their own. They are in shape_test.go, and in static/BACKENDS.md with these options.

import { credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

/**
 * What a spec knows of a backend. Refreshes are the statuses that one silent refresh
 * sees: a filter may refuse the expired token first.
 * @typedef {{ options: Record<string, any>, foreign?: boolean, login: string, refresh: string, logout: string, me: string, over: number, code: string, wrong: string, refreshes: number[], tells: boolean }} Backend
 */

/** @type {Record<string, Backend>} */
const backends = {
  // At an origin of its own, which lets this page in and no other.
  Django: {
    options: {
      paths: { login: "/auth/login/", refresh: "/auth/token/refresh/", logout: "POST /auth/logout/" },
      fields: { accessToken: "access" },
    },
    foreign: true,
    login: "POST /auth/login/", refresh: "POST /auth/token/refresh/", logout: "POST /auth/logout/", me: "GET /auth/user/",
    over: 401, code: "token_not_valid", wrong: "invalid_credentials", refreshes: [200], tells: true,
  },
  Spring: {
    options: {
      paths: { login: "/v1/auth/login", refresh: "/v1/auth/refresh", logout: "POST /v1/auth/logout" },
      fields: { accessToken: "data.token", expiresIn: "data.expiresIn" },
      sessionOver: [403],
    },
    login: "POST /v1/auth/login", refresh: "POST /v1/auth/refresh", logout: "POST /v1/auth/logout", me: "GET /v1/me",
    over: 403, code: "session_over", wrong: "invalid_credentials", refreshes: [401, 200], tells: true,
  },
  Express: {
    options: {
      paths: { login: "/login", refresh: "GET /refresh", logout: "GET /logout" },
      fields: { accessToken: "accessToken", expiresIn: "expiresIn", code: "error" },
      sessionOver: [400],
    },
    login: "POST /login", refresh: "GET /refresh", logout: "GET /logout", me: "GET /me",
    over: 400, code: "invalid_grant", wrong: "invalid_grant", refreshes: [200], tells: false,
  },
};

/** What an answer needs in order to be seen by a page of another origin. @param {string} origin */
const allowing = (origin) => ({
  headers: { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" },
});

/** @param {number} n */
const upTo = (n) => Array.from({ length: n }, (_, i) => i);

for (const [name, backend] of Object.entries(backends)) {
  /** Routes as the control plane names them, and a call of its user. @param {import("../harness/context.js").Context} t */
  const at = (t) => {
    const server = backend.foreign ? "port: " : "";
    const origin = backend.foreign ? t.origins.port : location.origin;
    return {
      options: { baseURL: origin, ...backend.options },
      login: server + backend.login,
      refresh: server + backend.refresh,
      logout: server + backend.logout,
      me: server + backend.me,
      /** @param {string | number} call */
      user: (call) => `${backend.me.split(" ")[1]}?call=${call}`,
      refreshes: async () => (await t.server.hits(server + backend.refresh)).map(({ status }) => status),
    };
  };

  spec(`${name}: a login brings a session that survives a reload, until the logout`, async (t) => {
    const { options, login, logout, refreshes, user } = at(t);
    const authFetch = await t.signedIn(options);
    t.equal((await authFetch(user(1))).status, 200, "status");
    t.same(await refreshes(), [], "refreshes before the reload");

    const tab = await t.tab();
    const reloaded = tab.create(options);
    t.ok(await reloaded.ready, "the session after a reload");
    t.equal((await reloaded(user(2))).status, 200, "status after a reload");
    t.same(await refreshes(), [200], "refreshes of the reload, which has no access token to bring");

    t.same(await reloaded.logout(), { revoked: true }, "logout");
    await t.hits(logout, 1);
    t.equal((await reloaded(user(3))).status, 401, "status after the logout");
    const again = (await t.tab()).create(options);
    t.equal(await again.ready, null, "the session of a page opened afterwards");
    t.same(await refreshes(), [200], "refreshes of pages that know that nobody is signed in");
    const [first] = (await t.server.all()).filter((hit) => login.endsWith(hit.route));
    t.equal(first?.headers["x-auth-fetch"], "1", "X-Auth-Fetch of the login");
    tab.close();
  });

  spec(`${name}: a wrong password has a code to act on`, async (t) => {
    const authFetch = await t.create(at(t).options);
    const error = await t.rejects(authFetch.login({ ...credentials, password: "not this one" }), "login");
    t.equal(error.code, backend.wrong, "code");
    t.equal(authFetch.session, null, "session");
  });

  bothWays(`${name}, C13 expired token: one refresh, two hits, and the caller sees 200`, async (t) => {
    const { options, me, refreshes, user } = at(t);
    const authFetch = await t.expired(options);
    const events = t.events(authFetch);
    const response = await authFetch(user(1));
    t.equal(response.status, 200, "status");
    t.equal((await response.json()).email, credentials.email, "the user");
    await t.hits(me, 2);
    t.same(await refreshes(), backend.refreshes, "refreshes");
    t.same(events.map(({ reason, code }) => [reason, code]), [["refresh", null]], "sessionchange");
  });

  spec(`${name}, C14 200 parallel calls with an expired token: one refresh, all 200`, async (t) => {
    const { options, me, refreshes, user } = at(t);
    const authFetch = await t.expired(options);
    const responses = await Promise.all(upTo(200).map((n) => authFetch(user(n))));
    t.equal(responses.filter(({ status }) => status === 200).length, 200, "calls answered with 200");
    t.same(await refreshes(), backend.refreshes, "refreshes");
    await t.hits(me, 400);
  });

  spec(`${name}, C22 the refresh answers ${backend.over}: one sessionchange, and every call gets its 401`, async (t) => {
    const { options, me, refreshes, user } = at(t);
    const authFetch = await t.expired(options);
    const events = t.events(authFetch);
    await t.server.revoke();
    const responses = await Promise.all(upTo(20).map((n) => authFetch(user(n))));
    t.equal(responses.filter(({ status }) => status === 401).length, 20, "calls answered with their 401");
    t.equal(authFetch.session, null, "session");
    t.same(events, [{ session: null, reason: "revoked", code: backend.code }], "sessionchange");
    await t.hits(me, 20);
    // The second without the access token, which may have been what was refused.
    t.same(await refreshes(), [backend.refreshes.length > 1 ? 401 : backend.over, backend.over], "refreshes");

    await t.server.mark();
    t.equal((await authFetch(user("later"))).status, 401, "status of a later call");
    t.equal((await t.server.hits(me))[0]?.headers.authorization, undefined, "Authorization of a later call");
    t.same(await refreshes(), [], "refreshes for a later call");
  });

  const passing = backend.over === 400 ? 403 : 400;
  spec(`${name}: a refresh that answers ${passing}, which is not in sessionOver, keeps the session`, async (t) => {
    const { options, refresh, user } = at(t);
    const authFetch = await t.expired(options);
    const events = t.events(authFetch);
    const errors = t.events(authFetch, "refresherror");
    const trouble = await t.server.answer(refresh, passing, allowing(location.origin));
    t.clock.stop();
    t.equal((await authFetch(user(1))).status, 401, "status");
    t.ok(authFetch.session, "the session is kept");
    t.equal(events.length, 0, "sessionchange events");
    t.same(errors.map(({ code }) => code), ["refresh_failed"], "refresherror events");

    await trouble.release();
    const refreshed = t.next(authFetch);
    t.clock.advance(60_000); // more than the first back-off
    t.equal((await t.within(refreshed, 5000, "a refresh after the back-off")).reason, "refresh", "sessionchange");
    t.equal((await authFetch(user(2))).status, 200, "status when the trouble is over");
  });

  spec(`${name}, C2 an anonymous visitor costs one refresh, ever`, async (t) => {
    const { options, refreshes, user } = at(t);
    const authFetch = await t.create(options);
    t.equal(await authFetch.ready, null, "ready");
    t.equal((await authFetch(user(1))).status, 401, "status");
    const tab = await t.tab();
    const later = tab.create(options);
    t.equal(await later.ready, null, "ready of a later page");
    t.equal((await later(user(2))).status, 401, "status of a later page");
    t.same(await refreshes(), [backend.over], "refreshes");
    tab.close();
  });

  spec(`${name}, C31 five tabs with expired tokens call at once: nobody is signed out, without a grace on the server`, async (t) => {
    const { options, user } = at(t);
    await t.signedIn(options);
    const tabs = await Promise.all(upTo(5).map(() => t.tab()));
    const instances = tabs.map((tab) => tab.create(options));
    for (const authFetch of instances) t.ok(await authFetch.ready, "ready");
    await t.server.expire();
    const responses = await Promise.all(instances.map((authFetch, n) => authFetch(user(n))));
    t.same(responses.map(({ status }) => status), [200, 200, 200, 200, 200], "statuses");
    for (const authFetch of instances) t.ok(authFetch.session, "session");
    for (const tab of tabs) tab.close();
  });

  spec(`${name}: a logout with an expired token ends the session`, async (t) => {
    const { options, refreshes } = at(t);
    const authFetch = await t.expired(options);
    t.same(await authFetch.logout(), { revoked: true }, "logout");
    t.same(await refreshes(), [], "refreshes");
    const error = await t.rejects(authFetch.refresh(), "a refresh afterwards");
    t.equal(error.code, backend.code, "code");
  });

  if (backend.tells) {
    spec(`${name}: a token that is about to expire is refreshed before the call`, async (t) => {
      const { options, me, refreshes, user } = at(t);
      const authFetch = await t.signedIn(options);
      const life = authFetch.session.expiresAt - Date.now();
      t.ok(life > 298_000 && life <= 301_000, `expiresAt is five minutes ahead (${life} ms)`);
      t.clock.advance(280_000);
      t.equal((await authFetch(user(1))).status, 200, "status");
      t.same(await refreshes(), [200], "refreshes, by a token that is still good");
      await t.hits(me, 1);
    });
  } else {
    spec(`${name}: of an opaque token without a lifetime only a 401 tells that it has expired`, async (t) => {
      const { options, me, refreshes, user } = at(t);
      const authFetch = await t.signedIn(options);
      t.equal(authFetch.session.expiresAt, null, "expiresAt");
      t.same(authFetch.session.claims, {}, "claims");
      t.clock.advance(24 * 3_600_000);
      t.equal((await authFetch(user(1))).status, 200, "status a day later, by the page's clock alone");
      await t.hits(me, 1);
      await t.server.expire();
      t.equal((await authFetch(user(2))).status, 200, "status when the backend's clock says so, too");
      await t.hits(me, 3);
      t.same(await refreshes(), [200], "refreshes");
    });
  }
}

spec("without a logout endpoint the page forgets the session, and says that the server does not know", async (t) => {
  const { options } = /** @type {Backend} */ (backends.Express);
  const authFetch = await t.signedIn({ ...options, paths: { ...options.paths, logout: "/api/test/status?code=404" } });
  t.same(await authFetch.logout(), { revoked: false }, "logout");
  t.equal(authFetch.session, null, "session");
});

bothWays("C46 a wrong option of those that other backends need throws, and is named", async (t) => {
  const statuses = 'option "sessionOver" must be an array of statuses from 400 to 499';
  for (const [given, part] of /** @type {const} */ ([
    [{ sessionOver: 403 }, statuses],
    [{ sessionOver: [403, 500] }, statuses],
    [{ sessionOver: ["403"] }, statuses],
    [{ sessionOver: [400.5] }, statuses],
    [{ fields: { code: "" } }, 'option "fields.code" must be a string'],
  ])) {
    const error = await t.rejects(t.create(given), `create with ${JSON.stringify(given)}`);
    t.equal(error.name, "TypeError", "name");
    t.ok(error.message.includes(part), `${error.message}: holds ${part}`);
  }
});

spec("instances with another idea of when a session is over do not share one", async (t) => {
  const { options } = /** @type {Backend} */ (backends.Spring);
  const [strict, lenient] = [await t.expired(options), await t.create({ ...options, sessionOver: [] })];
  await lenient.ready;
  await t.server.revoke();
  // In this order: whoever knows that the session is over tells the other.
  t.equal((await t.rejects(lenient.refresh(), "refresh")).code, "refresh_failed", "code without sessionOver");
  t.equal((await t.rejects(strict.refresh(), "refresh")).code, "session_over", "code with it");
});
