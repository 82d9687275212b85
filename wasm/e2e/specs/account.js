// @ts-check
// The account in the demo: where it is signed in, its password, and a new one.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { Demo } from "../harness/demo.js";
import { spec } from "../harness/spec.js";

const LIST = "GET /api/auth/sessions";
const lives = { status: 200, code: "", reason: "" };
/** @param {string} reason */
const revoked = (reason) => ({ status: 401, code: "session_revoked", reason });

/** The demo, signed in here and in another browser. @param {import("../harness/context.js").Context} t */
const signedInTwice = async (t) => {
  await t.server.signInElsewhere();
  const demo = await Demo.open(t);
  t.ok(demo.find("#sessions").hidden, "no list for nobody");
  await demo.signIn();
  await demo.until("#sessions-list", /this device.*Go-http-client/);
  return demo;
};

spec("S23 the demo lists the sessions and ends another one", async (t) => {
  const demo = await signedInTwice(t);
  const [mine, other] = demo.sessions;
  const name = { chromium: "Chrome", firefox: "Firefox", webkit: "Safari" }[t.engine];
  t.match(mine ?? "", new RegExp(`^${name} on \\w+ ?this device ?used just now, (127\\.0\\.0\\.1|::1) ?signed in just now ?End$`), "this session");
  t.match(other ?? "", /^Go-http-client\/1\.1 ?used just now, /, "the other one");
  const [, button] = demo.page.querySelectorAll("#sessions-list button");
  t.match(button?.getAttribute("aria-label") ?? "", /^End the session: Go-http-client\/1\.1, /, "name of the button");
  /** @type {HTMLElement} */ (button).focus();
  /** @type {HTMLElement} */ (button).click();
  await demo.until("#sessions-status", /^Ended: Go-http-client\/1\.1\.$/);
  t.equal(demo.sessions.length, 1, "sessions that are left");
  t.ok(demo.find("#end-others").disabled, "no others to end");
  t.equal(demo.page.activeElement, demo.find("#sessions-list button"), "the focus is on the next row");
  t.same(await t.server.refreshElsewhere(), revoked("logout"), "the other browser");
  t.equal(demo.text("#state"), "Signed in", "this one");
});

spec("S23 the demo ends all other sessions, with an expired token too", async (t) => {
  const demo = await signedInTwice(t);
  await t.server.mark();
  demo.find("#expire").click();
  await demo.until("#state", /^Signed in, token expired$/);
  demo.find("#end-others").click();
  await demo.until("#sessions-status", /^All other sessions have ended\.$/);
  t.equal(demo.sessions.length, 1, "sessions that are left");
  await t.hits(REFRESH, 1);
  t.same(await t.server.refreshElsewhere(), revoked("logout"), "the other browser");
});

spec("the demo says that a session has ended already, and lists those that are left", async (t) => {
  const demo = await signedInTwice(t);
  const headers = { "Content-Type": "application/problem+json" };
  for (const { id } of await t.server.sessions()) {
    // Both began at one moment of the server's clock, so their order says nothing.
    await t.server.answer(`DELETE /api/auth/sessions/${id}`, 404, { headers, body: '{"code":"not_found"}' });
  }
  await t.server.mark();
  /** @type {any} */ (demo.page.querySelectorAll("#sessions-list button")[1]).click();
  await demo.until("#sessions-status", /^That session has ended already\.$/);
  await t.hits(LIST, 1);
  t.equal(demo.text("#sessions-problem"), "", "problem");
});

for (const [what, press] of /** @type {const} */ ([
  ["all sessions", "#end-all"],
  ["this session", "#sessions-list button"],
])) {
  spec(`S23 the demo ends ${what}`, async (t) => {
    const demo = await signedInTwice(t);
    demo.find(press).focus();
    demo.find(press).click();
    await demo.until("#state", /^Signed out$/);
    t.equal(demo.page.activeElement, demo.find("#email"), "focus");
    await demo.until("#outcome", /^Signed out, here and on the server\.$/);
    t.ok(demo.find("#sessions").hidden, "no list any more");
    t.equal(demo.text("#problem"), "", "problem");
    const all = press === "#end-all";
    t.same(await t.server.refreshElsewhere(), all ? revoked("logout") : lives, "the other browser");
  });
}

spec("the demo says that the list of sessions cannot be had, and tries again on request", async (t) => {
  const gone = await t.server.drop(LIST, "before");
  const demo = await Demo.open(t);
  await demo.signIn();
  await demo.until("#sessions-problem", /^The server cannot be reached/);
  const again = demo.find("#sessions-again");
  t.equal(again.hidden, false, "a button to try again");
  t.equal(demo.find("#end-others").disabled, false, "others may be ended, known or not");
  await gone.release();
  again.click();
  await demo.until("#sessions-list", /this device/);
  t.ok(again.hidden, "no need for the button");
  t.equal(demo.text("#sessions-problem"), "", "problem");
});

