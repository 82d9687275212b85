// @ts-check
// What many calls have in common: sent, refused, waiting, sent again.

import { statusInWords } from "./words.js";

/**
 * @typedef {object} Phase
 * @property {string[]} words to say it in, the longest first
 * @property {[from: number, to: number][]} spans one for each call, in milliseconds
 */

/**
 * @param {import("./scene.js").Call[]} calls
 * @returns {Phase[]} of what has ended
 */
export const phases = (calls) => {
  /** @type {Map<string, [number, number][]>} */
  const found = new Map();
  const add = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) => {
    const spans = found.get(name) ?? [];
    found.set(name, [...spans, [from, to]]);
  };
  for (const { start, sent } of calls) {
    let before = start;
    for (const [index, one] of sent.entries()) {
      add(index ? "wait" : "wait first", before, one.start);
      if (one.end === null) break;
      add(`${index ? "sent again" : "sent"}: ${statusInWords(one)}`, one.start, one.end);
      before = one.end;
    }
  }
  return [...found].map(([name, spans]) => {
    const [, status] = name.split(": ");
    return { spans, words: status ? [`${spans.length} ${name}`, `${spans.length} × ${status}`] : [`${spans.length} wait`, "wait"] };
  });
};
