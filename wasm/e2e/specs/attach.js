// @ts-check
// Which calls get the token, and what stays as the caller wrote it.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

const ECHO = "/api/test/echo";

bothWays("C1 valid token: one hit, no refresh", async (t) => {
  const authFetch = await t.signedIn();
  const response = await authFetch("/api/users/me");
  t.equal(response.status, 200, "status");
  t.equal((await response.json()).email, credentials.email, "the user");
  const [hit] = await t.server.hits(ME);
  t.match(hit?.headers.authorization ?? "", /^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/, "Authorization");
  await t.hits(ME, 1);
  await t.hits(REFRESH, 0);
  await t.rotations(0);
});

bothWays("C2 no session: the API's own 401, and no refresh for each call", async (t) => {
  const authFetch = await t.create();
  t.equal(await authFetch.ready, null, "ready");
  const first = await authFetch("/api/users/me");
  t.equal(first.status, 401, "status");
  t.equal(first.headers.get("WWW-Authenticate"), 'Bearer, DPoP algs="ES256 EdDSA"', "challenge of a call without a token");
  const attempts = await t.server.count(REFRESH);
  t.ok(attempts <= 1, `refreshes of an anonymous page, at most one (${attempts})`);
  t.equal((await authFetch("/api/users/me")).status, 401, "second status");
  await t.hits(REFRESH, attempts, "after the second call");
  await t.hits(ME, 2);
});

spec("C3 custom headers arrive beside Authorization", async (t) => {
  const authFetch = await t.signedIn();
  const calls = {
    "an object in init": [ECHO, { method: "POST", headers: { "X-Custom": "1" } }],
    "pairs in init": [ECHO, { method: "POST", headers: [["X-Custom", "1"]] }],
    "a Headers in init": [ECHO, { method: "POST", headers: new Headers({ "X-Custom": "1" }) }],
    "a Request": [new Request(ECHO, { method: "POST", headers: { "X-Custom": "1" } })],
    "a Request, replaced by init": [new Request(ECHO, { method: "POST", headers: { "X-Custom": "0" } }), { headers: { "X-Custom": "1" } }],
  };
  for (const [name, args] of Object.entries(calls)) {
    const seen = await (await authFetch(...args)).json();
    t.equal(seen.custom, "1", `X-Custom, ${name}`);
    t.equal(seen.authorized, true, `Authorization, ${name}`);
  }
  await t.hits(`POST ${ECHO}`, 5);
});

spec("C4 a caller's Headers and Request are never written to", async (t) => {
  const authFetch = await t.expired();
  const headers = new Headers({ "X-Custom": "1" });
  const init = Object.freeze({ headers });
  const request = new Request("/api/users/me", { headers });
  t.equal((await authFetch("/api/users/me", init)).status, 200, "status with init, after a refresh");
  await t.server.expire();
  t.equal((await authFetch(request)).status, 200, "status with a Request, after a refresh");
  await t.hits(REFRESH, 2);
  t.same([...headers], [["x-custom", "1"]], "the caller's Headers");
  t.same([...request.headers], [["x-custom", "1"]], "the caller's Request");
});

for (const status of [400, 403, 404, 405, 409, 429, 500, 503]) {
  spec(`C5 ${status} is the caller's, without a refresh`, async (t) => {
    const authFetch = await t.signedIn();
    const response = await authFetch(`/api/test/status?code=${status}`);
    t.equal(response.status, status, "status");
    t.equal(await response.text(), `the body of ${status}`, "body");
    await t.hits("GET /api/test/status", 1);
    await t.hits(REFRESH, 0);
  });
}

spec("C5 a network failure is fetch's own TypeError, without a refresh", async (t) => {
  const authFetch = await t.signedIn();
  await t.server.drop("GET /api/test/public", "before");
  const want = await t.rejects(fetch("/api/test/public"), "fetch");
  const got = await t.rejects(authFetch("/api/test/public"), "authFetch");
  t.equal(got.constructor, TypeError, "the error's class");
  t.equal(got.message, want.message, "the error's message");
  await t.hits(REFRESH, 0);
});

