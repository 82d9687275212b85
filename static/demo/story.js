// @ts-check
/**
 * A scene's decisions, line by line: what many calls have in common is one line.
 *
 * @import { Note, Scene } from "./scene.js"
 *
 * @typedef {object} Line
 * @property {number} from when it was decided first, in milliseconds since the scene's start
 * @property {number} to when it was decided last
 * @property {number[]} calls the scene's numbers of those that it is about; none where it is about the session
 * @property {Note} decision
 */

/**
 * @param {Scene} scene
 * @param {number} [only] the number of a call: its own decisions, and those about the session meanwhile
 * @returns {Line[]}
 */
export const story = (scene, only = 0) => {
  /** @type {Map<unknown, Line>} */
  const lines = new Map();
  /** How often a call has come to the same. @type {Map<string, number>} */
  const times = new Map();
  for (const decision of scene.decisions) {
    if (only && !concerns(scene, only, decision)) continue;
    const { call, code, detail } = decision;
    const nth = `${call} ${code}`;
    times.set(nth, (times.get(nth) ?? 0) + 1);
    const key = call ? `${code} ${detail} ${times.get(nth)}` : decision;
    const at = decision.time - scene.start;
    const line = lines.get(key) ?? { from: at, to: at, calls: [], decision };
    lines.set(key, line);
    line.to = at;
    if (call) line.calls.push(call);
  }
  return [...lines.values()];
};

/** @param {Scene} scene @param {number} only @param {Note} decision */
const concerns = ({ calls }, only, { call, request, time }) => {
  if (call || request) return call === only;
  const { start, end } = calls[only - 1];
  return time >= start && time <= (end ?? time);
};

/** Whom a line is about. @param {Line} line @param {Scene} scene */
export const subject = ({ calls, decision: { code, request } }, scene) => {
  if (calls.length > 1) return `${calls.length === scene.calls.length ? "all " : ""}${calls.length} calls`;
  if (calls.length === 1) return `call ${calls[0]}`;
  if (request) return request.replace(/https?:\/\/[^/]+/, "");
  return code.startsWith("refresh") ? "the refresh" : "the session";
};

/** The verbs that are in a code, and not in its text. @type {Record<string, string>} */
const verbs = { sent: "sent", sent_expired: "sent", sent_bare: "sent", sent_nobody: "sent", refresh_sends: "is sent", waits: "waits", signed_in: "signed in", signed_out: "signed out" };

/** What was decided, and why. @param {Line} line */
export const words = ({ calls, decision: { code, text, detail } }) => {
  const verb = code === "waits" && calls.length > 1 ? "wait" : verbs[code];
  return `${verb ? `${verb} ` : ""}${text}${detail && ` (${detail})`}`;
};

/** How a line looks: as what it is about does in the drawing. @param {Line} line */
export const look = ({ decision: { code } }) => {
  if (code.startsWith("refused")) return "refused";
  if (/^(refresh_failed|refresh_over|failed|gave_up|logout_untold)$/.test(code)) return "failed";
  if (code.startsWith("refresh")) return "refresh";
  return /^(answered|logout_told|signed_in)$/.test(code) ? "good" : "plain";
};
