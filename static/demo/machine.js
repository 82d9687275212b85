// @ts-check
/**
 * The machine that the page runs on, which can be sent to sleep. What a machine finds
 * when it wakes up is this: its wall clock has gone on, `performance.now` and timers
 * have not, and the browser tells its pages that they are visible.
 *
 * All tabs are on one machine, so all of them sleep. The module reads `Date.now` as
 * it finds it when it starts, so this comes before it.
 */

const wall = Date.now.bind(Date);
let slept = 0; // ms

Date.now = () => wall() + slept;

const tabs = new BroadcastChannel("authfetch demo");

/** @type {(ms: number) => void} */
let woken = () => {};

/** @param {number} ms */
const wake = (ms) => {
  slept += ms;
  document.dispatchEvent(new Event("visibilitychange"));
  woken(ms);
};

tabs.addEventListener("message", ({ data }) => wake(Number(data)));

/** Calls listener with how long the machine has slept, when it wakes up. @param {(ms: number) => void} listener */
export const onWake = (listener) => {
  woken = listener;
};

/** @param {number} ms */
export const sleep = (ms) => {
  tabs.postMessage(ms);
  wake(ms);
};
