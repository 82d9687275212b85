// @ts-check
// The hard cases in the demo: a second tab, somebody else, no network, a machine that sleeps.

import { LOGIN, LOGOUT, ME, REFRESH } from "../harness/context.js";
import { Demo } from "../harness/demo.js";
import { spec } from "../harness/spec.js";

spec("C33 the demo shows a second tab, and what is done in one is seen in the other", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  const second = await demo.second();
  await second.until("#address", /^user@example\.com$/);
  for (const one of [".masthead", ".intro", ".alone", ".code"]) t.equal(second.find(one).checkVisibility(), false, `${one} in the second tab`);
  await t.server.mark();
  demo.find("#sign-out").click();
  await second.until("#state", /^Signed out$/);
  await second.until("#outcome", /^Another tab signed out, and this one with it/);
  await demo.until("#outcome", /^Signed out, here and on the server\.$/);
  await t.hits(LOGOUT, 1);
  await t.hits(REFRESH, 0);
  second.find("#as-second").click();
  second.find("#sign-in button").click();
  await demo.until("#address", /^guest@example\.com$/);
  await demo.until("#outcome", /^Another tab signed in/);
  await t.hits(LOGIN, 1);
  await t.hits(REFRESH, 1);
  demo.find("#peer-close").click();
  t.ok(demo.find("#peer").hidden, "it can be closed");
  t.equal(demo.page.querySelectorAll("iframe").length, 0, "second tabs that are left");
  t.equal(demo.page.activeElement, demo.find("#peer-open"), "focus");
});

spec("C42 the demo has somebody else sign in in the second tab", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  t.equal(demo.text("#switch"), "Sign in as Guest there", "who is meant");
  demo.find("#switch").click();
  await demo.until("#reason", /^another tab signed in as someone else$/);
  await demo.until("#address", /^guest@example\.com$/);
  await demo.until("#decisions", /another tab has signed in.*heard_login/);
  t.equal(demo.text("#switch"), "Sign in as Demo User there", "who is meant now");
  const [before, now] = await t.server.sessions();
  t.same([before?.revoked, now?.revoked].sort(), [false, true], "the session before has ended, and this one lives");
  demo.find("#switch").click();
  await demo.until("#address", /^user@example\.com$/);
});

spec("C35 the demo goes offline: signed out at once, and the server is told later", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  await t.server.mark();
  demo.find("#network").click();
  await demo.until("#network-state", /^Network off$/);
  demo.find("#one").click();
  await demo.until("#outcome", /^The call got no answer/);
  t.equal(demo.text("#state"), "Signed in", "state");
  demo.find("#sign-out").click();
  await demo.until("#state", /^Signed out$/);
  await demo.until("#outcome", /^Signed out in this page, at once\. The server could not be told/);
  await demo.until("#decisions", /signed_out.*the server could not be told of the logout.*logout_untold$/);
  t.equal((await t.server.seen()).length, 0, "requests that left");
  demo.find("#network").click();
  await demo.until("#outcome", /^The server has been told of the logout/);
  await t.hits(LOGOUT, 1);
  t.equal((await t.server.sessions())[0]?.revoked, true, "the session has ended on the server");
});

spec("C38 the demo sleeps past the expiry of the token", async (t) => {
  const demo = await Demo.open(t);
  t.ok(demo.find("#sleep").disabled, "nothing to sleep past");
  await demo.signIn();
  await t.server.mark();
  demo.find("#sleep").click();
  await demo.until("#outcome", /^The token was renewed first, while the calls waited: none was refused\. Your code saw 3 × 200 /);
  t.same(demo.counts, [3, 0, 1, 0, 3], "counts");
  await t.hits(REFRESH, 1);
  await t.hits(ME, 3);
  t.match(demo.text("#countdown"), /^[45]:\d\d$/, "time left, by the clock that was put forward");
  demo.find("#sleep").click();
  await t.server.answered(ME, 6);
  await t.hits(REFRESH, 2, "after another sleep");
});

spec("C31 the demo wakes up in two tabs that share their token, with one refresh", async (t) => {
  const demo = await Demo.open(t, "?storage=localStorage");
  await demo.signIn();
  const second = await demo.second();
  t.ok(second.find("[value=localStorage]").checked, "where the second tab keeps its token");
  await second.until("#name", /./);
  await t.server.mark();
  demo.find("#sleep").click();
  for (const tab of [demo, second]) await tab.until("#outcome", /Your code saw 3 × 200 /);
  await t.hits(REFRESH, 1);
  await t.hits(ME, 6);
  for (const tab of [demo, second]) t.equal(tab.text("#state"), "Signed in", "state");
});
