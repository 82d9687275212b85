// @ts-check
/**
 * Draws a scene: time runs to the right, each call has a lane, and a refresh is
 * a band across the lanes of the calls that wait for it.
 *
 * @import { Call, Own, Queue, Scene, Sent } from "./scene.js"
 */

import { svg } from "./dom.js";
import { phases } from "./phases.js";
import { scale, ticks } from "./scale.js";
import { duration, statusInWords } from "./words.js";

const AXIS = 30; // pixels above the first lane
const OWN = 34; // height of the lane of a refresh
const WORTH = 3; // ms of waiting for other tabs that are worth a line
const CHARACTER = 6.6; // width of one in a label, on the safe side

/** How a request looks that has this status. @param {Sent} sent */
const look = ({ status, end }) => {
  if (end === null) return "pending";
  if (status === 401) return "refused";
  return status !== null && status < 300 ? "good" : "failed";
};

/**
 * @param {Scene} scene
 * @param {{ width: number, now: number, description: string, picked: number }} view width in pixels; the number of the
 *   call that is picked, 0 for none
 * @returns {SVGSVGElement}
 */
export const drawTimeline = (scene, { width, now, description, picked }) => {
  const roomy = scene.calls.length <= 12;
  const lane = roomy ? 32 : Math.max(6, Math.min(18, 420 / scene.calls.length));
  const left = width < 520 ? 64 : 84;
  const queues = scene.queues.filter(({ start, end, needless }) => needless || (end ?? now) - start > WORTH);
  const kinds = [...new Set([...scene.own.map(({ kind }) => kind), ...queues.map(() => "refresh")])];
  const top = AXIS + kinds.length * OWN + (kinds.length && scene.calls.length ? 8 : 0);
  const height = top + scene.calls.length * lane + 10;
  const span = Math.max(5, scene.end(now) - scene.start) * 1.03;
  const x = scale(scene.start, span, left, width - 10);
  const until = (/** @type {{ end: number | null }} */ { end }) => x(end ?? now);

  const drawing = svg("svg", { class: "timeline", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description });
  drawing.append(hatch());
  for (const time of ticks(span, width < 520 ? 4 : 8)) {
    const at = x(scene.start + time);
    drawing.append(
      svg("line", { class: "grid", x1: at, x2: at, y1: AXIS - 8, y2: height - 6 }),
      svg("text", { class: "tick", x: at, y: AXIS - 14, "text-anchor": time ? "middle" : "start" }, time ? duration(time) : "0"),
    );
  }

  for (const own of scene.own.filter(({ kind }) => kind === "refresh")) {
    drawing.append(svg("rect", { class: "band", x: x(own.start), y: AXIS, width: Math.max(2, until(own) - x(own.start)), height: height - AXIS - 6, rx: 6 }));
  }
  kinds.forEach((kind, row) => {
    const y = AXIS + row * OWN;
    drawing.append(svg("text", { class: "name own", x: left - 12, y: y + OWN / 2 }, kind));
    if (kind === "refresh") drawing.append(...queues.flatMap((queue) => drawQueue(queue, x(queue.start), until(queue), y, width)));
    for (const own of scene.own) if (own.kind === kind) drawing.append(drawOwn(own, x(own.start), until(own), y, width));
  });

  scene.calls.forEach((call, index) => {
    const y = top + index * lane;
    const group = svg("g", { class: `lane${roomy ? "" : " thin"}${call.number === picked ? " picked" : ""}`, "data-call": call.number });
    group.append(svg("rect", { class: "catch", x: 0, y, width, height: lane }));
    if (roomy) group.append(svg("text", { class: "name", x: left - 12, y: y + lane / 2 }, `call ${call.number}`));
    else if (call.number === 1 || call.number % 10 === 0) group.append(svg("text", { class: "name", x: left - 12, y: y + lane / 2 }, String(call.number)));
    for (const [from, to] of waits(call, now)) group.append(svg("line", { class: "wait", x1: x(from), x2: x(to), y1: y + lane / 2, y2: y + lane / 2 }));
    for (const sent of call.sent) group.append(drawSent(sent, x(sent.start), until(sent), y, lane));
    drawing.append(group);
  });
  if (!roomy) drawing.append(...drawPhases(scene, x, top + (scene.calls.length * lane) / 2));
  return drawing;
};

/**
 * What lanes too thin for a label of their own have in common, written across
 * their middle: sent, waited, sent again.
 *
 * @param {Scene} scene
 * @param {(time: number) => number} x
 * @param {number} y
 */
