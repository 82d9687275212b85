// @ts-check
// Bound tokens: what the browser proves with every request, and where its key comes from and goes

import { ECHO, create, expired, keys, open, proofOf, sha256, signedIn, tokenOf } from "../harness/bound.js";
import { LOGIN, LOGOUT, ME, REFRESH, credentials } from "../harness/context.js";
import { bareAuthFetch } from "../harness/module.js";
import { native } from "../harness/native.js";
import { bothWays, spec } from "../harness/spec.js";
import { calculateJwkThumbprint } from "../libraries/jose.js";
import { bind } from "../../../dpop.js";
import { createXMLHttpRequest } from "../../../xhr.js";

bothWays("login, calls and refresh prove the key that the token names, as jose verifies it", async (t) => {
  await t.server.restart({ dpop: "required" });
  const authFetch = await create(t);
  await authFetch.login(credentials);
  const { jkt } = authFetch.session.claims.cnf;
  for (const n of [1, 2]) t.equal((await authFetch(`/api/test/echo?n=${n}`)).status, 200, "status");
  await authFetch.refresh();
  t.equal(authFetch.session.claims.cnf.jkt, jkt, "the key after a refresh");
  t.equal((await authFetch("/api/test/echo", { method: "POST", body: "x" })).status, 200, "status after a refresh");

  const seen = new Set();
  const hits = (await t.server.all()).filter(({ headers }) => headers.authorization || headers["x-auth-fetch"]);
  for (const hit of hits) {
    const proof = await proofOf(hit);
    t.equal(`${proof.htm} ${proof.htu}`, hit.route.replace(" ", ` ${location.origin}`), "what the proof is for");
    t.equal(await calculateJwkThumbprint(proof.jwk), jkt, "thumbprint of the key");
    t.same(Object.keys(proof.jwk).sort(), ["crv", "kty", "x", "y"], "what is told of the key");
    t.ok(Math.abs(proof.iat - Date.now() / 1000) < 60, `iat is now: ${proof.iat}`);
    t.ok(!seen.has(proof.jti), "each proof is another one");
    seen.add(proof.jti);
    const token = tokenOf(hit);
    t.equal(proof.ath, token ? await sha256(token) : undefined, `ath for ${hit.route}`);
  }
  t.equal((await t.server.hits(ECHO)).filter((hit) => tokenOf(hit).startsWith("ey")).length, 2, "calls with a bound token");
  await t.hits(ECHO, 2, "the login has brought the nonce");
  t.ok((await t.server.count(LOGIN)) <= 2 && (await t.server.count(REFRESH)) <= 2, "one attempt more at most, for the nonce");
});

bothWays("100 calls with an expired token: one refresh, all 200", async (t) => {
  const authFetch = await expired(t);
  const responses = await Promise.all(Array.from({ length: 100 }, (_, n) => authFetch(`/api/test/echo?call=${n}`)));
  t.equal(responses.filter(({ status }) => status === 200).length, 100, "calls answered with 200");
  t.equal((await t.server.hits(REFRESH)).filter(({ status }) => status === 200).length, 1, "refreshes");
  await t.rotations(1);
}, { timeout: 120_000 }); // the race detector makes the server slow

spec("calls go out in their order, whichever proof is made first", async (t) => {
  /** @type {string[]} */
  const sent = [];
  const authFetch = await signedIn(t, {
    fetch: (/** @type {any} */ input, /** @type {any} */ init) => {
      sent.push(new URL(input.url ?? input, location.href).search);
      return native.fetch(input, init);
    },
  });
  sent.splice(0);
  const { sign } = SubtleCrypto.prototype;
  /** @type {Array<() => void>} */
  const waiting = [];
  SubtleCrypto.prototype.sign = async function (/** @type {[any, any, any]} */ ...args) {
    const signed = await sign.apply(this, args);
    await new Promise((resolve) => {
      if (waiting.push(() => resolve(undefined)) === 5) while (waiting.length) waiting.pop()?.();
    });
    return signed;
  };
  const order = Array.from({ length: 20 }, (_, n) => `?n=${n}`);
  await Promise.all(order.map((query) => authFetch(`/api/test/echo${query}`)));
  t.same(sent, order, "queries");
});

