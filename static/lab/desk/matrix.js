// @ts-check
// Every payload in every room, as far as they were tried.

import { el } from "./demo/dom.js";
import { show } from "./show.js";
import { tookWords } from "./words.js";

/**
 * @param {HTMLElement} table
 * @param {import("./state.js").State} state
 * @param {(room: string, payload: string) => import("./state.js").Attack | undefined} latest
 * @param {(to: { room: string, payload: string }) => void} choose
 */
export const drawMatrix = (table, { rooms, payloads }, latest, choose) => {
  const head = el("tr", {}, el("td"), ...rooms.map(({ title }) => el("th", { scope: "col" }, title)));
  const rows = payloads.map(({ id, title }) =>
    el("tr", {}, el("th", { scope: "row" }, title), ...rooms.map((room) => {
      const attack = latest(room.id, id);
      if (!attack) return el("td");
      const button = el("button", { type: "button", class: `took ${attack.takes[0] ?? "none"}` }, tookWords(attack, room.strict));
      button.addEventListener("click", () => choose({ room: room.id, payload: id }));
      return el("td", {}, button);
    })));
  show(table, [el("thead", {}, head), el("tbody", {}, ...rows)]);
};
