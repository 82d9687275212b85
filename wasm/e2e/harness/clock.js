// @ts-check
// The page's clocks, made movable. They tell the time as before until a spec moves
// them. Timers are not touched: a spec that wants time to pass moves the clocks,
// and lets the next call find out.

import { native } from "./native.js";

let wall = 0; // ms that Date is ahead of the browser's
let monotonic = 0; // ms that performance.now() is ahead

const MovableDate = class extends native.Date {
  /** @param {any[]} args */
  constructor(...args) {
    // @ts-ignore: Date's own overloads decide what the arguments mean.
    super(...(args.length ? args : [native.Date.now() + wall]));
  }
  static now() {
    return native.Date.now() + wall;
  }
};
// A Date that is called without new is a string, and nobody here does that.
globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (MovableDate));
performance.now = () => native.now() + monotonic;

export const clock = {
  /** Time passes, as it does while the machine is awake. @param {number} ms */
  advance(ms) {
    wall += ms;
    monotonic += ms;
  },
  /** Somebody sets the machine's clock. @param {number} ms */
  setWall(ms) {
    wall += ms;
  },
  /** The machine sleeps: the wall clock goes on, the monotonic one may not. @param {number} ms */
  sleep(ms) {
    wall += ms;
  },
};
