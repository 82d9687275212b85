// @ts-check
// What the attacker knows, each time that there is something new.

/**
 * @typedef {{ id: string, title: string, about: string, url: string, strict: boolean }} Room
 * @typedef {{ id: string, title: string, about: string, article: boolean, early: boolean, source: string }} Payload
 * @typedef {{ how: string, accepted: number, last?: string, refused?: string, status: number, code: string, over: boolean }} Trial
 * @typedef {{ kind: string, text: string, expires?: string, bound: boolean, tried: boolean, trials: Trial[] }} Loot
 * @typedef {{ at: string, text: string }} Receipt
 * @typedef {{ id: string, room: string, payload: string, at: string, done: boolean, received: Receipt[], loot: Loot[], takes: string[] }} Attack
 * @typedef {{ directive: string, strict: string, here: string, stops: string }} Weakened
 * @typedef {object} State
 * @property {number} version
 * @property {number} ttl seconds that an access token lives
 * @property {Room[]} rooms
 * @property {Payload[]} payloads
 * @property {Weakened[]} weakened
 * @property {Attack[]} attacks oldest first
 */

/** @returns {AsyncGenerator<State>} */
export async function* follow() {
  for (let after = -1; ; ) {
    try {
      const response = await fetch(`/state?after=${after}`);
      /** @type {State} */
      const state = await response.json();
      after = state.version;
      yield state;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000)); // the lab was stopped, and may come back
      after = -1;
    }
  }
}
