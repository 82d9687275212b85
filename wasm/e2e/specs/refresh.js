// @ts-check
// Silent refresh: when there is one, who waits for it, and what follows when it fails.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

/** @param {number} n */
const upTo = (n) => Array.from({ length: n }, (_, i) => i);

// Chromium sends one of several requests for the same address at a time, to fill
// its cache; the query keeps them apart.
/** @param {string | number} name */
const me = (name) => `/api/users/me?call=${name}`;

bothWays("C13 expired token: one refresh, two hits, and the caller sees 200", async (t) => {
  const authFetch = await t.expired();
  const events = t.events(authFetch);
  const response = await authFetch("/api/users/me");
  t.equal(response.status, 200, "status");
  t.equal((await response.json()).email, credentials.email, "the user");
  await t.hits(ME, 2);
  await t.hits(REFRESH, 1);
  await t.rotations(1);
  t.same(events.map(({ reason, code }) => [reason, code]), [["refresh", null]], "sessionchange");
  t.equal(events[0].session, authFetch.session, "the session of the event");

  const [first, second] = await t.server.hits(ME);
  const [refresh] = await t.server.hits(REFRESH);
  t.equal(refresh?.headers.authorization, first?.headers.authorization, "the refresh brings the old token");
  t.equal(refresh?.headers["x-auth-fetch"], "1", "X-Auth-Fetch of the refresh");
  t.ok(second?.headers.authorization !== first?.headers.authorization, "another token the second time");
});

for (const size of [1, 20, 100, 1000]) {
  bothWays(`C14 ${size} parallel calls with an expired token: one refresh, all 200`, async (t) => {
    const authFetch = await t.expired();
    const responses = await Promise.all(upTo(size).map((n) => authFetch(`/api/test/echo?call=${n}`)));
    t.equal(responses.filter((response) => response.status === 200).length, size, "calls answered with 200");
    await t.hits(REFRESH, 1);
    await t.hits("GET /api/test/echo", 2 * size);
    await t.rotations(1);
  }, { timeout: 120_000 }); // the race detector makes the server slow
}

spec("C14 calls that start while the refresh runs wait for it", async (t) => {
  const authFetch = await t.expired();
  const refresh = await t.server.hold(REFRESH, "after");
  const early = upTo(5).map((n) => authFetch(me(`early${n}`)));
  await t.server.arrived(REFRESH);
  const late = upTo(5).map((n) => authFetch(me(`late${n}`)));
  await refresh.release();
  for (const response of await Promise.all([...early, ...late])) t.equal(response.status, 200, "status");
  await t.hits(REFRESH, 1);
  await t.rotations(1);
});

spec("C15 a late 401 for a token already replaced: sent again, without a second refresh", async (t) => {
  const authFetch = await t.expired();
  const late = await t.server.hold(ME, "after", { times: 1 });
  const a = authFetch(me("a"));
  await t.server.arrived(ME);
  t.equal((await authFetch(me("b"))).status, 200, "status of the call that was answered first");
  await t.hits(REFRESH, 1, "before the late answer");
  await late.release();
  t.equal((await a).status, 200, "status of the call that was answered late");
  await t.hits(REFRESH, 1);
  await t.hits(ME, 4);
  await t.rotations(1);
});

bothWays("C16 always 401: one refresh for the call, and its last body can be read", async (t) => {
  const authFetch = await t.signedIn();
  const response = await authFetch("/api/test/never");
  t.equal(response.status, 401, "status");
  t.equal(response.bodyUsed, false, "bodyUsed");
  t.equal(await response.text(), "refused, always", "body");
  await t.hits(REFRESH, 1);
  await t.hits("GET /api/test/never", 2);
  t.ok(authFetch.session, "the session is kept");

  t.equal((await authFetch("/api/test/never")).status, 401, "status of a second call");
  const refreshes = await t.server.count(REFRESH);
  t.ok(refreshes <= 2, `at most one refresh for each call (${refreshes} for 2)`);
});

