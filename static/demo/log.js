// @ts-check
// The list of what authFetch told the page.

import { byId, el } from "./dom.js";
import { clock } from "./words.js";

const LINES = 8;

/**
 * @param {string} type of the event
 * @param {string} text
 * @param {Date} at
 * @param {string | null} code that came with it
 */
export const addToLog = (type, text, at, code) => {
  const log = byId("log");
  byId("log-empty").hidden = true;
  log.prepend(el("li", {}, el("time", { datetime: at.toISOString() }, clock(at)), el("span", {}, text), el("small", {}, el("code", {}, code ? `${type}: ${code}` : type))));
  while (log.children.length > LINES) log.lastChild.remove();
};
