// @ts-check
// XMLHttpRequest with the token: what it can do, and what it leaves as it is.

import { ME, REFRESH } from "../harness/context.js";
import { spec } from "../harness/spec.js";
import axios from "../libraries/axios.js";
import { createXMLHttpRequest } from "../../../xhr.js";

const Native = XMLHttpRequest;
const exposeToken = true;
const wasmURL = "/dist/authfetch.wasm"; // a hashed name by the time that this runs

/** The end of a request, however it ends. @param {XMLHttpRequest} xhr @returns {Promise<XMLHttpRequest>} */
const ended = (xhr) => new Promise((resolve) => xhr.addEventListener("loadend", () => resolve(xhr), { once: true }));

/**
 * A request that is sent.
 * @param {typeof XMLHttpRequest} XHR @param {string} url
 * @param {{ method?: string, body?: XMLHttpRequestBodyInit, before?: (xhr: XMLHttpRequest) => void }} [how]
 */
const send = (XHR, url, { method = "GET", body, before } = {}) => {
  const xhr = new XHR();
  xhr.open(method, url);
  before?.(xhr);
  xhr.send(body);
  return xhr;
};

/** The events of a request as they come. @param {XMLHttpRequest} xhr */
const eventsOf = (xhr) => {
  /** @type {string[]} */
  const events = [];
  for (const type of ["readystatechange", "loadstart", "load", "abort", "error", "timeout", "loadend"]) {
    xhr.addEventListener(type, () => events.push(`${type} ${xhr.readyState}`));
    xhr.upload.addEventListener(type, () => events.push(`upload ${type}`));
  }
  return events;
};

/** Holds getToken until it is released. @param {any} authFetch */
const holdToken = (authFetch) => {
  /** @type {(value?: unknown) => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  const getToken = () => held.then(() => authFetch.getToken());
  return { XHR: createXMLHttpRequest({ getToken, refresh: authFetch.refresh }), release };
};

spec("XMLHttpRequest: requests to the API carry the token, others do not", async (t) => {
  const XHR = createXMLHttpRequest(await t.signedIn({ exposeToken }));
  for (const url of ["/api/users/me", `${location.origin}/api/users/me`, new URL("/api/users/me", location.href)]) {
    t.equal((await ended(send(XHR, String(url)))).status, 200, `status of ${url}`);
  }
  for (const origin of Object.values(t.origins)) {
    t.equal((await ended(send(XHR, `${origin}/public`))).status, 200, `status from ${origin}`);
  }
  const own = send(XHR, "/api/test/echo", { before: (xhr) => xhr.setRequestHeader("AUTHORIZATION", "Basic mine") });
  t.equal((await ended(own)).status, 401, "status with an Authorization of its own");
  const user = new XHR();
  user.open("GET", "/api/test/public", true, "somebody", "secret");
  user.send();
  await ended(user);
  for (const hit of await t.server.seen()) {
    const token = /^Bearer eyJ/.test(hit.headers["authorization"] ?? "");
    t.equal(token, hit.route === ME, `a token with ${hit.server}: ${hit.route}`);
  }
  const [hit] = await t.server.hits("GET /api/test/echo");
  t.equal(hit?.headers["authorization"], "Basic mine", "the caller's Authorization");
});

spec("XMLHttpRequest: origins names who gets the token", async (t) => {
  const authFetch = await t.signedIn({ exposeToken });
  const XHR = createXMLHttpRequest(authFetch, { origins: [t.origins.port] });
  await Promise.all([ended(send(XHR, `${t.origins.port}/public`)), ended(send(XHR, "/api/test/public")), ended(send(XHR, `${t.origins.host}/public`))]);
  for (const { server, route, headers } of await t.server.seen()) {
    if (!route.startsWith("OPTIONS")) t.equal("authorization" in headers, server === "port", `a token with ${server}`);
  }
  const wrong = /** @type {any} */ (createXMLHttpRequest);
  for (const [name, args] of Object.entries({
    "exposeToken": [await t.create({ storageKey: "another" })],
    "\"origins\"": [authFetch, { origins: ["https://api.example.com/"] }],
    "\"origin\"": [authFetch, { origin: [] }],
  })) {
    const error = t.throws(() => wrong(...args), name);
    t.equal(error.constructor, TypeError, `class of the error for ${name}`);
    t.ok(error.message.includes(name), `the message names ${name}: ${error.message}`);
  }
});

