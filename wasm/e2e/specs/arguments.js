// @ts-check
// authFetch(input, init) is fetch(input, init): whatever the arguments are, the
// server sees the same request, the caller the same outcome, and what the caller
// passed in is afterwards as fetch leaves it. Only Authorization is added.

import { bothWays, spec } from "../harness/spec.js";

const post = (/** @type {object} */ init) => ({ method: "POST", ...init });
const aborted = () => AbortSignal.abort(new Error("enough"));
const broken = (/** @type {string} */ name) => Object.defineProperty({}, name, {
  enumerable: true,
  get() {
    throw new RangeError(`${name} cannot be read`);
  },
});
const stream = () => new Blob(["flowing"]).stream();
const form = () => {
  const data = new FormData();
  data.append("file", new File(["content"], "name.txt"));
  return data;
};
function* pairs() {
  yield ["X-Custom", "from a generator"];
}
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const used = (/** @type {string} */ path) => {
  const request = new Request(path, post({ body: "used" }));
  void request.text();
  return request;
};

/** Each makes its arguments anew. @type {Record<string, (path: string) => any[]>} */
const shapes = {
  "a path": (path) => [path],
  "an absolute string": (path) => [new URL(path, location.href).href],
  "no scheme": (path) => [new URL(path, location.href).href.replace(/^https?:/, "")],
  "up a directory": (path) => [`../../..${path}`],
  "this directory": () => ["./none"],
  "a query alone": () => ["?only", { cache: "no-store" }],
  "an empty string": () => ["", { cache: "no-store" }],
  "a query": (path) => [`${path}?a=b%20c&d=ü`],
  "a fragment": (path) => [`${path}#part`],
  "space around": (path) => [`  ${path}\n`],
  "a backslash": () => ["\\api\\test\\public"],
  "a URL": (path) => [new URL(path, location.href)],
  "a Request": (path) => [new Request(path, { headers: { "X-Custom": "1" } })],
  "a Request and init": (path) => [new Request(path, post({ body: "first", headers: { "X-Custom": "1" } })), { body: "second" }],
  "a Request and another method": (path) => [new Request(path), { method: "DELETE" }],
  "a Request with a stream": (path) => [new Request(path, post({ body: form() })), undefined],
  "a Request that was used": (path) => [used(path)],
  "a Request as init": (path) => [path, new Request("/elsewhere", post({ headers: { "X-Custom": "1" } }))],
  "a user in the URL": (path) => [new URL(path, location.href).href.replace("//", "//user:secret@")],
  "a data URL": () => ["data:text/plain,hello"],
  "a blob URL": () => [URL.createObjectURL(new Blob(["hello"]))],
  "a blob URL that is none": () => [`blob:${location.origin}/none`],
  "another scheme": () => ["ftp://localhost/x"],
  "a script as URL": () => ["javascript:1"],
  "no URL": () => ["http://["],
  "nothing": () => [],
  "undefined": () => [undefined],
  "null": () => [null],
  "a number": () => [7],
  "a BigInt": () => [7n],
  "true": () => [true],
  "a symbol": () => [Symbol("x")],
  "an object": (path) => [{ toString: () => path }],
  "an object without a text": () => [Object.create(null)],
  "an object whose text throws": () => [broken("toString")],
  "an array": (path) => [[path]],
  "a revoked Proxy": () => [revoked()],
  "a Headers": () => [new Headers()],
  "init null": (path) => [path, null],
  "init a number": (path) => [path, 1],
  "init a BigInt": (path) => [path, 1n],
  "init a string": (path) => [path, "POST"],
  "init a function": (path) => [path, Object.assign(() => {}, post({ body: "of a function" }))],
  "init a revoked Proxy": (path) => [path, revoked()],
  "init inherited": (path) => [path, Object.create(post({ body: "inherited" }))],
  "more arguments": (path) => [path, {}, "more"],
  ...Object.fromEntries(["method", "headers", "body", "signal", "mode", "window"].map((name) => [`init whose ${name} throws`, (/** @type {string} */ path) => [path, broken(name)]])),
  "headers an object": (path) => [path, { headers: { "X-Custom": "1", Accept: "text/plain" } }],
  "headers an array": (path) => [path, { headers: [["X-Custom", "1"], ["x-custom", "2"]] }],
  "headers a Headers": (path) => [path, { headers: new Headers({ "X-Custom": "1" }) }],
  "headers a generator": (path) => [path, { headers: pairs() }],
  "headers forbidden": (path) => [path, { headers: { Cookie: "a=b", Host: "evil.example", "Content-Length": "5", Origin: "https://evil.example" } }],
  "headers with a bad name": (path) => [path, { headers: { "bad name": "1" } }],
  "headers with a bad value": (path) => [path, { headers: { "X-Custom": "a\nb" } }],
  "headers not Latin": (path) => [path, { headers: { "X-Custom": "→" } }],
  "headers null": (path) => [path, { headers: null }],
  "method in lower case": (path) => [path, { method: "post", body: "x" }],
  "method patch in lower case": (path) => [path, { method: "patch", body: "x" }],
  "method of its own": (path) => [path, { method: "CHICKEN" }],
  "method forbidden": (path) => [path, { method: "CONNECT" }],
  "method no token": (path) => [path, { method: "G ET" }],
  "method HEAD": (path) => [path, { method: "HEAD" }],
  "GET with a body": (path) => [path, { body: "x" }],
  "body a string": (path) => [path, post({ body: "text" })],
  "body a number": (path) => [path, post({ body: 5 })],
  "body a BigInt": (path) => [path, post({ body: 5n })],
  "body a symbol": (path) => [path, post({ body: Symbol("x") })],
  "body an object": (path) => [path, post({ body: { a: 1 } })],
  "body null": (path) => [path, post({ body: null })],
  "body a Blob": (path) => [path, post({ body: new Blob(["x"], { type: "a/b" }) })],
  "body a form": (path) => [path, post({ body: form() })],
  "body a buffer": (path) => [path, post({ body: new Uint8Array(9).buffer })],
  "body a URLSearchParams": (path) => [path, post({ body: new URLSearchParams("a=ü") })],
  "body a revoked Proxy": (path) => [path, post({ body: revoked() })],
  "body a stream, without duplex": (path) => [path, post({ body: stream() })],
  "body a stream, over HTTP/1": (path) => [path, post({ body: stream(), duplex: "half" })],
  "body and keepalive": (path) => [path, post({ body: form(), keepalive: true })],
  "body short enough for keepalive": (path) => [path, post({ body: "x".repeat(20_000), keepalive: true })],
  "mode no-cors": (path) => [path, { mode: "no-cors" }],
  "mode same-origin": (path) => [path, { mode: "same-origin" }],
  "mode navigate": (path) => [path, { mode: "navigate" }],
  "mode unknown": (path) => [path, { mode: "x" }],
  "credentials omit": (path) => [path, { credentials: "omit" }],
  "credentials include": (path) => [path, { credentials: "include" }],
  "credentials unknown": (path) => [path, { credentials: "x" }],
  "cache no-store": (path) => [path, { cache: "no-store" }],
  "cache reload": (path) => [path, { cache: "reload" }],
  "cache no-cache": (path) => [path, { cache: "no-cache" }],
  "cache unknown": (path) => [path, { cache: "x" }],
  "cache only-if-cached": (path) => [path, { cache: "only-if-cached" }],
  "cache only-if-cached, of the same origin": (path) => [`${path}?never`, { cache: "only-if-cached", mode: "same-origin" }],
  "redirect manual": (path) => [path.replace("public", `redirect?to=${path}`), { redirect: "manual" }],
  "redirect error": (path) => [path.replace("public", `redirect?to=${path}`), { redirect: "error" }],
  "redirect followed": (path) => [path.replace("public", `redirect?to=${path}`)],
  "redirect of a POST": (path) => [path.replace("public", `redirect?to=${path}`), post({ body: form() })],
  "redirect to no URL": (path) => [path.replace("public", "redirect?to=http://[")],
  "redirect unknown": (path) => [path, { redirect: "x" }],
  "referrer": (path) => [path, { referrer: "/from/here" }],
  "referrer of elsewhere": (path) => [path, { referrer: "https://elsewhere.example/" }],
  "referrer empty": (path) => [path, { referrer: "" }],
  "referrerPolicy origin": (path) => [path, { referrerPolicy: "origin" }],
  "referrerPolicy unknown": (path) => [path, { referrerPolicy: "x" }],
  "integrity that fails": (path) => [path, { integrity: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }],
  "integrity that holds": (path) => [path.replace("public", "status?code=200"), { integrity: "sha256-3g/R5W4sjmeV6csKL+L7dUUOvrB/wRJtn64Uspne7uU=" }],
  "integrity and no-cors": (path) => [path, { integrity: "sha256-AAAA", mode: "no-cors" }],
  "window null": (path) => [path, { window: null }],
  "window an object": (path) => [path, { window: {} }],
  "priority": (path) => [path, { priority: "low" }],
  "priority high": (path) => [path, { priority: "high" }],
  "priority unknown": (path) => [path, { priority: "x" }],
  "duplex full": (path) => [path, { duplex: "full" }],
  "signal aborted": (path) => [path, { signal: aborted() }],
  "signal aborted, and a body": (path) => [new Request(path, post({ body: "x" })), { signal: aborted() }],
  "signal that looks aborted": (path) => [path, { signal: { aborted: true, reason: 1 } }],
  "signal of a Request": (path) => [new Request(path, { signal: aborted() })],
  "signal of a Request, taken away": (path) => [new Request(path, { signal: aborted() }), { signal: null }],
  "signal that is none": (path) => [path, { signal: "stop" }],
};