spec("C6 string, URL and Request, absolute and relative, are authorised", async (t) => {
  const authFetch = await t.signedIn();
  const { origin, host } = location;
  const inputs = [
    "/api/users/me", "../../../api/users/me", `${origin}/api/users/me`, `//${host}/api/users/me`, `${origin.toUpperCase()}/api/users/me`,
    new URL("/api/users/me", origin), { toString: () => "/api/users/me" },
    new Request("/api/users/me"), new Request(`${origin}/api/users/me`),
  ];
  for (const input of inputs) {
    t.equal((await authFetch(input)).status, 200, `status of ${input}`);
  }
  for (const hit of await t.server.hits(ME)) t.ok(hit.headers.authorization, "Authorization");
  await t.hits(ME, inputs.length);
});

spec("C6 a relative string is resolved against baseURL", async (t) => {
  const authFetch = await t.signedIn({ baseURL: `${location.origin}/api/` });
  t.equal((await authFetch("users/me")).status, 200, "status");
  await t.hits(ME, 1);
});

for (const origin of /** @type {const} */ (["host", "port", "suffix"])) {
  spec(`C7 foreign ${origin}: no token, and no refresh on its 401`, async (t) => {
    const authFetch = await t.signedIn();
    const url = `${t.origins[origin]}/never`;
    for (const input of [url, new URL(url), new Request(url), url.replace(/^https?:/, "")]) {
      const response = await authFetch(input);
      t.equal(response.status, 401, `status of ${input}`);
      t.equal(await response.text(), "refused, always", "body");
    }
    const hits = await t.server.hits(`${origin}: GET /never`);
    t.equal(hits.length, 4, "requests for the foreign server");
    for (const { headers } of hits) {
      t.equal(headers.authorization, undefined, "Authorization");
      t.equal(headers["x-auth-fetch"], undefined, "X-Auth-Fetch");
    }
    await t.hits(REFRESH, 0);
  });
}

spec("C7 only the exact origin gets the token: scheme, host and port", async (t) => {
  /** @type {Request[]} */
  const sent = [];
  const authFetch = await t.create({
    baseURL: "https://api.example.com",
    restore: "lazy",
    /** @type {typeof fetch} */
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push(request);
      return request.url.endsWith("/api/auth")
        ? Response.json({ access_token: "opaque", token_type: "Bearer", expires_in: 300 }, { status: 201 })
        : new Response();
    },
  });
  await authFetch.login(credentials);
  const inputs = {
    "https://api.example.com/x": true,
    "https://API.EXAMPLE.COM:443/x": true,
    "x": true,
    "http://api.example.com/x": false,
    "https://api.example.com:444/x": false,
    "https://api.example.com.evil.com/x": false,
    "https://evil.com/https://api.example.com/": false,
    "https://sub.api.example.com/x": false,
    "https://example.com/x": false,
    "//evil.com/x": false,
    "\\\\evil.com/x": false,
    "https://api.example.com./x": false,
    "data:,x": false,
  };
  for (const [input, authorised] of Object.entries(inputs)) {
    sent.length = 0;
    await authFetch(input);
    t.equal(sent.length, 1, `requests for ${input}`);
    t.equal(sent[0]?.headers.get("Authorization"), authorised ? "Bearer opaque" : null, `Authorization for ${input}`);
  }
});

spec("C7 an allowed origin gets the token, and its 401 a refresh", async (t) => {
  const authFetch = await t.signedIn({ allowedOrigins: [t.origins.port] });
  t.equal((await authFetch(`${t.origins.port}/never`)).status, 401, "status");
  const hits = await t.server.hits("port: GET /never");
  t.equal(hits.length, 2, "requests for the allowed server");
  t.ok(hits[0]?.headers.authorization, "Authorization");
  t.ok(hits[0]?.headers.authorization !== hits[1]?.headers.authorization, "another token the second time");
  await t.hits(REFRESH, 1);
});