bothWays("bodies and clones are sent again as they were, with a proof of their own", async (t) => {
  const authFetch = await signedIn(t);
  const form = new FormData();
  form.append("file", new File(["x".repeat(5000)], "a.txt"));
  const request = new Request("/api/test/echo", { method: "POST", body: new Uint8Array(2000) });
  for (const [kind, args] of /** @type {[string, any[]][]} */ (Object.entries({
    "text": ["/api/test/echo", { method: "POST", body: "text" }],
    "a form": ["/api/test/echo", { method: "POST", body: form }],
    "a clone": [request.clone()],
    "a Request": [request],
  }))) {
    await t.server.expire();
    await t.server.mark();
    t.equal((await authFetch(...args)).status, 200, `status, ${kind}`);
    const hits = await t.server.hits("POST /api/test/echo");
    const last = hits.at(-1);
    t.ok(hits.length === 2 || hits.length === 3, `sent again for the token, and once for the nonce: ${hits.length}, ${kind}`);
    for (const hit of hits) t.equal(hit.body, last?.body, `digest of the body, ${kind}`);
    t.equal(new Set(hits.map(({ headers }) => headers.dpop)).size, hits.length, `proofs, ${kind}`);
  }
});

bothWays("a redirect within the origin: asked again where it leads, with a proof for there", async (t) => {
  const authFetch = await signedIn(t);
  const response = await authFetch("/api/test/redirect?to=/api/users/me");
  t.equal(response.status, 200, "status");
  t.equal((await response.json()).email, credentials.email, "the user");
  const hits = await t.server.hits(ME);
  t.same(hits.map(({ status }) => status), [401, 200], "statuses");
  t.equal((await proofOf(hits[1])).htu, `${location.origin}/api/users/me`, "what the second proof is for");

  // What a server has led elsewhere with a body, nobody but the server can send there.
  t.equal((await authFetch("/api/test/redirect?to=/api/test/echo", { method: "POST", body: "x" })).status, 401, "status of a POST");
  await t.hits("POST /api/test/echo", 1);
  t.equal((await authFetch(`/api/test/redirect?to=${t.origins.port}/never`)).status, 401, "status from a foreign origin");
  await t.hits("port: GET /never", 1);
  await t.hits(REFRESH, 0);
});

spec("a tab that has the token and no nonce: the same again, once, and no refresh", async (t) => {
  await signedIn(t, { storage: "localStorage" });
  await t.server.restart({ dpop: "optional" }); // whose challenges name both schemes
  const { create } = await t.tab();
  const authFetch = create({ dpop: true, storage: "localStorage" });
  t.ok(await authFetch.ready, "the session of the tab");
  await t.server.mark();
  t.equal((await authFetch("/api/users/me?n=1")).status, 200, "status");
  const [first, second] = await t.server.hits(ME);
  t.same([first?.status, second?.status], [401, 200], "statuses");
  t.equal(tokenOf(second), tokenOf(first), "the token of both");
  t.ok((await proofOf(second)).nonce, "the nonce of the second");
  for (const n of [2, 3, 4]) t.equal((await authFetch(`/api/users/me?n=${n}`)).status, 200, "status");
  await t.hits(ME, 5, "one more for the first nonce, none after that");
  await t.hits(REFRESH, 0);
});

spec("tabs share the key, also those that look for it at once", async (t) => {
  await t.server.restart({ dpop: "required" });
  const tabs = await Promise.all([t.tab(), t.tab(), t.tab()]);
  const instances = tabs.map(({ create }) => create({ dpop: true }));
  const [first] = instances;
  await Promise.all(instances.map(({ ready }) => ready));
  const heard = instances.slice(1).map((authFetch) => t.next(authFetch));
  await first.login(credentials);
  await Promise.all(heard);
  for (const authFetch of instances) {
    t.equal((await authFetch("/api/users/me")).status, 200, "status");
    t.equal(authFetch.session.claims.cnf.jkt, first.session.claims.cnf.jkt, "key of the tab");
  }
  t.equal((await keys()).length, 1, "keys that are kept");
});