/** Whether an argument is a Request whose body is gone. @param {any} arg */
const usedUp = (arg) => {
  try {
    return arg instanceof Request && arg.bodyUsed;
  } catch {
    return false; // a revoked Proxy
  }
};

/** What can be seen of a value that fetch gave or threw. */
const outcome = async (/** @type {() => Promise<Response>} */ call) => {
  let promise;
  try {
    promise = call();
  } catch (error) {
    return { threwAtOnce: String(error) };
  }
  if (!(promise instanceof Promise)) return { returned: String(promise) };
  try {
    const { status, type, redirected, url, body } = await promise;
    return { status, type, redirected, url: url.replace(/^blob:.*/, "blob:"), body: body === null };
  } catch (error) {
    const e = /** @type {any} */ (error);
    return { name: e?.name, is: e?.constructor?.name, message: e instanceof RangeError || e instanceof Error && e.message === "enough" ? e.message : "" };
  }
};

/** The requests that were made, but for what may differ, in any order. @param {import("../harness/context.js").Context} t */
const requests = async (t) =>
  (await t.server.seen())
    // Whether there is a preflight depends on the one before.
    .filter(({ route }) => !/^OPTIONS|\/(auth|dist)\b/.test(route))
    .map(({ headers: { authorization, ...headers }, ...hit }) => {
      if (!/^multipart/.test(headers["content-type"] ?? "")) return { ...hit, headers };
      // Its boundary is another each time, in Firefox of another length.
      return { ...hit, headers: { ...headers, "content-type": "multipart", "content-length": "" }, body: "" };
    })
    .map((request) => JSON.stringify(request))
    .sort();

