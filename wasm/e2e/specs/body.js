// @ts-check
// Bodies that are sent twice, and the one that cannot be.

import { ME, REFRESH } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

const ECHO = "POST /api/test/echo";
const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i * 31);

/** @param {BufferSource} data */
const digest = async (data) =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))].map((b) => b.toString(16).padStart(2, "0")).join("");

const form = () => {
  const data = new FormData();
  data.append("text", "a field, with é");
  data.append("file", new File([bytes], "photo.jpg", { type: "image/jpeg" }));
  return data;
};

// The second member is what has to arrive, where that can be known beforehand.
const bodies = {
  "string": () => ["zwölf Boxkämpfer", new TextEncoder().encode("zwölf Boxkämpfer")],
  "empty string": () => ["", new Uint8Array()],
  "Blob": () => [new Blob([bytes], { type: "image/png" }), bytes],
  "FormData with a file": () => [form(), null],
  "URLSearchParams": () => [new URLSearchParams({ q: "a b&c" }), new TextEncoder().encode("q=a+b%26c")],
  "ArrayBuffer": () => [bytes.slice().buffer, bytes],
  "typed array": () => [bytes.subarray(10, 20_000), bytes.slice(10, 20_000)],
  "DataView": () => [new DataView(bytes.buffer, 5, 100), bytes.slice(5, 105)],
};
for (const [name, make] of Object.entries(bodies)) {
  spec(`C17 ${name}: the second body is byte for byte the first`, async (t) => {
    const authFetch = await t.expired();
    const [body, wanted] = /** @type {[BodyInit, Uint8Array<ArrayBuffer> | null]} */ (make());
    const response = await authFetch("/api/test/echo", { method: "POST", body });
    t.equal(response.status, 200, "status");
    const hits = await t.server.hits(ECHO);
    t.equal(hits.length, 2, "requests");
    t.equal(hits[0]?.status, 401, "first status");
    t.equal(hits[1]?.body, hits[0]?.body, "digest of the second body");
    t.equal(hits[1]?.headers["content-type"], hits[0]?.headers["content-type"], "second Content-Type");
    if (wanted) t.equal(hits[0]?.body, await digest(wanted), "digest of the first body");
    await t.hits(REFRESH, 1);

    // As native fetch would have typed it; a form's boundary is new each time.
    await fetch("/api/test/public", { method: "POST", body });
    const [native] = await t.server.hits("POST /api/test/public");
    const type = (/** @type {any} */ hit) => hit?.headers["content-type"]?.replace(/boundary=.*/, "boundary");
    t.equal(type(hits[0]), type(native), "Content-Type as fetch sends it");
  });
}

const bytesByReference = "keeps the caller's bytes by reference in a Request, so that what is sent after a refresh is what they are by then";
spec("C17 a body that the caller changes after the call is sent as it was", { except: { webkit: bytesByReference } }, async (t) => {
  const authFetch = await t.expired();
  const body = bytes.slice();
  const call = authFetch("/api/test/echo", { method: "POST", body });
  body.fill(0);
  t.equal((await call).status, 200, "status");
  for (const hit of await t.server.hits(ECHO)) t.equal(hit.body, await digest(bytes), "digest");
  await t.hits(ECHO, 2);
});

bothWays("C18 a Request with a body ends as after native fetch", async (t) => {
  const authFetch = await t.expired();
  const request = new Request("/api/test/echo", { method: "POST", body: bytes, headers: { "Content-Type": "image/png" } });
  t.equal((await authFetch(request)).status, 200, "status");
  const hits = await t.server.hits(ECHO);
  t.same(hits.map((hit) => hit.status), [401, 200], "statuses");
  for (const hit of hits) {
    t.equal(hit.body, await digest(bytes), "digest");
    t.equal(hit.headers["content-type"], "image/png", "Content-Type");
  }

  const native = new Request("/api/test/public", { method: "POST", body: bytes });
  await fetch(native);
  t.equal(request.bodyUsed, native.bodyUsed, "bodyUsed");
  const again = await t.rejects(authFetch(request), "using the Request a second time");
  const nativeAgain = await t.rejects(fetch(native), "fetch, using the Request a second time");
  t.equal(again.constructor, nativeAgain.constructor, "class of the error");
  await t.hits(ECHO, 2);
});

spec("C18 a Request whose body was read is refused as fetch refuses it", async (t) => {
  const authFetch = await t.signedIn();
  const request = new Request("/api/test/echo", { method: "POST", body: "x" });
  await request.text();
  const want = await t.rejects(fetch(request), "fetch");
  const got = await t.rejects(authFetch(request), "authFetch");
  t.equal(got.constructor, want.constructor, "class of the error");
  await t.hits(ECHO, 0);
});

/** @param {string} text */
const stream = (text) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });

/** Where a stream is no body: refused as fetch refuses it. @param {import("../harness/context.js").Context} t */
const streamRefused = async (t) => {
  const authFetch = await t.expired();
  const init = () => ({ method: "POST", body: stream("one shot"), duplex: "half" });
  const want = await t.rejects(fetch("/api/test/public", init()), "fetch");
  const got = await t.rejects(authFetch("/api/test/echo", init()), "authFetch");
  t.same([got.name, got.message], [want.name, want.message], "the error");
  t.equal((await authFetch("/api/users/me")).status, 200, "status of another call");
  await t.hits(ECHO, 0);
  await t.hits(REFRESH, 1);
};

const noStreams = "has no streams as bodies of requests, and refuses them with a NotSupportedError";
const http2 = { http2: true, except: { webkit: noStreams }, instead: streamRefused };
spec("C19 a stream as body: its 401 reaches the caller, and the next call works", http2, async (t) => {
  const authFetch = await t.signedIn();
  const send = () => authFetch("/api/test/echo", { method: "POST", body: stream("one shot"), duplex: "half" });
  t.equal((await send()).status, 200, "status with a valid token");
  await t.server.expire();
  const response = await send();
  t.equal(response.status, 401, "status with an expired token");
  t.equal((await response.json()).code, "invalid_token", "code of the API's own answer");
  await t.server.answered(REFRESH);
  t.equal((await send()).status, 200, "status of the next call");
  t.equal((await authFetch("/api/users/me")).status, 200, "status of another call");
  await t.hits(REFRESH, 1);
  await t.hits(ECHO, 3);
  await t.hits(ME, 1);
});
