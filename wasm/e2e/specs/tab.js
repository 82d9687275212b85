// @ts-check
// Real tabs, where a frame is not enough: closed, left, and come back to.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { spec } from "../harness/spec.js";

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

spec("a page that was left comes back as it was, and its session works", async (t) => {
  await t.signedIn();
  const tab = await t.realTab();
  await tab.create();
  await tab.run((here) => void (here.kept = "kept"));
  await tab.goto();
  t.same(await tab.back(), { persisted: true }, "it comes from the back/forward cache");
  t.equal(await tab.run(({ kept }) => kept), "kept", "what it knew");
  t.equal((await tab.call("/api/users/me")).status, 200, "status");
  t.same(await tab.forward(), { persisted: true }, "and forward again");
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
