// @ts-check
/**
 * Shows what authFetch decided in a scene, and why: for all of its calls, or for one
 * that is picked in the list or in the drawing.
 *
 * @import { Scene } from "./scene.js"
 */

import { byId, el } from "./dom.js";
import { look, story, subject, words } from "./story.js";
import { duration, plural } from "./words.js";

export class Decisions {
  /** @type {Scene | undefined} */
  #scene;

  /** @param {() => void} onChange after another call has been picked */
  constructor(onChange) {
    byId("only").addEventListener("change", onChange);
    this.onChange = onChange;
  }

  /** The number of the picked call; 0 is none. */
  get picked() {
    return Number(byId("only").value);
  }

  /** Picks a call; the picked one again: none. @param {number} call */
  pick(call) {
    byId("only").value = call === this.picked ? "0" : String(call);
    this.onChange();
  }

  /** @param {Scene} scene */
  show(scene) {
    this.#offer(scene);
    const lines = story(scene, this.picked);
    byId("decisions").replaceChildren(
      ...lines.map((line) => {
        const [first, last] = [duration(line.from), duration(line.to)];
        return el(
          "li",
          { class: look(line) },
          el("span", { class: "at" }, first === last ? first : `${first} – ${last}`),
          el("span", {}, el("b", {}, subject(line, scene)), ` ${words(line)}`),
          el("code", {}, line.decision.code),
        );
      }),
    );
    byId("decisions-empty").hidden = lines.length > 0;
  }

  /** The calls to pick from. @param {Scene} scene */
  #offer(scene) {
    const list = byId("only");
    const numbers = scene.calls.map(({ number }) => number);
    byId("pick").hidden = numbers.length < 2;
    if (scene === this.#scene && list.length === numbers.length + 1) return;
    const picked = scene === this.#scene ? list.value : "0";
    this.#scene = scene;
    list.replaceChildren(
      el("option", { value: 0 }, `all ${plural(numbers.length, "call")}`),
      ...numbers.map((number) => el("option", { value: number }, `call ${number}`)),
    );
    list.value = picked;
  }
}
