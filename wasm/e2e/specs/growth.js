// @ts-check
// A page that stays open for days.

import { REFRESH } from "../harness/context.js";
import { onProgram } from "../harness/program.js";
import { spec } from "../harness/spec.js";

const timeout = 180_000;

spec("5,000 calls more, some with a refresh: memory and callbacks do not grow", { bare: true, timeout }, async (t) => {
  const scope = /** @type {any} */ (globalThis);
  /** @type {any} */
  let go;
  onProgram((program) => (go = program));
  const authFetch = await t.signedIn();
  const measure = () => {
    const values = go._values.filter((/** @type {unknown} */ value) => value !== null && value !== undefined);
    return { memory: go._inst.exports.mem.buffer.byteLength, values: values.length, slots: go._values.length };
  };
  const batch = async () => {
    for (let n = 0; n < 50; n++) {
      if (n % 10 === 9) await t.server.expire();
      const calls = Array.from({ length: 10 }, (_, i) => authFetch(`/api/test/${n % 2 ? "echo" : "public"}?n=${n}-${i}`));
      for (const response of await Promise.all(calls)) {
        t.equal(response.status, 200, "status");
        await response.text();
      }
    }
  };
  /** What there is at the end of some batches; of values the fewest, because the garbage collector comes when it likes. */
  const part = async (/** @type {number} */ batches) => {
    let values = Infinity;
    for (let n = 0; n < batches; n++) {
      await batch();
      values = Math.min(values, measure().values);
    }
    return { ...measure(), values };
  };
  const before = await part(10);
  const after = await part(10);
  const figures = JSON.stringify({ before, after });
  t.ok(after.memory <= before.memory * 1.1, `wasm memory: ${figures}`);
  t.ok(after.slots <= before.slots * 1.1, `the most values that Go has held at a time: ${figures}`);
  t.ok(after.values <= before.values * 1.5, `the fewest that it holds: ${figures}`);
  t.equal(await t.server.count(REFRESH), 100, "refreshes");
});
