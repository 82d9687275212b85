// @ts-check
// The drawing as a table: for who cannot see it, and for who wants the numbers.

import { el } from "./dom.js";
import { duration } from "./words.js";

const head = (...names) => el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name))));

const answer = (sent) => {
  if (!sent) return "";
  if (sent.end === null) return "under way";
  return `${sent.status ?? "no answer"} in ${duration(sent.end - sent.start)}`;
};

/**
 * @param {import("./scene.js").Scene} scene
 * @returns {HTMLTableElement}
 */
export const drawTable = (scene) => {
  const since = (/** @type {number} */ time) => duration(time - scene.start);
  const own = scene.own.map((request) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, request.kind),
      el("td", {}, since(request.start)),
      el("td", {}, request.bearer ? "yes" : "no"),
      el("td", {}, answer(request)),
      el("td", {}),
      el("td", {}),
      el("td", {}, request.end === null ? "" : duration(request.end - request.start)),
    ),
  );
  const calls = scene.calls.map((call) => {
    const [first, ...more] = call.sent;
    const last = more.at(-1);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, `call ${call.number}`),
      el("td", {}, first ? since(first.start) : ""),
      el("td", {}, first ? (first.bearer ? "yes" : "no") : ""),
      el("td", {}, call.error ?? answer(first)),
      el("td", {}, last ? since(last.start) : ""),
      el("td", {}, answer(last)),
      el("td", {}, call.end === null ? "" : duration(call.end - call.start)),
    );
  });
  return el(
    "table",
    {},
    el("caption", {}, `${scene.title}: times count from its start`),
    head("Request", "Sent at", "With token", "Answer", "Again at", "Answer", "In total"),
    el("tbody", {}, ...own, ...calls),
  );
};
