// @ts-check
// What a call costs where the answer is there at once.

import { authFetch, badgateway, recipe } from "./peers.js";
import { inTurns, timed } from "./turns.js";

const CALLS = 100;

export const measureInside = async () => {
  const answer = new Response("{}");
  const token = [{ alg: "ES256" }, { sub: "user-1" }, "a signature of some length, as these are".repeat(2)]
    .map((part) => btoa(JSON.stringify(part)).replace(/=/g, ""))
    .join(".");
  const granted = JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: 3600 });
  /** @type {import("./peers.js").Send} */
  const stub = async (input) => (String(input.url ?? input).endsWith("/api/auth") ? new Response(granted, { status: 201 }) : answer);

  const ours = await authFetch({ fetch: stub });
  /** @param {import("./peers.js").Get} get in µs for a call */
  const batch = (get) => async (/** @type {number} */ turn) => {
    const taken = await timed(async () => {
      for (let i = 0; i < CALLS; i++) await get(`/protected?${turn}-${i}`);
    });
    return turn < 10 ? undefined : (taken * 1000) / CALLS; // the engine takes its time to optimise
  };
  const found = await inTurns(70, {
    authfetch: batch(ours),
    badgateway: batch(badgateway(token, stub)),
    ky: batch(recipe(token, stub)),
  });
  ours.destroy();
  return found;
};
