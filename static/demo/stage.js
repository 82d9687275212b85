// @ts-check
// Shows one scene: counts, drawing, sentence, decisions, table; and offers the ones before it.

import { Decisions } from "./decisions.js";
import { byId, el } from "./dom.js";
import { exampleScene } from "./example.js";
import { drawTable } from "./table.js";
import { tell } from "./tell.js";
import { describeCall, drawTimeline } from "./timeline.js";
import { duration, plural } from "./words.js";

/** @typedef {import("./scene.js").Scene} Scene */

const KEPT = 6;
const MARGIN = 16; // pixels
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The number of the call whose lane this is in, or 0. @param {Element} target */
const callAt = (target) => Number(/** @type {any} */ (target.closest("[data-call]"))?.dataset.call ?? 0);

export class Stage {
  /** @type {Scene[]} the newest last */
  #scenes = [];
  /** @type {Scene | undefined} picked from the earlier ones */
  #chosen;
  #example = exampleScene();
  #decisions = new Decisions(() => this.draw());
  #frame = 0;

  constructor() {
    new ResizeObserver(() => this.draw()).observe(byId("drawing"));
    byId("as-table").addEventListener("toggle", () => this.draw());
    byId("drawing").addEventListener("pointerover", ({ target }) => {
      const call = this.#visible.calls[callAt(target) - 1];
      byId("readout").textContent = call ? describeCall(call, this.#visible) : "";
    });
    byId("drawing").addEventListener("click", ({ target }) => this.#decisions.pick(callAt(target)));
  }

  /** The scene that things are added to. */
  get current() {
    return this.#scenes.at(-1);
  }

  /** What was asked for last, or is worth it. */
  get #visible() {
    return this.#chosen ?? this.#scenes.findLast(({ isWorthwhile }) => isWorthwhile) ?? this.#example;
  }

  /** @param {Scene} scene */
  add(scene) {
    this.#scenes.push(scene);
    if (this.#scenes.length > KEPT) {
      const least = this.#scenes.findIndex(({ isWorthwhile }) => !isWorthwhile); // at last the new one, which is empty yet
      this.#scenes.splice(least === KEPT ? 0 : least, 1);
    }
    if (scene.asked) this.#chosen = undefined;
  }

  /** Scrolls to what is drawn, where nothing of it is in sight. */
  reveal() {
    const { top } = byId("counts").getBoundingClientRect();
    if (top > innerHeight) scrollBy({ top: top - MARGIN, behavior: calm.matches ? "auto" : "smooth" });
  }

  /** Draws with the next frame; and on while the current scene goes on, where motion is welcome. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
      if (this.current?.isOpen && !calm.matches) this.draw();
    });
  }

  #render() {
    const scene = this.#visible;
    const now = performance.now();
    const text = tell(scene, now);
    const isExample = scene === this.#example;
    byId("scene-title").textContent = scene.title;
    byId("example-note").hidden = !isExample;
    this.#count(scene.count(now));
    const drawing = byId("drawing");
    this.#decisions.show(scene);
    const view = { width: drawing.clientWidth, now, description: `${scene.title}. ${text}`, picked: this.#decisions.picked };
    drawing.replaceChildren(drawTimeline(scene, view));
    // A screen reader reads each change aloud, so only what has changed is set.
    if (byId("outcome").textContent !== text) byId("outcome").textContent = text;
    if (byId("as-table").open) byId("table").replaceChildren(drawTable(scene));
    if (!this.current?.isOpen) this.#list();
  }

  /** @param {import("./scene.js").Counts} counts */
  #count(counts) {
    for (const cell of byId("counts").querySelectorAll("dd")) {
      const value = counts[cell.dataset.count];
      cell.textContent = cell.dataset.count === "duration" ? duration(value) : value;
      cell.classList.toggle("none", value === 0);
      const { one, many } = cell.previousElementSibling.dataset;
      if (one) cell.previousElementSibling.textContent = value === 1 ? one : many;
    }
  }

  #list() {
    const list = byId("scenes");
    const scenes = this.#scenes.filter(({ isEmpty }) => !isEmpty).reverse();
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(
      ...scenes.map((scene) => {
        const { refreshes, duration: ms } = scene.count(0);
        const small = el("small", {}, `${refreshes ? `${plural(refreshes, "refresh", "refreshes")}, ` : ""}${duration(ms)}`);
        const button = el("button", { type: "button", "aria-pressed": String(scene === this.#visible) }, `${scene.title} `, small);
        button.addEventListener("click", () => {
          this.#chosen = scene;
          this.draw();
        });
        return el("li", {}, button);
      }),
    );
    list.querySelectorAll("button")[focused]?.focus();
    byId("earlier").hidden = scenes.length < 2;
  }
}