spec("XMLHttpRequest: 24 requests with a token that has run out are one refresh", async (t) => {
  const authFetch = await t.signedIn({ exposeToken });
  await t.server.expire();
  t.clock.advance(10 * 60 * 1000);
  const XHR = createXMLHttpRequest(authFetch);
  const all = await Promise.all(Array.from({ length: 24 }, (_, n) => ended(send(XHR, `/api/test/echo?n=${n}`))));
  t.same(all.map(({ status, response }) => [status, JSON.parse(response).n]), all.map((_, n) => [200, `${n}`]), "answers");
  await t.hits("GET /api/test/echo", 24);
  await t.hits(REFRESH, 1);
});

spec("XMLHttpRequest: a 401 is the caller's, and the next request succeeds", async (t) => {
  const authFetch = await t.expired({ exposeToken });
  const XHR = createXMLHttpRequest(authFetch);
  const refreshed = t.next(authFetch);
  const first = await Promise.all(Array.from({ length: 5 }, () => ended(send(XHR, "/api/users/me"))));
  t.same(first.map(({ status }) => status), [401, 401, 401, 401, 401], "statuses");
  t.equal((await refreshed).reason, "refresh", "sessionchange");
  t.equal((await ended(send(XHR, "/api/users/me"))).status, 200, "status of the next one");
  t.equal((await ended(send(XHR, "/api/test/scope"))).status, 401, "status where the token is not enough");
  t.equal((await ended(send(XHR, `/api/test/redirect?to=${t.origins.port}/never`))).status, 401, "status of a foreign server");
  await authFetch.ready;
  await t.hits(REFRESH, 1);
});

spec("XMLHttpRequest: a late 401 for a token that was replaced is no reason to refresh", async (t) => {
  const authFetch = await t.expired({ exposeToken });
  const XHR = createXMLHttpRequest(authFetch);
  const held = await t.server.hold(ME, "after", { times: 1 });
  const late = ended(send(XHR, "/api/users/me"));
  await t.server.arrived(ME);
  const refreshed = t.next(authFetch);
  t.equal((await ended(send(XHR, "/api/test/echo"))).status, 401, "status of the other one");
  await refreshed;
  await held.release();
  t.equal((await late).status, 401, "status of the late one");
  t.equal((await ended(send(XHR, "/api/users/me"))).status, 200, "status of the next one");
  await t.hits(REFRESH, 1);
});

spec("XMLHttpRequest: without a session it is as it was", async (t) => {
  const authFetch = await t.create({ exposeToken });
  await authFetch.ready;
  await t.server.mark();
  const xhr = await ended(send(createXMLHttpRequest(authFetch), "/api/users/me"));
  t.equal(xhr.status, 401, "status");
  await t.hits(REFRESH, 0);
});

spec("XMLHttpRequest: the same class to who looks at it", async (t) => {
  const XHR = createXMLHttpRequest(await t.create({ exposeToken }));
  const xhr = new XHR();
  t.ok(xhr instanceof Native, "an instance of the browser's");
  t.equal(XHR.name, "XMLHttpRequest", "name");
  t.equal(String(xhr), String(new Native()), "text");
  t.same([XHR.UNSENT, XHR.DONE, xhr.DONE], [0, 4, 4], "constants");
  for (const property of ["onload", "responseType", "withCredentials", "timeout", "readyState", "upload"]) {
    t.ok(property in xhr, property);
  }
});

spec("XMLHttpRequest: events, upload and properties as the browser has them", async (t) => {
  const XHR = createXMLHttpRequest(await t.signedIn({ exposeToken }));
  /** @param {typeof XMLHttpRequest} Class */
  const round = async (Class) => {
    /** @type {string[]} */
    let events = [];
    const xhr = send(Class, "/api/test/public", {
      method: "POST",
      body: "x".repeat(1000),
      before: (xhr) => {
        events = eventsOf(xhr);
        xhr.responseType = "json";
        xhr.withCredentials = true;
        xhr.timeout = 20_000;
        xhr.setRequestHeader("X-Custom", "1");
      },
    });
    await ended(xhr);
    // What was received in how many pieces is the network's.
    events = events.filter((event, i) => event !== "readystatechange 3" || events[i - 1] !== event);
    const { readyState, status, responseURL, responseType, timeout, withCredentials, response: { bytes, custom } } = xhr;
    return { events, readyState, status, responseURL, responseType, timeout, withCredentials, bytes, custom };
  };
  t.same(await round(XHR), await round(Native), "all of it");
});

