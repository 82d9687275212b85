// @ts-check
// After a 401 the request is sent again as it was, but for the token.

import { REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { bothWays, spec } from "../harness/spec.js";

const ECHO = "/api/test/echo";

const form = () => {
  const data = new FormData();
  data.append("file", new File(["content"], "name.txt"));
  return data;
};

/** @type {Record<string, () => BodyInit | undefined>} */
const bodies = {
  "no body": () => undefined,
  "a string": () => "text",
  "a Blob": () => new Blob(["text"], { type: "a/b" }),
  "a form": form,
  "URLSearchParams": () => new URLSearchParams({ a: "b" }),
  "bytes": () => new Uint8Array([1, 2, 3]),
};
const init = {
  method: "PUT",
  headers: { "X-Custom": "1", Accept: "text/plain", "Content-Language": "eo" },
  credentials: "omit",
  cache: "no-cache",
  redirect: "manual",
  keepalive: true,
  referrer: "/from/here",
  referrerPolicy: "unsafe-url",
};

for (const [name, make] of Object.entries(bodies)) {
  for (const way of ["in init", "in a Request"]) {
    bothWays(`C17 ${name}, ${way}: headers, credentials, cache, referrer are the same again`, async (t) => {
      const authFetch = await t.expired();
      const body = make();
      t.cleanups.push(() => body); // held until then: without it WebKit sends a Request's file empty, as fetch does too
      const given = /** @type {RequestInit} */ ({ ...init, body });
      const response = await (way === "in init" ? authFetch(ECHO, given) : authFetch(new Request(ECHO, given)));
      t.equal(response.status, 200, "status");
      const [first, second] = (await t.server.hits(`PUT ${ECHO}`)).map(({ headers: { authorization, ...headers }, cookies, body }) => ({ headers, cookies, body }));
      t.same(second, first, "the second request");
      t.equal(first?.headers.referer, `${location.origin}/from/here`, "Referer");
      t.equal(first?.headers["cache-control"], "max-age=0", "Cache-Control");
      t.equal(first?.cookies, null, "cookies");
      await t.hits(REFRESH, 1);
    });
  }
}

spec("C17 what a server does not see of a request is the same again", async (t) => {
  /** @type {Request[]} */
  const sent = [];
  const authFetch = await t.expired({
    /** @type {typeof fetch} */
    fetch: (input, init) => {
      const request = new Request(input, init);
      if (request.url.endsWith(ECHO)) sent.push(request.clone());
      return native.fetch(request);
    },
  });
  const { signal } = new AbortController();
  // Firefox forgets it when a Request is made of another one.
  const { keepalive } = new Request(new Request("/", { keepalive: true }), { headers: {} });
  t.equal(keepalive, t.engine !== "firefox", "keepalive of a Request that is made of another one");
  for (const [name, make] of Object.entries(bodies)) {
    sent.length = 0;
    await t.server.expire();
    const given = /** @type {RequestInit} */ ({ ...init, body: make(), mode: "same-origin", signal, integrity: "" });
    t.equal((await authFetch(ECHO, given)).status, 200, `status for ${name}`);
    const [first, second] = sent.map(({ method, mode, credentials, cache, redirect, keepalive, referrer, referrerPolicy, integrity, destination }) =>
      ({ method, mode, credentials, cache, redirect, keepalive, referrer, referrerPolicy, integrity, destination }));
    t.same(second, first, `the second request for ${name}`);
    t.same([first?.mode, first?.redirect, first?.keepalive], ["same-origin", "manual", keepalive], `as the caller said, for ${name}`);
  }
});

spec("C17 no referrer is no referrer again", async (t) => {
  const authFetch = await t.expired();
  await authFetch(ECHO, { method: "POST", body: "x", referrerPolicy: "no-referrer" });
  await t.server.expire();
  await authFetch(ECHO, { method: "POST", body: "x", referrer: "" });
  const hits = await t.server.hits(`POST ${ECHO}`);
  t.same(hits.map(({ headers }) => headers.referer), [undefined, undefined, undefined, undefined], "Referer");
});

spec("C17 a redirect after the refresh ends as the caller said", async (t) => {
  const authFetch = await t.expired();
  await t.server.answer(`GET ${ECHO}`, 401, { times: 1, headers: { "WWW-Authenticate": `Bearer error="invalid_token"` } });
  await t.server.answer(`GET ${ECHO}`, 302, { headers: { Location: "/api/test/public" } });
  const error = await t.rejects(authFetch(ECHO, { redirect: "error" }), "redirect error");
  t.equal(error.constructor, TypeError, "class of the error");
  t.equal((await authFetch(ECHO, { redirect: "manual" })).type, "opaqueredirect", "type");
  t.equal((await authFetch(ECHO)).redirected, true, "redirected");
  await t.hits(REFRESH, 1);
});

const noHead = "fails the whole call where an answer breaks off that the others have given out the head of";
spec("the body of a 401 that nobody reads is given up in silence", { except: { webkit: noHead } }, async (t) => {
  // Cancelling a stream that has failed rejects, and nobody would catch that.
  const authFetch = await t.expired();
  const long = { headers: { "WWW-Authenticate": `Bearer error="invalid_token"`, "Content-Length": "5000000" }, body: "x".repeat(100_000) };
  await t.server.answer(`GET ${ECHO}`, 401, { ...long, times: 1 });
  t.equal((await authFetch(ECHO)).status, 200, "status, where the connection breaks off");
  await t.server.expire();
  const hold = await t.server.hold(REFRESH, "before");
  const aborter = new AbortController();
  const call = authFetch(ECHO, { signal: aborter.signal });
  await t.server.arrived(REFRESH, 2);
  aborter.abort();
  t.equal((await t.rejects(call, "the aborted call")).name, "AbortError", "name");
  await hold.release();
  t.equal((await authFetch(ECHO)).status, 200, "status afterwards");
});
