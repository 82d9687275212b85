// @ts-check
// A tab that its user closes at any moment of a refresh: whoever comes next is signed in.

import { REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { spec } from "../harness/spec.js";

/** Opening a tab and closing it costs the others more. */
const moments = { chromium: 200, firefox: 30, webkit: 30 };

spec("C36 closing a tab at any moment of a refresh: the next page load is signed in", { timeout: 900_000 }, async (t) => {
  await t.signedIn();
  const { seed, random } = t.random();
  /** How long a call takes that has to refresh, here and now. @type {number} */
  let whole = 0;
  let last = "";
  /** Refreshes that the server has answered, and those of them whose cookie the browser did not keep. */
  const answers = { all: 0, lost: 0 };
  let answered = false;
  const rotations = async () => (await t.server.sessions())[0]?.generation;
  for (let n = 1; n <= moments[t.engine]; n++) {
    const tab = await t.realTab();
    const before = await rotations();
    t.ok(await tab.create(), `signed in, after ${n - 1} closed tabs, ${last} (AUTHFETCH_SEED=${seed})`);
    if (answered) {
      answers.all++;
      if ((await rotations()) === before) answers.lost++; // the same successor again: nobody is signed out by that
    }
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
    last = `the last one while its refresh was ${phase}`;
    const held = phase === "running" ? undefined : await t.server.hold(REFRESH, phase);
    await tab.start(({ authFetch }) => authFetch("/api/users/me"));
    if (held) await t.server.arrived(REFRESH);
    const wait = random() * whole;
    await new Promise((resolve) => native.setTimeout(resolve, wait));
    await tab.close();
    await held?.release();
    answered = (await t.server.count(REFRESH)) > 0;
    if (answered) await t.server.answered(REFRESH);
  }
  t.same((await t.server.sessions()).map(({ revoked }) => revoked), [false], "the one session lives");
  // The request outlives its tab, and what comes back is kept.
  t.ok(answers.lost * 2 < answers.all, `answers that the browser has lost: ${answers.lost} of ${answers.all}`);
});