const drawPhases = ({ calls }, x, y) =>
  phases(calls).flatMap(({ spans, words }) => {
    const mean = (/** @type {0 | 1} */ edge) => spans.reduce((sum, span) => sum + x(span[edge]), 0) / spans.length;
    const [from, to] = [mean(0), mean(1)];
    const text = words.find(({ length }) => pill(length) < to - from);
    if (!text) return [];
    const [middle, width] = [(from + to) / 2, pill(text.length)];
    const rect = svg("rect", { x: middle - width / 2, y: y - 12, width, height: 24, rx: 12 });
    return [svg("g", { class: "phase" }, rect, svg("text", { x: middle, y }, text))];
  });

const pill = (/** @type {number} */ characters) => characters * 7 + 22;

/** When a call waited with nothing of it under way. @param {Call} call @param {number} now */
const waits = ({ start, end, sent }, now) => {
  const begins = [start, ...sent.map((one) => one.end ?? now)];
  const ends = [...sent.map((one) => one.start), end ?? now];
  return begins.map((begin, index) => [begin, ends[index]]).filter(([from, to]) => to > from);
};

/** Stripes, so that a 401 differs by more than its colour. */
const hatch = () =>
  svg(
    "defs",
    {},
    svg(
      "pattern",
      { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { class: "stripe-ground", width: 6, height: 6 }),
      svg("rect", { class: "stripe", width: 2.2, height: 6 }),
    ),
  );

/** What waits for its turn among the tabs. @param {Queue} queue */
const drawQueue = ({ needless }, from, to, y, width) => {
  const drawn = [svg("line", { class: "wait", x1: from, x2: to, y1: y + OWN / 2, y2: y + OWN / 2 })];
  const text = "another tab was faster";
  if (!needless || to + text.length * CHARACTER + 8 > width) return drawn;
  return [...drawn, svg("text", { class: "beside", x: to + 8, y: y + OWN / 2 }, text)];
};

/** @param {Own} own */
const drawOwn = (own, from, to, y, width) => {
  const bar = Math.max(3, to - from);
  const group = svg("g", { class: `own ${own.kind === "refresh" && look(own) !== "failed" && look(own) !== "refused" ? "refresh" : look(own)}` });
  group.append(svg("rect", { class: "bar", x: from, y: y + 6, width: bar, height: OWN - 12, rx: 5 }));
  const text = own.end === null ? "" : `${statusInWords(own)} · ${duration(own.end - own.start)}`;
  const needed = text.length * CHARACTER + 16;
  if (needed < bar) group.append(svg("text", { class: "inside", x: from + bar / 2, y: y + OWN / 2 }, text));
  else if (to + needed < width) group.append(svg("text", { class: "beside", x: to + 8, y: y + OWN / 2 }, text));
  else if (from - needed > 90) group.append(svg("text", { class: "beside before", x: from - 8, y: y + OWN / 2 }, text));
  return group;
};

/** @param {Sent} sent */
const drawSent = (sent, from, to, y, lane) => {
  const bar = Math.max(2, to - from);
  const thick = lane * (lane > 20 ? 0.62 : 0.76);
  const group = svg("g", { class: look(sent) });
  group.append(svg("rect", { class: "bar", x: from, y: y + (lane - thick) / 2, width: bar, height: thick, rx: Math.min(5, thick / 3) }));
  const radius = lane > 20 ? 3.5 : Math.min(2, thick / 3);
  if (bar > radius * 4) group.append(svg("circle", { class: sent.bearer ? "token" : "no-token", cx: from + radius * 2.2, cy: y + lane / 2, r: radius }));
  const text = statusInWords(sent);
  if (lane > 20 && bar > text.length * CHARACTER + 26) group.append(svg("text", { class: "inside", x: from + bar / 2 + 4, y: y + lane / 2 }, text));
  return group;
};

/**
 * One call in words, for the line below the drawing.
 *
 * @param {Call} call
 * @param {Scene} scene
 */
export const describeCall = (call, scene) => {
  const steps = call.sent.map((sent, index) => {
    const started = index ? "sent again" : sent.bearer ? "sent with the token" : "sent without a token";
    const answer = sent.end === null ? "under way" : `${statusInWords(sent)} in ${duration(sent.end - sent.start)}`;
    return `${started} at ${duration(sent.start - scene.start)}, ${answer}`;
  });
  if (call.error) steps.push(call.error);
  return `Call ${call.number}: ${steps.join("; ") || "waits"}.`;
};