spec("XMLHttpRequest: aborted while it waits, and used again", async (t) => {
  const { XHR, release } = holdToken(await t.signedIn({ exposeToken }));
  /** A request that the browser itself has begun, or one that waits. @param {typeof XMLHttpRequest} Class */
  const round = (Class) => {
    const xhr = new Class();
    const events = eventsOf(xhr);
    xhr.open("POST", "/api/test/echo");
    xhr.send("x");
    t.equal(t.throws(() => xhr.send("x"), "send again").name, "InvalidStateError", "name of the error of send");
    t.equal(t.throws(() => xhr.setRequestHeader("A", "b"), "a header").name, "InvalidStateError", "name of the error of setRequestHeader");
    xhr.abort();
    events.push(`then ${xhr.readyState}`);
    t.equal(t.throws(() => xhr.send("x"), "send after abort").name, "InvalidStateError", "name of the error of send");
    xhr.open("GET", "/api/test/public");
    // The wait comes before it.
    return { xhr, events: events.filter((event) => !event.includes("loadstart")) };
  };
  const got = round(XHR);
  t.same(got.events, round(Native).events, "events");
  const done = ended(got.xhr);
  got.xhr.send();
  release();
  t.equal((await done).status, 200, "status of the request after it");
  t.ok((await t.server.hits("POST /api/test/echo")).every(({ headers }) => !("authorization" in headers)), "the aborted one was not sent");
});

spec("XMLHttpRequest: the timeout counts the wait", async (t) => {
  const { XHR } = holdToken(await t.signedIn({ exposeToken }));
  const xhr = send(XHR, "/api/test/echo", { before: (xhr) => (xhr.timeout = 500_000) });
  const events = eventsOf(xhr);
  const done = ended(xhr);
  t.clock.advance(400_000); // the clock goes on meanwhile
  t.same(events, [], "events before the time");
  t.clock.advance(100_000);
  await t.within(done, 1000, "the end");
  t.same(events, ["readystatechange 4", "timeout 4", "loadend 4"], "events");
  await t.hits("GET /api/test/echo", 0);

  const longer = send(XHR, "/api/test/echo", { before: (xhr) => (xhr.timeout = 500_000) });
  longer.timeout = 0;
  t.clock.advance(600_000);
  t.equal(longer.readyState, 1, "state where the limit was taken away");
  t.equal(longer.timeout, 0, "timeout");
});

spec("XMLHttpRequest: where the module does not come, an error", async (t) => {
  t.expectError("404");
  await t.server.answer(`GET ${wasmURL}`, 404);
  const authFetch = await t.create({ exposeToken, wasmURL });
  const xhr = send(createXMLHttpRequest(authFetch), "/api/test/public");
  const events = eventsOf(xhr);
  t.equal((await ended(xhr)).status, 0, "status");
  t.same(events, ["readystatechange 4", "error 4", "loadend 4"], "events");
  await t.hits("GET /api/test/public", 0);
});

spec("XMLHttpRequest: a synchronous request goes out as it is", async (t) => {
  const XHR = createXMLHttpRequest(await t.signedIn({ exposeToken }));
  const xhr = new XHR();
  xhr.open("GET", "/api/users/me", false);
  xhr.send();
  t.equal(xhr.status, 401, "status, at once");
});

spec("C45 axios with its XMLHttpRequest adapter, in the place of the page's", async (t) => {
  const authFetch = await t.signedIn({ exposeToken });
  globalThis.XMLHttpRequest = createXMLHttpRequest(authFetch);
  const api = axios.create({ adapter: "xhr", timeout: 20_000 });
  await t.server.expire();
  t.clock.advance(10 * 60 * 1000);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => api.get("/api/test/echo", { params: { n } })));
  t.same(answers.map(({ data }) => data.n), answers.map((_, n) => `${n}`), "what they read");
  let progress = 0;
  const data = new FormData();
  data.append("file", new Blob([new Uint8Array(70_000)]));
  const { data: said } = await api.post("/api/test/echo", data, { onUploadProgress: ({ loaded }) => void (progress = loaded) });
  t.ok(said.bytes > 70_000 && progress >= said.bytes, `upload progress (${progress} of ${said.bytes})`);
  await t.hits(REFRESH, 1);

  const aborter = new AbortController();
  const cancelled = api.get("/api/users/me", { signal: aborter.signal });
  aborter.abort();
  t.ok(axios.isCancel(await t.rejects(cancelled, "the cancelled call")), "it is axios's own cancellation");
});
