// @ts-check
// Real tabs, where a frame is not enough: closed, left, and come back to.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { spec } from "../harness/spec.js";

/** The back/forward cache has few places, for all windows together. */
const alone = true;

spec("two tabs share the session through the cookie, and each has a token of its own", async (t) => {
  const authFetch = await t.signedIn();
  const tab = await t.realTab();
  t.ok(await tab.create(), "the tab has the session");
  await t.hits(REFRESH, 1, "to restore it");
  const { status, body } = await tab.call("/api/users/me");
  t.equal(status, 200, "status in the tab");
  t.equal(JSON.parse(body).email, credentials.email, "the user");
  t.equal((await authFetch("/api/users/me")).status, 200, "status here");
  const [there, here] = (await t.server.hits(ME)).map(({ headers }) => headers.authorization);
  t.ok(here !== there, "each has a token of its own");
  await t.hits(REFRESH, 1);
  await t.rotations(1);
  await tab.close();
});

spec("a page that was left comes back as it was, and its session works", { alone }, async (t) => {
  await t.signedIn();
  const tab = await t.realTab();
  await tab.create();
  await tab.run((here) => void (here.kept = "kept"));
  await tab.goto();
  t.same(await tab.back(), { persisted: true }, "it comes from the back/forward cache");
  t.equal(await tab.run(({ kept }) => kept), "kept", "what it knew");
  t.equal((await tab.call("/api/users/me")).status, 200, "status");
  await tab.close();
});

const noAnswer = "has a driver that gets no answer from a page that was gone forward to";

spec("a page that was gone back from comes back as well", { alone, except: { webkit: noAnswer } }, async (t) => {
  await t.signedIn();
  const tab = await t.realTab();
  await tab.goto();
  await tab.create();
  await tab.back();
  t.same(await tab.forward(), { persisted: true }, "it comes from the back/forward cache");
  t.equal((await tab.call("/api/users/me")).status, 200, "status");
  await tab.close();
});

spec("C36 the page is left while its refresh runs: after a reload the session lives", async (t) => {
  await t.signedIn();
  const tab = await t.realTab();
  await tab.create();
  await t.server.expire();
  for (const leave of /** @type {const} */ (["reload", "goto"])) {
    await t.server.mark();
    const held = await t.server.hold(REFRESH, "after");
    await tab.start(({ authFetch }) => authFetch("/api/users/me"));
    await t.server.arrived(REFRESH);
    await tab[leave]();
    await held.release();
    t.ok(await tab.create(), `signed in after ${leave}`);
    t.equal((await tab.call("/api/users/me")).status, 200, `status after ${leave}`);
    await t.server.expire();
  }
  await tab.close();
});

/**
 * Leaves a page that will make a call as soon as it is shown again, and comes back when
 * something has happened elsewhere.
 * @param {import("../harness/context.js").Context} t @param {() => Promise<unknown>} meanwhile
 */
async function awayWhile(t, meanwhile) {
  const tab = await t.realTab();
  await tab.create();
  await tab.run((here) => {
    here.heard = [];
    here.authFetch.addEventListener("sessionchange", (/** @type {CustomEvent} */ { detail }) => here.heard.push(detail.reason));
    addEventListener("pageshow", () => (here.call = here.authFetch("/api/users/me?back")));
  });
  await tab.goto();
  await meanwhile();
  await t.server.mark();
  t.same(await tab.back(), { persisted: true }, "it comes from the back/forward cache");
  const status = await tab.run(async ({ call }) => (await call).status);
  const { heard, user } = await tab.run(({ heard, authFetch }) => ({ heard, user: authFetch.session?.claims.sub ?? null }));
  const hits = (await t.server.hits(ME)).filter(({ query }) => query === "back");
  await tab.close();
  return { status, heard, user, tokens: hits.map(({ headers }) => headers.authorization) };
}

spec("C37 signed out meanwhile: a page from the back/forward cache knows before its next call", { alone }, async (t) => {
  const authFetch = await t.signedIn();
  const back = await awayWhile(t, () => authFetch.logout());
  t.same(back, { status: 401, heard: ["logout"], user: null, tokens: [undefined] }, "the page that came back");
  await t.hits(REFRESH, 0);
});

spec("C37 another user meanwhile: a page from the back/forward cache does not act as the one before", { alone }, async (t) => {
  const eve = await t.secondUser();
  const authFetch = await t.signedIn();
  const back = await awayWhile(t, () => authFetch.login(eve));
  // The call is the first user's, whose page it was.
  const user = authFetch.session.claims.sub;
  t.same(back, { status: 401, heard: ["account_switched"], user, tokens: [undefined] }, "the page that came back");
});
