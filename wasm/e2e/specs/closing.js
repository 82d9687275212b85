// @ts-check
// A tab that its user closes at any moment of a refresh: whoever comes next is signed in.

import { REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { spec } from "../harness/spec.js";

/** Opening a tab and closing it costs the others more. */
const moments = { chromium: 200, firefox: 30, webkit: 30 };

const DAY = 25 * 60 * 60 * 1000; // longer than the server waits for the sign that an answer has arrived

spec("C36 closing a tab at any moment of a refresh: the next page load is signed in", { timeout: 900_000 }, async (t) => {
  await t.signedIn();
  const { seed, random } = t.random();
  /** How long a call takes that has to refresh, here and now. @type {number} */
  let whole = 0;
  for (let n = 1; n <= moments[t.engine]; n++) {
    const tab = await t.realTab();
    t.ok(await tab.create(), `signed in, after ${n - 1} closed tabs (AUTHFETCH_SEED=${seed})`);
    await t.server.expire();
    if (n === 1) {
      const start = native.now();
      await tab.call("/api/users/me");
      whole = native.now() - start;
      await t.server.expire();
    }
    await t.server.mark();
    // Somewhere on the way there, in the server, on the way back, or all by itself.
    const phase = /** @type {const} */ (["before", "after", "running"])[Math.floor(random() * 3)] ?? "running";
    const tomorrow = random() < 0.5;
    const held = phase === "running" ? undefined : await t.server.hold(REFRESH, phase);
    await tab.start(({ authFetch }) => authFetch("/api/users/me"));
    if (held) await t.server.arrived(REFRESH);
    const wait = random() * whole;
    await new Promise((resolve) => native.setTimeout(resolve, wait));
    await tab.close();
    await held?.release();
    if (tomorrow && (await t.server.count(REFRESH))) {
      // Neither the grace nor the search for a lost answer helps any more: the browser
      // has to have kept the cookie.
      await t.server.answered(REFRESH);
      await t.server.advance(DAY);
    }
  }
  t.same((await t.server.sessions()).map(({ revoked }) => revoked), [false], "the one session lives");
});
