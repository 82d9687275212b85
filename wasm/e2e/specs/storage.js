// @ts-check
// The token in the page's storage: what is found there, and storage that fails.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

const KEY = "access_token";
const areas = /** @type {const} */ (["localStorage", "sessionStorage"]);

/** The warnings of authFetch from here on. @returns {string[]} */
const warnings = () => {
  /** @type {string[]} */
  const said = [];
  console.warn = (...args) => said.push(args.join(" "));
  return said;
};

/** @param {string} subject @param {number} [life] in seconds */
const jwt = (subject, life = 300) => {
  const part = (/** @type {object} */ value) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "ES256", typ: "at+jwt" })}.${part({ sub: subject, exp: Math.floor(Date.now() / 1000) + life })}.c2lnbmF0dXJl`;
};

for (const area of areas) {
  for (const [name, value] of Object.entries({
    "an object of another application": `{"token":"abc"}`,
    "the word undefined": "undefined",
    "the word null": "null",
    "a text": "not a token at all",
    "a line break": "abc\r\nX-Injected: 1",
    "letters beyond Latin": "töken",
  })) {
    bothWays(`C40 ${area} holds ${name}: memory, one warning, and the value is left alone`, async (t) => {
      const said = warnings();
      globalThis[area].setItem(KEY, value);
      const authFetch = await t.create({ storage: area });
      t.equal(await authFetch.ready, null, "ready");
      await authFetch.login(credentials);
      t.equal((await authFetch("/api/users/me")).status, 200, "status");
      t.equal(globalThis[area].getItem(KEY), value, "what is stored");
      t.equal(said.length, 1, "warnings");
      t.match(said[0] ?? "", /^authFetch: the access token is kept in memory only/, "the warning");
    });
  }

  for (const [name, value] of Object.entries({ "an opaque text": "abc", "an expired token of another user": jwt("nobody", -60), "three dots": "..." })) {
    bothWays(`C40 ${area} holds ${name}, which could be a token: the cookie decides`, async (t) => {
      const first = await t.signedIn();
      const { sub } = first.session.claims;
      first.destroy();
      globalThis[area].setItem(KEY, value);
      const authFetch = await t.create({ storage: area });
      await authFetch.ready;
      t.equal((await authFetch("/api/users/me")).status, 200, "status");
      t.equal(authFetch.session.claims.sub, sub, "whose session it is");
      t.ok(globalThis[area].getItem(KEY) !== value, "the value is replaced");
      await t.rotations(1);
    });
  }

  bothWays(`C42 ${area} holds a token of another user: no call goes on as someone else`, async (t) => {
    const first = await t.signedIn();
    const { sub } = first.session.claims;
    first.destroy();
    globalThis[area].setItem(KEY, jwt("nobody"));
    const authFetch = await t.create({ storage: area });
    t.equal((await authFetch.ready).claims.sub, "nobody", "whom the page shows");
    const events = t.events(authFetch);
    t.equal((await authFetch("/api/users/me?call=1")).status, 401, "status of what the page asked for nobody");
    t.same(events.map(({ reason }) => reason).filter((reason) => reason !== "restore"), ["account_switched"], "sessionchange");
    t.equal(authFetch.session.claims.sub, sub, "whose session it is");
    t.equal((await authFetch("/api/users/me?call=2")).status, 200, "status of the next call");
    await t.rotations(1);
  });

  for (const [name, expiry] of Object.entries({ "no number": "soon", "infinity": "Infinity", "minus infinity": "-Infinity", "nothing": "", "far too much": "9e99", "the past": "1" })) {
    spec(`C40 ${area} holds a token whose expiry is ${name}: calls work, and there is no loop`, async (t) => {
      const first = await t.signedIn({ storage: area });
      first.destroy();
      globalThis[area].setItem(`${KEY}.expires_at`, expiry);
      const authFetch = await t.create({ storage: area });
      await authFetch.ready;
      for (const n of [1, 2, 3]) t.equal((await authFetch(`/api/users/me?n=${n}`)).status, 200, "status");
      await t.server.expire();
      t.equal((await authFetch("/api/users/me?n=4")).status, 200, "status with a token that the server refuses");
      const refreshes = await t.server.count(REFRESH);
      t.ok(refreshes >= 1 && refreshes <= 2, `refreshes (${refreshes})`);
    });
  }

  for (const method of ["getItem", "setItem", "removeItem"]) {
    bothWays(`C40 ${area}.${method} throws: memory, one warning`, async (t) => {
      const said = warnings();
      Object.defineProperty(Storage.prototype, method, {
        value() {
          throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
        },
      });
      const authFetch = await t.create({ storage: area });
      t.equal(await authFetch.ready, null, "ready");
      await authFetch.login(credentials);
      await t.server.expire();
      t.equal((await authFetch("/api/users/me")).status, 200, "status");
      t.same(await authFetch.logout(), { revoked: true }, "logout");
      t.equal(said.length, 1, "warnings");
      if (method !== "removeItem") t.equal(Object.keys(globalThis[area]).includes(KEY), false, "a token is left there");
    });
  }

  bothWays(`C40 ${area} is blocked: memory, one warning`, async (t) => {
    const said = warnings();
    Object.defineProperty(globalThis, area, {
      get() {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
    const authFetch = await t.create({ storage: area });
    await authFetch.login(credentials);
    t.equal((await authFetch("/api/users/me")).status, 200, "status");
    t.equal(said.length, 1, "warnings");
  });

  spec(`C39 ${area}: a page opened later finds the token, without a refresh`, async (t) => {
    const first = await t.signedIn({ storage: area });
    const { claims, expiresAt } = first.session;
    const tab = await t.tab(); // a frame shares both storages with its page, as a reload does
    const authFetch = tab.create({ storage: area });
    const session = await authFetch.ready;
    t.same([session.claims.sub, session.claims.jti], [claims.sub, claims.jti], "claims");
    t.ok(Math.abs(session.expiresAt - expiresAt) < 1000, "expiresAt");
    t.equal((await authFetch("/api/users/me")).status, 200, "status");
    await t.hits(REFRESH, 0);
    await t.hits(ME, 1);
    await authFetch.logout();
    t.same(Object.keys(globalThis[area]).filter((key) => key.startsWith(KEY)), [], "what logout leaves there");
    tab.close();
  });
}

spec("C39 an anonymous page makes one refresh, and later ones none", async (t) => {
  for (const [n, storage] of ["memory", "localStorage", "sessionStorage"].entries()) {
    const tab = await t.tab();
    const authFetch = tab.create({ storage });
    t.equal(await authFetch.ready, null, `ready with ${storage}`);
    t.equal((await authFetch(`/api/users/me?n=${n}`)).status, 401, "status");
    tab.close();
  }
  await t.hits(REFRESH, 1);
});