spec("C16 always 401, 20 in parallel: no more than one refresh each, and no endless loop", async (t) => {
  const authFetch = await t.signedIn();
  const responses = await Promise.all(upTo(20).map((n) => authFetch(`/api/test/never?n=${n}`)));
  for (const response of responses) t.equal(response.status, 401, "status");
  const sent = await t.server.count("GET /api/test/never");
  t.ok(sent <= 60, `each call is sent three times at most (${sent} for 20)`);
  const refreshes = await t.server.count(REFRESH);
  t.ok(refreshes <= 20, `at most one refresh for each call (${refreshes} for 20)`);
});

const troubles = {
  "500": [500, {}],
  "502 with HTML": [502, { headers: { "Content-Type": "text/html" }, body: "<h1>Bad Gateway</h1>" }],
  "503": [503, {}],
  "200 with HTML": [200, { headers: { "Content-Type": "text/html" }, body: "<h1>Welcome to the hotel</h1>" }],
  "200 and nothing": [200, { headers: { "Content-Type": "application/json" } }],
  "204": [204, {}],
  "JSON without a token": [200, { headers: { "Content-Type": "application/json" }, body: `{"expires_in":300}` }],
  "JSON with a token that is none": [200, { headers: { "Content-Type": "application/json" }, body: `{"access_token":null,"token_type":"Bearer","expires_in":300}` }],
  "half of the JSON": [200, { headers: { "Content-Type": "application/json" }, body: `{"access_token":"eyJ` }],
};
for (const [name, [status, how]] of /** @type {[string, [number, object]][]} */ (Object.entries(troubles))) {
  spec(`C20 the refresh answers ${name}: the caller's own 401, the session is kept`, async (t) => {
    const authFetch = await t.expired();
    const changes = t.events(authFetch);
    const errors = t.events(authFetch, "refresherror");
    const trouble = await t.server.answer(REFRESH, status, how);
    t.clock.stop();

    const response = await authFetch(me("first"));
    t.equal(response.status, 401, "status");
    t.equal((await response.json()).code, "invalid_token", "code of the API's own answer");
    t.equal((await authFetch(me("second"))).status, 401, "status of the next call");
    await t.hits(REFRESH, 1, "the next call comes within the back-off");
    await t.hits(ME, 2);
    t.ok(authFetch.session, "the session is kept");
    t.equal(changes.length, 0, "sessionchange events");
    t.equal(errors.length, 1, "refresherror events");
    t.equal(Object.prototype.toString.call(errors[0].retryAt), "[object Date]", "retryAt");

    await trouble.release();
    const refreshed = t.next(authFetch);
    t.clock.advance(60_000); // more than the first back-off
    t.equal((await t.within(refreshed, 5000, "a refresh after the back-off")).reason, "refresh", "sessionchange");
    t.equal((await authFetch(me("third"))).status, 200, "status when the trouble is over");
    await t.hits(REFRESH, 2);
    await t.hits(ME, 3);
    await t.rotations(1);
  });
}

spec("C21 429 with Retry-After: no refresh before that time", async (t) => {
  const authFetch = await t.expired();
  const errors = t.events(authFetch, "refresherror");
  await t.server.answer(REFRESH, 429, { headers: { "Retry-After": "60" }, times: 1 });
  t.equal((await authFetch(me(1))).status, 401, "status");
  t.clock.advance(58_000);
  t.equal((await authFetch(me(2))).status, 401, "status after 58 s");
  await t.hits(REFRESH, 1, "within the 60 s");
  const wait = errors[0].retryAt - Date.now();
  t.ok(wait > 0 && wait <= 2_000, `retryAt is 60 s after the answer (${wait} ms left after 58 s)`);
  t.clock.advance(5_000);
  t.equal((await authFetch(me(3))).status, 200, "status after 63 s");
  await t.hits(REFRESH, 2);
});

