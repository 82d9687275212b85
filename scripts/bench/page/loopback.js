// @ts-check
// What a call to a server on this machine costs, until its answer is read.

import { authFetch, badgateway, native, natively, recipe } from "./peers.js";
import { inTurns, timed } from "./turns.js";

export const measureLoopback = async () => {
  const ours = await authFetch({ exposeToken: true });
  const token = await ours.getToken();
  /** @param {import("./peers.js").Get} get */
  const call = (get) => async (/** @type {number} */ turn) => {
    const taken = await timed(async () => {
      const response = await get("/protected");
      if (response.status !== 200) throw new Error(`answered ${response.status}`);
      await response.json();
    });
    return turn < 50 ? undefined : taken;
  };
  const found = await inTurns(450, {
    authfetch: call(ours),
    native: call(natively(token)),
    badgateway: call(badgateway(token, native)),
    ky: call(recipe(token, native)),
  });
  ours.destroy();
  return found;
};
