// @ts-check
// When a call settles: what refuses at once does so in the order of the calls, and
// what code does after a call comes when it comes after fetch.

import { bothWays, spec } from "../harness/spec.js";

const url = "/api/test/public";
const stopped = () => AbortSignal.abort("stopped");

/** Calls that nothing is sent for. @type {Record<string, any[]>} */
const refused = {
  "a bad URL": ["http://["],
  "aborted": [url, { get signal() { return stopped(); } }],
  "a bad method": [url, { method: "TRACE" }],
  "a GET with a body": [url, { body: "x" }],
  "aborted, by a Request": [new Request(url, { signal: stopped() })],
  "aborted, and a bad header": [url, { signal: stopped(), headers: { "a b": "c" } }],
  "aborted, elsewhere": ["https://elsewhere.example/", { signal: stopped() }],
  "aborted, and a bad mode": [url, { signal: stopped(), mode: "navigate" }],
  "a bad header": [url, { headers: { "a b": "c" } }],
};

/** The order in which they settle, and what with. @param {typeof fetch} fetch @param {string[]} names */
const settle = async (fetch, names) => {
  /** @type {string[]} */
  const order = [];
  const calls = names.map((name) => /** @type {any} */ (fetch)(...(refused[name] ?? [])).then(
    () => order.push(`${name}: answered`),
    (/** @type {any} */ error) => order.push(`${name}: ${error?.name ?? error}`),
  ));
  await Promise.all(calls);
  return order;
};

bothWays("refused calls settle as those of fetch do", async (t) => {
  const authFetch = await t.signedIn();
  // The loader has the module's answer some microtasks later, and what is aborted
  // it answers itself: each is in order for itself.
  for (const aborted of [true, false]) {
    const names = Object.keys(refused).filter((name) => name.startsWith("aborted") === aborted);
    t.same(await settle(authFetch, names), await settle(fetch, names), "order");
  }
  await t.hits(`GET ${url}`, 0);
});

spec("all refused calls settle in the order of fetch (module alone)", { bare: true }, async (t) => {
  const authFetch = await t.signedIn();
  const names = Object.keys(refused);
  t.same(await settle(authFetch, names), await settle(fetch, names), "order");
});

bothWays("an aborted call rejects with what fetch rejects with, whatever the reason", async (t) => {
  const authFetch = await t.signedIn();
  for (const reason of [new Error("mine"), "text", 0, null, false, Symbol("x"), { a: 1 }, undefined]) {
    const signal = AbortSignal.abort(reason);
    for (const call of [fetch, authFetch]) {
      t.equal(await t.rejects(call(url, { signal }), "aborted before"), signal.reason, "reason, aborted before");
    }
    const aborter = new AbortController();
    const pending = [fetch, authFetch].map((call) => t.rejects(call(url, { signal: aborter.signal }), "aborted after"));
    aborter.abort(reason);
    const [want, got] = (await Promise.all(pending)).map((error) => (error === aborter.signal.reason ? "the reason" : String(error)));
    // WebKit's fetch has an AbortError of its own there.
    t.equal(got, want, `aborted after, with ${String(reason)}`);
  }
});

bothWays("it may be a member of an object, as libraries keep the fetch that they are given", async (t) => {
  const authFetch = await t.signedIn();
  // The one departure: the platform's refuses. The fetch that install leaves does too.
  t.equal((await t.rejects({ fetch }.fetch(url), "fetch")).constructor, TypeError, "class of fetch's error");
  t.equal((await { fetch: authFetch }.fetch("/api/users/me")).status, 200, "status");
});