spec("the demo says that the other sessions live on where the server was not told", async (t) => {
  const demo = await signedInTwice(t);
  await t.server.drop("DELETE /api/auth/sessions", "before");
  demo.find("#end-others").click();
  await demo.until("#sessions-problem", /^The server could not be told/);
  t.ok(demo.find("#sessions-again").hidden, "the list is not what has to be tried again");
  t.equal(demo.sessions.length, 2, "sessions");
  demo.find("#end-all").click();
  await demo.until("#problem", /^You are signed out here\. Other sessions may live on/);
  t.equal(demo.text("#state"), "Signed out", "state");
  t.same(await t.server.refreshElsewhere(), lives, "the other browser");
});

spec("S20 the demo changes the password, which keeps this session and ends the others", async (t) => {
  t.expectError("403");
  const demo = await signedInTwice(t);
  demo.find("#password-change summary").click();
  demo.submit("#password-form", { old: "not this one", new: "correct horse" });
  await demo.until("#problem", /^That is not the password until now\./);
  demo.submit("#password-form", { old: credentials.password, new: credentials.password });
  await demo.until("#problem", /is the old password; choose another one\.$/);
  t.same(await t.server.refreshElsewhere(), lives, "the other browser, before");
  demo.submit("#password-form", { old: credentials.password, new: "correct horse" });
  await demo.until("#done", /^The password has been changed, and every other session has ended\.$/);
  t.same(await t.server.refreshElsewhere(), revoked("password_change"), "the other browser");
  t.equal(demo.find("#old-password").value + demo.find("#next-password").value, "", "what is left in the form");
  demo.find("#refresh").click();
  await demo.until("#reason", /^tokens renewed$/);
  await demo.until("#sessions-list", /^(?![^]*Go-http-client)[^]*this device/);
  t.equal(demo.sessions.length, 1, "sessions that are left");
});

spec("the demo makes an account and signs in with it", async (t) => {
  t.expectError("409");
  await t.server.restart({ registration: true });
  const demo = await Demo.open(t);
  demo.find("#to-register").click();
  t.equal(demo.page.activeElement, demo.find("#new-name"), "focus");
  const ada = { name: "Ada", email: "ada@example.com", password: "correct horse" };
  demo.submit("#register", { ...ada, email: credentials.email });
  await demo.until("#problem", /^There is an account with this email already\./);
  demo.submit("#register", ada);
  await demo.until("#state", /^Signed in$/);
  await demo.until("#name", /^Ada$/);
  t.equal(demo.text("#problem"), "", "problem");
  demo.find("#sign-out").click();
  await demo.until("#state", /^Signed out$/);
  t.equal(demo.find("#sign-in").hidden, false, "the form to sign in is back");
  const held = await t.server.hold(ME, "before");
  demo.find("#sign-in button").click();
  await demo.until("#state", /^Signed in$/);
  t.equal(demo.text(".who"), "", "who is signed in, before the server has said it");
  await held.release();
  await demo.until("#address", /^user@example\.com$/);
});

spec("the demo keeps long names in their place, and lets those of other scripts run their way", async (t) => {
  await t.server.restart({ registration: true });
  const demo = await Demo.open(t);
  const name = `עדה ${"ו".repeat(80)}`;
  demo.submit("#register", { name, email: `${"ada.".repeat(15)}l@example.com`, password: "correct horse" });
  await demo.until("#name", /./);
  t.equal(demo.frame.contentWindow?.getComputedStyle(demo.find("#name")).direction, "rtl", "direction of the name");
  for (const width of [320, 768, 1200]) {
    demo.frame.width = String(width);
    const { scrollWidth, clientWidth } = demo.page.documentElement;
    t.equal(scrollWidth, clientWidth, `width of the page in a window of ${width} px`);
    const card = demo.find(".session").getBoundingClientRect();
    t.ok(demo.find("#sign-out").getBoundingClientRect().right < card.right, `the buttons are in the card at ${width} px`);
    if (width > 960) t.ok(card.right <= demo.find(".try").getBoundingClientRect().left, "the cards are beside each other");
    else t.ok(demo.find(".sessions").offsetTop < demo.find(".said").offsetTop, "the sessions come before the log");
  }
});

spec("the demo says that a server takes no registrations", async (t) => {
  t.expectError("403");
  const demo = await Demo.open(t);
  demo.find("#to-register").click();
  demo.submit("#register", { name: "Ada", email: "ada@example.com", password: "correct horse" });
  await demo.until("#problem", /^This server takes no registrations\..*--registration/);
  demo.find("#to-sign-in").click();
  await demo.signIn();
});
