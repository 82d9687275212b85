// @ts-check
// Shows one scene: counts, drawing, sentence, table; and the ones before it.
// @import { Scene } from "./scene.js"

import { byId, el } from "./dom.js";
import { exampleScene } from "./example.js";
import { drawTable } from "./table.js";
import { describeCall, drawTimeline } from "./timeline.js";
import { duration, tell } from "./words.js";

const KEPT = 6;

export class Stage {
  /** @type {import("./scene.js").Scene[]} the newest last */
  #scenes = [];
  /** @type {import("./scene.js").Scene | undefined} */
  #shown;
  #example = exampleScene();
  #frame = 0;

  constructor() {
    new ResizeObserver(() => this.draw()).observe(byId("drawing"));
    byId("as-table").addEventListener("toggle", () => this.draw());
    byId("drawing").addEventListener("pointerover", (event) => {
      const lane = event.target.closest("[data-call]");
      const call = this.#visible.calls[Number(lane?.dataset.call)];
      byId("readout").textContent = call ? describeCall(call, this.#visible) : "";
    });
  }

  /** The scene that things are added to. */
  get current() {
    return this.#scenes.at(-1);
  }

  get #visible() {
    const filled = (/** @type {import("./scene.js").Scene | undefined} */ scene) => scene && !scene.isEmpty;
    return [this.#shown, this.current, this.#scenes.at(-2)].find(filled) ?? this.#example;
  }

  /** @param {import("./scene.js").Scene} scene */
  add(scene) {
    this.#scenes.push(scene);
    if (this.#scenes.length > KEPT) this.#scenes.shift();
    this.#shown = scene;
  }

  /** Draws with the next frame, and on while the current scene goes on. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
      if (this.current?.isOpen) this.draw();
    });
  }

  #render() {
    const scene = this.#visible;
    const now = performance.now();
    const isExample = scene === this.#example;
    const text = tell(scene, now);
    const counts = scene.count(now);
    for (const cell of document.querySelectorAll("[data-count]")) {
      const value = counts[cell.getAttribute("data-count") ?? ""];
      cell.textContent = cell.getAttribute("data-count") === "duration" ? duration(value) : String(value);
      cell.classList.toggle("none", !value);
    }
    byId("scene-title").textContent = scene.title;
    byId("example-note").hidden = !isExample;
    const drawing = byId("drawing");
    drawing.parentElement.classList.toggle("example", isExample);
    drawing.replaceChildren(drawTimeline(scene, { width: drawing.clientWidth, now, description: `${scene.title}. ${text}` }));
    // A screen reader reads each change aloud: not before there is a result.
    if (!scene.isOpen) byId("outcome").textContent = text;
    if (byId("as-table").open) byId("table").replaceChildren(drawTable(scene));
    if (!this.current?.isOpen) this.#list();
  }

  #list() {
    const list = byId("scenes");
    const scenes = this.#scenes.filter((scene) => !scene.isEmpty);
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(
      ...scenes.toReversed().map((scene) => {
        const { refreshes, duration: ms } = scene.count(0);
        const small = el("small", {}, ` ${refreshes} ${refreshes === 1 ? "refresh" : "refreshes"}, ${duration(ms)}`);
        const button = el("button", { type: "button", "aria-pressed": String(scene === this.#visible) }, scene.title, small);
        button.addEventListener("click", () => {
          this.#shown = scene;
          this.draw();
        });
        return el("li", {}, button);
      }),
    );
    list.querySelectorAll("button")[focused]?.focus();
    byId("earlier").hidden = scenes.length < 2;
  }
}