spec("the key survives a reload, and nobody can take it along", async (t) => {
  const authFetch = await signedIn(t);
  const { jkt } = authFetch.session.claims.cnf;
  const tab = await t.realTab();
  for (const when of ["in another tab", "after a reload"]) {
    t.ok(await tab.create({ dpop: true }), `the session ${when}`);
    t.equal(await tab.run((tab) => tab.authFetch.session.claims.cnf.jkt), jkt, `the key ${when}`);
    t.equal((await tab.call("/api/users/me")).status, 200, `status ${when}`);
    await tab.reload();
  }
  const [{ privateKey }] = await keys();
  t.equal(privateKey.extractable, false, "extractable");
  for (const format of /** @type {const} */ (["jwk", "pkcs8"])) {
    t.equal((await t.rejects(crypto.subtle.exportKey(format, privateKey), format)).name, "InvalidAccessError", `export as ${format}`);
  }
});

spec("a lost key ends the session with a reason, and to sign in again works", async (t) => {
  await signedIn(t, { storage: "localStorage" });
  await open((store) => store.clear());
  const { create } = await t.tab();
  const authFetch = create({ dpop: true, storage: "localStorage" });
  t.ok(await authFetch.ready, "the token in the storage");
  const events = t.events(authFetch);
  t.equal((await authFetch("/api/users/me")).status, 401, "status");
  t.same(events.at(-1), { session: null, reason: "expired", code: "dpop_key_mismatch" }, "sessionchange");
  t.equal((await t.rejects(authFetch.refresh(), "refresh")).code, "dpop_key_mismatch", "code of a refresh");
  t.same((await t.server.sessions()).map(({ revoked }) => revoked), [false], "sessions that are revoked");
  await authFetch.login(credentials);
  t.equal((await authFetch("/api/users/me")).status, 200, "status after the login");
});

spec("without a place for the key it is in memory, and the console says so once", async (t) => {
  Object.defineProperty(globalThis, "indexedDB", { value: { open: () => { throw new DOMException("no storage here", "SecurityError"); } } });
  /** @type {string[]} */
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  const authFetch = await signedIn(t);
  await authFetch.refresh();
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  t.same(warnings, ["authFetch: the key of the session is in memory only, and a reload ends it: SecurityError: no storage here"], "warnings");
});

spec("one instance comes of one, whatever happens while dpop.js is fetched", async (t) => {
  await (await create(t)).ready; // the module runs
  const gone = await create(t, { paths: { refresh: "/api/test/gone" } });
  gone.destroy();
  const authFetch = await create(t, { storageKey: "another" });
  const events = t.events(authFetch);
  await Promise.all([authFetch("/api/test/public"), authFetch.login(credentials)]);
  t.same(events.map(({ reason }) => reason), ["login"], "events");
  await t.hits("POST /api/test/gone", 0);
});

spec("without WebCrypto, a clear error", async (t) => {
  Object.defineProperty(crypto, "subtle", { value: undefined });
  const { bind } = await import(`${import.meta.resolve("../../../dpop.js")}?without`); // once more, as a page without TLS finds it
  const authFetch = (await bareAuthFetch()).create({ dpop: bind });
  const error = await t.rejects(authFetch.login(credentials), "login");
  t.match(error.message, /^authFetch: refresh_failed: .* option dpop needs WebCrypto/, "message");
  t.equal(error.cause.name, "TypeError", "cause");
});

spec("a call that is aborted while its proof is made rejects at once, and is not sent", async (t) => {
  const authFetch = await signedIn(t);
  const { sign } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.sign = () => new Promise(() => {});
  const aborter = new AbortController();
  const call = authFetch("/api/users/me", { signal: aborter.signal });
  const reason = new Error("changed my mind");
  aborter.abort(reason);
  t.equal(await t.within(t.rejects(call, "call"), 1000, "rejection"), reason, "reason");
  SubtleCrypto.prototype.sign = sign;
  await t.hits(ME, 0);
});

