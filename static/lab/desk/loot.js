// @ts-check
// What arrived, and how it goes with it from another machine.

import { el } from "./demo/dom.js";
import { trialWords } from "./words.js";

/** @type {Record<string, string>} */
const titles = {
  "access token": "Access token",
  "refresh token": "Refresh token",
  "key": "The key:",
  "password": "Password of",
  "deed": "Done in the page",
};

const item = (/** @type {import("./state.js").Loot} */ loot) =>
  el("li", {},
    el("p", {}, el("b", {}, titles[loot.kind] ?? loot.kind), " ", el("code", {}, loot.text), loot.bound ? el("span", { class: "bound" }, "bound to a key") : ""),
    ...loot.trials.map((trial) =>
      el("p", { class: `trial ${trial.refused ? "refused" : trial.accepted ? "accepted" : "open"}` },
        el("span", {}, trial.how), el("strong", {}, trialWords(loot, trial)))));

/**
 * @param {import("./state.js").Attack | undefined} attack
 * @param {boolean} strict
 * @param {import("./state.js").State} state
 */
export const drawLoot = (attack, strict, { payloads }) => {
  if (!attack) return [el("li", { class: "nothing" }, "Nothing was sent yet.")];
  const proofs = attack.loot.filter(({ kind }) => kind === "proof");
  const others = attack.loot.filter(({ kind }) => kind !== "proof").map(item);
  if (proofs.length) others.push(el("li", {}, el("p", {}, el("b", {}, `${proofs.length} proofs`), " for one call each")));
  if (others.length) return others;
  const { article } = payloads.find(({ id }) => id === attack.payload) ?? { article: false };
  const last = attack.received.at(-1)?.text;
  const why = strict ? "Nothing. The page’s policy stopped it." : attack.done ? "Nothing that is worth something." : "Waiting …";
  return [el("li", { class: "nothing" }, why, article && last !== undefined ? el("code", {}, ` ?${last}`) : "")];
};