bothWays("C22 the refresh answers 401: one sessionchange, and every call gets its 401", async (t) => {
  const authFetch = await t.expired();
  const events = t.events(authFetch);
  await t.server.revoke();
  const responses = await Promise.all(upTo(20).map((n) => authFetch(me(n))));
  for (const response of responses) t.equal(response.status, 401, "status");
  t.equal((await responses[19].json()).code, "invalid_token", "code of the API's own answer");
  t.equal(authFetch.session, null, "session");
  t.same(events, [{ session: null, reason: "revoked", code: "session_revoked" }], "sessionchange");
  await t.hits(REFRESH, 1);
  await t.hits(ME, 20);

  await t.server.mark();
  t.equal((await authFetch("/api/users/me")).status, 401, "status of a later call");
  const [hit] = await t.server.hits(ME);
  t.equal(hit?.headers.authorization, undefined, "Authorization of a later call");
  await t.hits(REFRESH, 0, "for a later call");
});

spec("C23 the refresh fails by network: fifty further calls cause at most one more", async (t) => {
  let broken = true;
  let attempts = 0;
  const authFetch = await t.expired({
    /** @type {typeof fetch} */
    fetch: (input, init) => {
      const request = new Request(input, init);
      if (!request.url.endsWith("/refresh")) return fetch(request);
      attempts++;
      return broken ? Promise.reject(new TypeError("Failed to fetch")) : fetch(request);
    },
  });
  attempts = 0;
  t.clock.stop(); // within the back-off
  t.equal((await authFetch(me("first"))).status, 401, "status");
  for (const n of upTo(50)) t.equal((await authFetch(me(n))).status, 401, "status");
  t.equal(attempts, 1, "refreshes for 51 calls");
  t.ok(authFetch.session, "the session is kept");

  const refreshed = t.next(authFetch);
  broken = false;
  dispatchEvent(new Event("online"));
  t.equal((await t.within(refreshed, 5000, "a refresh once the network is back")).reason, "refresh", "sessionchange");
  t.equal(attempts, 2, "refreshes, with the one that succeeds");
  t.equal((await authFetch(me("last"))).status, 200, "status when the network is back");
  await t.rotations(1);
});

spec("C24 near expiry: refreshed before the call, which is sent once", async (t) => {
  const authFetch = await t.signedIn();
  t.clock.advance(280_000); // of 300 s
  t.equal((await authFetch(me(1))).status, 200, "status");
  await t.hits(REFRESH, 1);
  await t.hits(ME, 1);
  t.equal((await authFetch(me(2))).status, 200, "status of the next call");
  await t.hits(REFRESH, 1, "after the next call");
});

spec("C24 near expiry, and the refresh fails: calls go on with the valid token", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.answer(REFRESH, 503);
  t.clock.stop();
  t.clock.advance(280_000);
  for (const n of upTo(5)) t.equal((await authFetch(me(n))).status, 200, "status");
  t.ok(authFetch.session, "the session is kept");
  await t.hits(ME, 5);
  await t.hits(REFRESH, 1, "the others come within the back-off");
});

for (const hours of [1, -1]) {
  spec(`C25 clock wrong by ${hours} h from the start: no refresh, no loop`, async (t) => {
    t.clock.setWall(hours * 3_600_000);
    const authFetch = await t.signedIn();
    for (const n of upTo(3)) t.equal((await authFetch(me(n))).status, 200, "status");
    await t.hits(REFRESH, 0);
    await t.hits(ME, 3);
  });

  spec(`C25 clock changed by ${hours} h while running: no loop`, async (t) => {
    const authFetch = await t.signedIn();
    t.clock.setWall(hours * 3_600_000);
    for (const n of upTo(3)) t.equal((await authFetch(me(n))).status, 200, "status");
    const refreshes = await t.server.count(REFRESH);
    t.ok(refreshes <= 1, `at most one refresh for one change (${refreshes})`);
    await t.hits(ME, 3);
  });
}

spec("C25 the machine slept past expiry: the first call makes one refresh, and no use of the dead token", async (t) => {
  const authFetch = await t.expired();
  t.clock.sleep(10 * 60_000);
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  await t.hits(ME, 1);
  await t.hits(REFRESH, 1);
});
