// @ts-check
// The page's clocks and timers, made movable. Clocks tell the time as before until
// a spec moves them. A timer of 100 ms or more does not run by itself: it waits
// until a spec has moved the clock that far, so that no spec depends on how fast
// the machine is.

import { native } from "./native.js";

let wall = 0; // ms that Date is ahead of the browser's
let monotonic = 0; // ms that performance.now() is ahead
/** What the browser's clocks showed when a spec stopped them. @type {{ date: number, now: number } | undefined} */
let stopped;

const date = () => stopped?.date ?? native.Date.now();
const now = () => stopped?.now ?? native.now();

const MovableDate = class extends native.Date {
  /** @param {any[]} args */
  constructor(...args) {
    // @ts-ignore: Date's own overloads decide what the arguments mean.
    super(...(args.length ? args : [date() + wall]));
  }
  static now() {
    return date() + wall;
  }
};
// A Date that is called without new is a string, and nobody here does that.
globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (MovableDate));
performance.now = () => now() + monotonic;

/** What waits for the clock, by the timer's id. @type {Map<number, { due: number, run: () => void }>} */
const waiting = new Map();
let lastId = 1 << 30; // far from the browser's own

const setTimeout = (/** @type {any} */ fn, delay = 0, /** @type {any[]} */ ...args) => {
  if (delay < 100) return native.setTimeout(fn, delay, ...args);
  waiting.set(++lastId, { due: monotonic + delay, run: () => fn(...args) });
  return lastId;
};
globalThis.setTimeout = /** @type {typeof globalThis.setTimeout} */ (/** @type {unknown} */ (setTimeout));
const clearTimeout = (/** @type {number | undefined} */ id) => {
  if (!waiting.delete(Number(id))) native.clearTimeout(id);
};
globalThis.clearTimeout = /** @type {typeof globalThis.clearTimeout} */ (clearTimeout);

/** Runs the timers that are due, the earliest first, those included that they set. */
function runTimers() {
  for (;;) {
    const [next] = [...waiting].filter(([, { due }]) => due <= monotonic).sort(([, a], [, b]) => a.due - b.due);
    if (!next) return;
    waiting.delete(next[0]);
    next[1].run();
  }
}

export const clock = {
  /** From now on time passes only as the spec says: what has to happen within a second does on any machine. */
  stop() {
    stopped = { date: date(), now: now() };
  },
  /** Time passes, as it does while the machine is awake. @param {number} ms */
  advance(ms) {
    wall += ms;
    monotonic += ms;
    runTimers();
  },
  /** Somebody sets the machine's clock. @param {number} ms */
  setWall(ms) {
    wall += ms;
  },
  /** The machine sleeps: the wall clock goes on, the monotonic one and timers do not. @param {number} ms */
  sleep(ms) {
    wall += ms;
  },
};