spec("C7 auth endpoints on another origin do not make that one the API's", async (t) => {
  /** @type {Request[]} */
  const sent = [];
  const stub = async (/** @type {any} */ input, /** @type {any} */ init) => {
    sent.push(new Request(input, init));
    return Response.json({ access_token: "opaque", token_type: "Bearer", expires_in: 300 });
  };
  const auth = "https://auth.example.com";
  const authFetch = await t.create({
    baseURL: "https://api.example.com/v1/",
    paths: { login: `${auth}/login`, refresh: `${auth}/refresh` },
    fetch: stub,
  });
  await authFetch.login(credentials);
  for (const [url, authorised] of /** @type {const} */ ([["orders", true], [`${auth}/profile`, false]])) {
    sent.length = 0;
    await authFetch(url);
    t.equal(sent[0]?.headers.get("Authorization"), authorised ? "Bearer opaque" : null, `Authorization for ${url}`);
  }
});

spec("C8 a redirect within the API's origin", async (t) => {
  const authFetch = await t.signedIn();
  const response = await authFetch(`/api/test/redirect?to=${encodeURIComponent("/api/users/me")}`);
  t.equal(response.status, 200, "status");
  t.equal(response.redirected, true, "redirected");
  t.equal(response.url, `${location.origin}/api/users/me`, "url");
  await t.hits(REFRESH, 0);
});

spec("C8 a redirect to a foreign origin: no token goes there, and its 401 is the result", async (t) => {
  const authFetch = await t.signedIn();
  for (const [path, status] of /** @type {const} */ ([["/public", 200], ["/never", 401]])) {
    const to = t.origins.port + path;
    const response = await authFetch(`/api/test/redirect?to=${encodeURIComponent(to)}`);
    t.equal(response.status, status, `status of ${path}`);
    t.equal(response.url, to, "url");
    const hits = await t.server.hits(`port: GET ${path}`);
    t.equal(hits.length, 1, `requests for ${path}`);
    t.equal(hits[0]?.headers.authorization, undefined, "Authorization");
  }
  await t.hits(REFRESH, 0);
});

spec("C9 the caller's own Authorization is left alone, and so is its 401", async (t) => {
  const authFetch = await t.signedIn();
  for (const value of ["Bearer of-another-kind", "Basic dXNlcjpwYXNz", "DPoP proof"]) {
    await t.server.mark();
    const response = await authFetch("/api/test/never", { headers: { Authorization: value } });
    t.equal(response.status, 401, `status with ${value}`);
    const hits = await t.server.hits("GET /api/test/never");
    t.equal(hits.length, 1, `requests with ${value}`);
    t.equal(hits[0]?.headers.authorization, value, "Authorization");
    await t.hits(REFRESH, 0);
  }
});

spec("C9 our current token, set by the caller, is treated as ours", async (t) => {
  const authFetch = await t.expired({ exposeToken: true });
  const token = await authFetch.getToken();
  t.match(token, /^eyJ/, "the token");
  const response = await authFetch("/api/users/me", { headers: { Authorization: `Bearer ${token}` } });
  t.equal(response.status, 200, "status");
  await t.hits(ME, 2);
  await t.hits(REFRESH, 1);
});

spec("C10 credentials are the caller's; the refresh includes them always", async (t) => {
  const authFetch = await t.signedIn();
  await authFetch("/api/users/me", { credentials: "same-origin" });
  await authFetch("/api/users/me", { credentials: "omit" });
  await t.server.expire();
  t.equal((await authFetch("/api/users/me", { credentials: "omit" })).status, 200, "status after a refresh");
  const calls = await t.server.hits(ME);
  t.same(calls.map((hit) => (hit.cookies ?? []).length), [1, 0, 0, 0], "cookies of the calls");
  const [refresh] = await t.server.hits(REFRESH);
  t.same(refresh?.cookies, ["__Host-Http-refresh_token"], "cookies of the refresh");
  await t.hits(REFRESH, 1);
});

bothWays("C11 two instances share one session and one refresh", async (t) => {
  const one = await t.signedIn();
  const other = await t.create();
  t.ok(await other.ready, "the other instance has the session");
  await t.hits(REFRESH, 0, "for the other instance");
  await t.server.expire();
  const responses = await Promise.all([1, 2, 3, 4].map((n) => (n % 2 ? one : other)(`/api/users/me?n=${n}`)));
  t.same(responses.map((response) => response.status), [200, 200, 200, 200], "statuses");
  await t.hits(REFRESH, 1);
  await t.rotations(1);
});
