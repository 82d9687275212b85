// @ts-check
// A thousand calls at a time, whose token has just expired.

import { authFetch, badgateway, native, natively, recipe } from "./peers.js";
import { credentials, login, plane, refresh } from "./plane.js";
import { inTurns, timed } from "./turns.js";

const CALLS = 1000;
const TURNS = 7;
const PEER_TURNS = 2;

export const measureCrowd = async () => {
  /** @type {Record<string, number[]>} */
  const refreshes = {};
  /** @type {Record<string, number[]>} */
  const answered = {};

  /** @param {string} name @param {() => Promise<import("./peers.js").Get>} signIn @param {number} [turns] */
  const crowd = (name, signIn, turns = TURNS) => async (/** @type {number} */ turn) => {
    if (turn >= turns) return undefined;
    const get = await signIn();
    await plane.expire();
    let good = 0;
    const taken = await timed(() =>
      Promise.all(
        Array.from({ length: CALLS }, async (_, i) => {
          const response = await get(`/protected?${i}`).catch(() => undefined); // a peer's, which gives up
          if (response?.status === 200) good++;
          await response?.text();
        }),
      ),
    );
    (refreshes[name] ??= []).push(await plane.refreshes());
    (answered[name] ??= []).push(good);
    return taken;
  };
  const ours = await authFetch();
  const found = await inTurns(TURNS, {
    native: crowd("native", async () => twice(await login())),
    authfetch: crowd("authfetch", async () => {
      await ours.login(credentials);
      return ours;
    }),
    badgateway: crowd("badgateway", async () => badgateway(await login(), native), PEER_TURNS),
    ky: crowd("ky", async () => recipe(await login(), native), PEER_TURNS),
  });
  ours.destroy();
  return { crowd: found, refreshes, answered };
};

/** What nobody can do without: each call with the old token, and with the new one. @param {string} old */
const twice = (old) => {
  /** @type {Promise<string> | undefined} */
  let fresh;
  return async (/** @type {string} */ url) => {
    await (await natively(old)(url)).text();
    return natively(await (fresh ??= refresh()))(url);
  };
};
