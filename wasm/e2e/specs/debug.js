// @ts-check
// Why something happened, in words.

import { LOGOUT, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

/** @param {any} authFetch @returns {any[]} */
const decisions = (authFetch) => {
  /** @type {any[]} */
  const told = [];
  authFetch.debug((/** @type {any} */ decision) => told.push(decision));
  return told;
};

/** What the console is told, by a module that starts later. */
const listen = () => {
  /** @type {string[]} */
  const lines = [];
  for (const method of /** @type {const} */ (["debug", "warn"])) console[method] = (...args) => lines.push(args.join(" "));
  return lines;
};

/** @param {any[]} told */
const codes = (told) => told.map(({ code }) => code).join(" ");

bothWays("debug tells every decision on a call: code, words, number and address", async (t) => {
  const authFetch = await t.expired();
  const told = decisions(authFetch);
  await authFetch("/api/users/me?secret=1#part");
  t.equal(codes(told), "sent refused_waits refresh refresh_sends refreshed sent answered", "codes");
  const [sent] = told;
  t.same([sent.call, sent.request, sent.detail], [1, `GET ${location.origin}/api/users/me`, ""], "of what");
  t.match(told[1].text, /401 with the newest token: waits for a refresh/, "in words");
  t.equal(told.at(-1).detail, "200", "detail of the answer");
  t.same(told.map(({ call }) => call), [1, 1, 0, 0, 0, 1, 1], "numbers");
  t.ok(!/eyJ|secret/.test(JSON.stringify(told)), "there is no secret in it");

  authFetch.debug(false);
  told.length = 0;
  await authFetch("/api/users/me");
  t.equal(codes(told), "", "afterwards");
});

spec("debug before the module is there tells of the restore", async (t) => {
  await (await t.tab()).create().login(credentials);
  const authFetch = await t.create();
  const told = decisions(authFetch);
  await authFetch.ready;
  t.equal(codes(told), "refresh refresh_sends refreshed", "codes");
});

bothWays("debug names what is left alone", async (t) => {
  const authFetch = await t.signedIn();
  const told = decisions(authFetch);
  await authFetch(`${t.origins.port}/public?token=1`);
  await authFetch("/api/test/public", { headers: { Authorization: "Basic eDp5" } });
  t.equal(codes(told), "left_foreign left_alone", "codes");
  t.equal(told[0].request, `${t.origins.port}/public`, "the address");
});

bothWays("debug tells of failures, of other tabs, and of a logout that waits", async (t) => {
  const authFetch = await t.signedIn();
  const told = decisions(authFetch);
  const offline = await t.server.drop(LOGOUT, "before");
  await authFetch.logout();
  t.equal(codes(told), "signed_out logout_untold", "codes");
  await offline.release();
  const other = (await t.tab()).create();
  await other.ready;
  told.length = 0;
  await other.login(credentials);
  await t.next(authFetch);
  t.match(codes(told), /^heard_login refresh .*refreshed$/, "codes, when another tab signs in");
});

bothWays("debug(true) writes to the console, where no token is", async (t) => {
  const lines = listen();
  const authFetch = await t.expired();
  await authFetch.ready;
  t.equal(authFetch.debug(true), undefined, "what it returns");
  await authFetch("/api/users/me");
  authFetch.debug(false);
  await t.hits(REFRESH, 1);
  t.match(lines.join("\n"), /authFetch: call 1, GET \S*\/api\/users\/me: 401 with the newest token/, "the console");
  t.ok(!/eyJ/.test(lines.join()), "there is no token in it");
});

bothWays("a listener of debug may make calls, and may throw", async (t) => {
  const lines = listen();
  const authFetch = await t.signedIn();
  /** @type {Promise<Response>[]} */
  const more = [];
  authFetch.debug(() => {
    if (more.length === 0) more.push(authFetch("/api/test/public"));
    throw new Error("of the listener");
  });
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  t.equal((await more[0])?.status, 200, "status of the listener's own call");
  t.match(lines[0] ?? "", /the listener of debug has thrown/, "the console says so");
});
