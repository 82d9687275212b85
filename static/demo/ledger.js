// @ts-check
/**
 * Takes down what authFetch decides, in the scene that it belongs to: a call's
 * decisions where the call began, those about the session in what is going on.
 *
 * @import { Decision } from "../authfetch.js"
 * @import { Call, Scene } from "./scene.js"
 */

import { isLast } from "./scene.js";

/** The calls that are drawn; the page makes others, such as for its list of sessions. */
const drawn = /^GET \S+\/api\/users\/me$/;

/** What a scene is called that only began because of this. @type {Record<string, string>} */
const titles = {
  heard_over: "Another tab signed out",
  heard_login: "Another tab signed in",
  adopted: "Another tab renewed the token",
  logout_told: "Telling the server",
};

export class Ledger {
  /** Calls under way, by authFetch's number. @type {Map<number, { scene: Scene, call: Call | null }>} */
  #underway = new Map();

  /** @param {(title: string) => Scene} running the scene that is going on, or a new one */
  constructor(running) {
    this.running = running;
  }

  /** Another authFetch begins, and counts from 1. */
  clear() {
    this.#underway.clear();
  }

  /** @param {Decision} decision @param {number} now */
  note(decision, now) {
    const { call: number, code, request } = decision;
    let owner = this.#underway.get(number);
    if (!owner) {
      const scene = this.running(titles[code] ?? "In the background");
      owner = { scene, call: drawn.test(request) && number ? scene.addCall(now) : null };
    }
    owner.scene.note(decision, owner.call, now);
    if (number && !isLast(decision)) this.#underway.set(number, owner);
    else this.#underway.delete(number);
  }
}
