// @ts-check
// What a bound token is worth to whoever has taken it along, and to another client that has a key of its own

import { ME, credentials } from "../harness/context.js";
import { sha256, signedIn } from "../harness/bound.js";
import { native } from "../harness/native.js";
import { spec } from "../harness/spec.js";
import { SignJWT, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair } from "../libraries/jose.js";
import { DPoP, allowInsecureRequests, isDPoPNonceError, protectedResourceRequest } from "../libraries/oauth4webapi.js";

spec("script in the page that asks for tokens without a proof gets none, and the session lives", async (t) => {
  const authFetch = await signedIn(t);
  const answer = await native.fetch("/api/auth/refresh", { method: "POST", headers: { "X-Auth-Fetch": "1" } });
  t.same([answer.status, (await answer.json()).code], [400, "invalid_dpop_proof"], "answer");
  await authFetch.refresh();
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  await t.rotations(1);
});

spec("a stolen token is refused: without a proof, and with one of another key", async (t) => {
  const authFetch = await signedIn(t, { exposeToken: true });
  const token = await authFetch.getToken();
  const me = new URL("/api/users/me", location.href).href;
  const own = await generateKeyPair("ES256");
  const jwk = await exportJWK(own.publicKey);
  /** @param {string} nonce */
  const proof = async (nonce) =>
    new SignJWT({ htm: "GET", htu: me, jti: crypto.randomUUID(), ath: await sha256(token), nonce })
      .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk }).setIssuedAt().sign(own.privateKey);

  const bearer = await native.fetch(me, { headers: { Authorization: `Bearer ${token}` } });
  t.same([bearer.status, (await bearer.json()).code], [401, "invalid_token"], "as Bearer");
  const bare = await native.fetch(me, { headers: { Authorization: `DPoP ${token}` } });
  t.same([bare.status, (await bare.json()).code], [401, "invalid_dpop_proof"], "without a proof");
  const first = await native.fetch(me, { headers: { Authorization: `DPoP ${token}`, DPoP: await proof("") } });
  const nonce = first.headers.get("DPoP-Nonce") ?? "";
  t.ok(nonce, "the server hands out a nonce");
  const foreign = await native.fetch(me, { headers: { Authorization: `DPoP ${token}`, DPoP: await proof(nonce) } });
  t.same([foreign.status, (await foreign.json()).code], [401, "invalid_token"], "with another key");
  // A proof that was seen on the way is used up.
  await authFetch("/api/users/me");
  const used = (await t.server.hits(ME)).at(-1)?.headers ?? {};
  t.equal((await native.fetch(me, { headers: { Authorization: `DPoP ${token}`, DPoP: used.dpop ?? "" } })).status, 401, "with a proof once more");
  t.equal((await authFetch("/api/users/me")).status, 200, "status for its owner");
});

spec("oauth4webapi, another client: its proofs are good, and it finds the nonce", async (t) => {
  await t.server.restart({ dpop: "required" });
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const jwk = await exportJWK(pair.publicKey);
  /** @param {string} [nonce] @returns {Promise<Response>} */
  const login = async (nonce) => {
    const proof = await new SignJWT({ htm: "POST", htu: `${location.origin}/api/auth`, jti: crypto.randomUUID(), nonce })
      .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk }).setIssuedAt().sign(pair.privateKey);
    return native.fetch("/api/auth", { method: "POST", headers: { "Content-Type": "application/json", DPoP: proof }, body: JSON.stringify(credentials) });
  };
  const wanted = await login();
  t.same([wanted.status, (await wanted.json()).code], [400, "use_dpop_nonce"], "first answer");
  const grant = await (await login(wanted.headers.get("DPoP-Nonce") ?? "")).json();
  t.equal(grant.token_type, "DPoP", "token_type");
  t.equal(/** @type {any} */ (decodeJwt(grant.access_token)).cnf.jkt, await calculateJwkThumbprint(jwk), "the key of the token");

  const handle = DPoP({}, pair);
  const ask = () =>
    protectedResourceRequest(grant.access_token, "GET", new URL("/api/users/me", location.href), undefined, undefined, {
      DPoP: handle, [allowInsecureRequests]: true,
    });
  t.ok(isDPoPNonceError(await t.rejects(ask(), "the first request")), "the challenge asks for a nonce, as it reads it");
  const response = await ask();
  t.equal((await response.json()).email, credentials.email, "the user");
  t.equal((await ask()).status, 200, "status of the next one");
});
