// @ts-check
// The demo page, as a visitor uses it: in a frame, which is a page of its own.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { Demo } from "../harness/demo.js";
import { spec } from "../harness/spec.js";

spec("the demo shows an example, and signs in with what is in the form", async (t) => {
  const demo = await Demo.open(t);
  await demo.until("#outcome", /^All 12 calls/);
  t.same(demo.counts, [12, 12, 1, 12, 12], "counts of the example");
  t.equal(demo.text("figcaption"), "An example until you make your own", "title");
  t.ok(demo.find("#storm").disabled, "nothing to expire");
  await demo.signIn();
  t.equal(demo.find("#address").textContent, "user@example.com", "who is signed in");
  t.match(demo.text("#countdown"), /^[45]:\d\d$/, "time left");
  for (const name of [/sub/, /sid/, /gen/]) t.match(demo.text("#claims"), name, "claims");
  t.equal(demo.find("#storm").disabled, false, "something to expire");
});

spec("the demo takes the focus along when a form goes", async (t) => {
  const demo = await Demo.open(t);
  demo.find("#sign-in button").focus();
  await demo.signIn();
  t.equal(demo.page.activeElement, demo.find("#session-title"), "focus of who has signed in");
  demo.find("#sign-out").focus();
  demo.find("#sign-out").click();
  await demo.until("#state", /^Signed out$/);
  t.equal(demo.page.activeElement, demo.find("#email"), "focus of who has signed out");
});

spec("the demo draws fifty calls with an expired token, and one refresh", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  await t.server.mark();
  demo.find("#storm").click();
  await demo.until("#outcome", /^All 50 calls were refused with a 401. One refresh served all of them, and each was sent again. Your code saw 50 × 200 /);
  t.same(demo.counts, [50, 50, 1, 50, 50], "counts");
  t.equal(demo.page.querySelectorAll(".timeline .lane").length, 50, "lanes");
  t.equal(demo.page.querySelectorAll(".timeline .band").length, 1, "refreshes drawn");
  t.equal(demo.page.querySelectorAll(".timeline .lane .refused").length, 50, "401s drawn");
  t.equal(demo.page.querySelectorAll(".timeline .lane .good").length, 50, "200s drawn");
  await t.hits(ME, 100, "and so many reached the server");
  await t.hits(REFRESH, 1);
  const [refresh] = await t.server.hits(REFRESH);
  t.equal(refresh?.status, 200, "the refresh carried no damaged token");
  demo.find("#as-table summary").click();
  await demo.until("#table", /call 50/);
  t.equal(demo.page.querySelectorAll("#table tbody tr").length, 51, "rows of the table");
});

spec("the demo says why, of all calls in a line or of the one that is picked", async (t) => {
  const demo = await Demo.open(t);
  await demo.until("#decisions", /all 12 calls/);
  const example = demo.decisions;
  await demo.signIn();
  const held = await t.server.hold(REFRESH, "before");
  demo.find("#storm").click();
  await demo.until("#decisions", /all 50 calls 401 with the newest token: waits for a refresh/);
  await held.release();
  await demo.until("#outcome", /^All 50 calls/);
  const real = demo.decisions;
  t.same(real.map(({ code }) => code), ["sent", "refused_waits", "refresh", "refresh_sends", "refreshed", "sent", "answered"], "decisions");
  for (const { code, words } of example) {
    t.ok(real.some((line) => line.code === code && line.words === words), `the example says "${words}", as authFetch does`);
  }
  demo.find(".timeline [data-call='7']").dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await demo.until("#decisions", /^((?!50 calls).)*call 7((?!50 calls).)*$/);
  t.equal(demo.find("#only").value, "7", "the call that is picked");
  t.equal(demo.page.querySelectorAll(".timeline .picked").length, 1, "lanes that are marked");
  const [first, ...more] = demo.decisions;
  t.same([first?.code, more.at(-1)?.code], ["sent", "answered"], "of the call, from its first decision to its last");
  t.ok(more.some(({ code }) => code === "refreshed"), "with the refresh that it waited for");
  demo.find("#only").value = "0";
  demo.find("#only").dispatchEvent(new Event("change"));
  await demo.until("#decisions", /all 50 calls/);
});

spec("the demo expires the token for one call", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  demo.find("#expire").click();
  await demo.until("#state", /^Signed in, token expired$/);
  demo.find("#one").click();
  await demo.until("#outcome", /^The call was refused with a 401/);
  t.equal(demo.text("#state"), "Signed in", "state");
  t.match(demo.text("#reason"), /^tokens renewed/, "last change");
  t.match(demo.text("#log"), /tokens renewed.*signed in/, "events");
});

spec("the demo keeps its session and its storage over a reload", async (t) => {
  const demo = await Demo.open(t);
  await demo.signIn();
  demo.find("[value=localStorage]").click();
  await demo.until("#state", /^Signed in$/);
  t.equal(demo.text("#code-storage"), "localStorage", "the code that it shows");
  const again = await Demo.open(t, "?storage=localStorage");
  await again.until("#state", /^Signed in$/);
  t.ok(again.find("[value=localStorage]").checked, "the storage is chosen");
});

spec("the demo says what went wrong in words", async (t) => {
  t.expectError("401");
  const demo = await Demo.open(t);
  demo.find("#password").value = "not this one";
  demo.find("#sign-in button").click();
  await demo.until("#problem", /^Email or password is wrong\.$/);
  demo.find("#one").click();
  await demo.until("#outcome", /^There is no session, so there was nothing to refresh/);
  demo.find("#password").value = credentials.password;
  await demo.signIn();
  demo.find("#sign-out").click();
  await demo.until("#state", /^Signed out$/);
  await demo.until("#outcome", /^Signed out, here and on the server\.$/);
});