/**
 * Makes every call twice, by fetch and by authFetch, and fails with all the differences.
 * @param {import("../harness/context.js").Context} t
 * @param {string} to the server and the path
 * @param {any} authFetch
 * @param {() => Promise<void>} [meanwhile] what has to happen before calls are answered
 */
const compare = async (t, to, authFetch, meanwhile) => {
  // What the browsers themselves say of a request that they refuse.
  for (const said of [
    "Content Security Policy", "Content-Security-Policy", "integrity", "URL scheme", "Request mode is", "Not allowed to load",
    "CORS request not http", "CORS request did not succeed", "may not load data from",
  ]) t.expectError(said);
  const rounds = [];
  for (const [fetch, interlude] of [[globalThis.fetch], [authFetch, meanwhile]]) {
    await t.server.mark();
    const calls = Object.entries(shapes).map(([name, make]) => {
      const args = make(to);
      return { name, args, promise: outcome(() => fetch(...args)) };
    });
    await interlude?.();
    const lines = [];
    for (const { name, args, promise } of calls) {
      const result = await t.within(promise, 10_000, name).catch(String);
      lines.push(`${name}: ${JSON.stringify(result)}, used up: ${args.map(usedUp)}`);
    }
    rounds.push([...lines, ...(await requests(t))]);
  }
  const [want = [], got = []] = rounds;
  const missing = want.filter((line) => !got.includes(line)).join("\n");
  t.equal(got.filter((line) => !want.includes(line)).join("\n"), "", `what fetch does not do; it does\n${missing}\n`);
  t.equal(missing, "", "what fetch does, and authFetch does not");
  // WebKit answers some of several GETs that are alike from its cache, as it likes.
  const counts = (/** @type {string} */ line) => t.engine !== "webkit" || !/"route":"GET /.test(line);
  const often = (/** @type {string[]} */ lines) => lines.filter((line, n) => counts(line) && lines.indexOf(line) !== n).join("\n");
  t.equal(often(got), often(want), "what is seen more than once");
};

const path = "/api/test/public";
const wasmURL = "/dist/authfetch.wasm"; // a hashed name by the time that this runs

bothWays("called as fetch is: the same outcome, the same requests", async (t) => {
  await compare(t, path, await t.signedIn());
});

bothWays("called as fetch is, without a session", async (t) => {
  const authFetch = await t.create();
  await authFetch.ready;
  await compare(t, path, authFetch);
});

bothWays("called as fetch is, for a foreign origin", async (t) => {
  await compare(t, `${t.origins.port}/public`, await t.signedIn());
});

spec("called as fetch is, while the module is awaited", async (t) => {
  const hold = await t.server.hold(`GET ${wasmURL}`, "before");
  await compare(t, path, await t.create({ wasmURL }), () => hold.release());
});

bothWays("a body that is too long for keepalive is refused as fetch refuses it", async (t) => {
  const authFetch = await t.signedIn();
  const send = (/** @type {any} */ call) => call(path, post({ body: "x".repeat(70_000), keepalive: true }));
  const want = await t.rejects(send(fetch), "fetch");
  const got = await t.rejects(send(authFetch), "authFetch");
  t.same([got.name, got.message], [want.name, want.message], "error");
  await t.hits(`POST ${path}`, 0);
}, { except: { firefox: "fetch(url, init) refuses it there and fetch(request) does not, and authFetch sends a Request" } });