spec("a server that answers with a token for everybody is refused", async (t) => {
  await t.server.restart({ dpop: "off" });
  const authFetch = await create(t);
  t.equal((await t.rejects(authFetch.login(credentials), "login")).code, "not_bound", "code");
  t.equal(authFetch.session, null, "session");
});

spec("the type of a token is beside it, in any case of letters", async (t) => {
  const login = async (/** @type {unknown} */ type) => {
    const answer = async () => new Response(JSON.stringify({ data: { token: "a.b.c", token_type: type }, token_type: "DPoP" }));
    const authFetch = await create(t, { fetch: answer, fields: { accessToken: "data.token" }, storageKey: `of ${type}` });
    return authFetch.login(credentials).then(() => "bound", (/** @type {any} */ error) => error.code);
  };
  for (const type of ["DPoP", "dpop", "DPOP"]) t.equal(await login(type), "bound", type);
  for (const type of ["Bearer", "DPo", "DPoPs", "", undefined, true]) t.equal(await login(type), "not_bound", String(type));
});

spec("a session from before is bound by its next refresh", async (t) => {
  await t.server.restart({ dpop: "optional" });
  const before = await t.create({ storage: "sessionStorage" });
  await before.login(credentials);
  before.destroy();
  const authFetch = await create(t, { storage: "sessionStorage" });
  t.ok(await authFetch.ready, "session");
  t.equal(authFetch.session.claims.cnf, undefined, "the key of the token in the storage");
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  t.ok(authFetch.session.claims.cnf.jkt, "the key now");
  await t.rotations(1);
});

for (const hours of [5, -5]) {
  spec(`C25 a clock that is wrong by ${hours} h signs nobody out`, async (t) => {
    t.clock.setWall(hours * 3_600_000);
    const authFetch = await signedIn(t);
    t.equal((await authFetch("/api/users/me")).status, 200, "status");
    await authFetch.refresh();
    t.equal((await authFetch("/api/users/me")).status, 200, "status after a refresh");
    await t.hits(ME, 2);
  });
}

bothWays("logout, of this session and of others", async (t) => {
  const authFetch = await signedIn(t);
  await t.server.signInElsewhere();
  t.same(await authFetch.logout({ scope: "others" }), { revoked: true }, "of others");
  t.equal((await authFetch("/api/users/me")).status, 200, "status after it");
  t.same(await authFetch.logout(), { revoked: true }, "of this one");
  await t.hits(LOGOUT, 1);
  t.equal((await authFetch("/api/users/me")).status, 401, "status without a session");
  const hit = (await t.server.hits(ME)).at(-1);
  t.same([hit?.headers.authorization, hit?.headers.dpop], [undefined, undefined], "what a call without a session brings");
});

spec("install: code that knows only fetch has proofs", async (t) => {
  const authFetch = await expired(t);
  authFetch.install();
  t.equal((await fetch("/api/users/me")).status, 200, "status");
  t.ok((await t.server.hits(ME)).every(({ headers }) => headers.dpop), "proofs");
});

spec("XMLHttpRequest: with the key's name it has proofs", async (t) => {
  const authFetch = await signedIn(t, { exposeToken: true });
  const XHR = createXMLHttpRequest(authFetch, { dpop: "/api/auth/refresh" });
  /** @param {string} method @param {string} url @param {typeof XMLHttpRequest} [Class] @returns {Promise<number>} */
  const send = (method, url, Class = XHR) =>
    new Promise((resolve) => {
      const xhr = new Class();
      xhr.open(method, url);
      xhr.onloadend = () => resolve(xhr.status);
      xhr.send();
    });
  for (const method of ["get", "POST"]) t.equal(await send(method, "/api/test/echo?n=1"), 200, `status of ${method}`);
  t.equal(await send("GET", "/api/users/me", createXMLHttpRequest(authFetch)), 401, "status without the name");
  t.throws(() => createXMLHttpRequest(authFetch, { dpop: /** @type {any} */ (true) }), "no URL");
});
