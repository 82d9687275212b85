// @ts-check
// What a call to a server on this machine costs, until its answer is read.

import { authFetch, badgateway, native, natively, recipe } from "./peers.js";
import { inTurns, timed } from "./turns.js";

export const measureLoopback = async () => {
  const ours = await authFetch({ exposeToken: true });
  const token = await ours.getToken();
  const bound = await authFetch({ dpop: true, paths: { refresh: "/api/auth/refresh?bound" } }); // a session of its own
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
    bound: call(bound),
    native: call(natively(token)),
    badgateway: call(badgateway(token, native)),
    ky: call(recipe(token, native)),
  });
  ours.destroy();
  bound.destroy();
  return found;
};
