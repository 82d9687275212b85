// @ts-check
/**
 * The card that lists where the user is signed in, each session with a button
 * that ends it.
 *
 * @import { Session } from "./api.js"
 */

import { deviceName } from "./device.js";
import { byId, el } from "./dom.js";
import { ago, errorInWords } from "./words.js";

const MINUTE = 60_000; // ms

/** @param {Session} a @param {Session} b this device first, then what was used last */
const byUse = (a, b) => Number(b.current) - Number(a.current) || b.last_used_at.localeCompare(a.last_used_at);

/** A moment as the time since then; the moment itself is in its title. @param {string} moment @param {(date: Date) => string} words */
const since = (moment, words) => {
  const date = new Date(moment);
  return el("time", { datetime: moment, title: date.toLocaleString() }, words(date));
};

export class SessionList {
  /** @type {Session[]} */
  #sessions = [];
  /** Counts the loads: a late answer is not shown in place of a newer one. */
  #loads = 0;
  /** What the last action did. */
  #done = "";

  /**
   * @param {object} actions what the card can do; a rejection is shown
   * @param {() => Promise<Session[]>} actions.load
   * @param {(session: Session) => Promise<unknown>} actions.end
   * @param {() => Promise<unknown>} actions.endOthers
   * @param {() => Promise<unknown>} actions.endAll
   */
  constructor({ load, end, endOthers, endAll }) {
    this.load = load;
    this.end = end;
    byId("sessions-again").addEventListener("click", () => this.refresh());
    byId("end-others").addEventListener("click", () => this.#act(endOthers, "All other sessions have ended."));
    byId("end-all").addEventListener("click", () => this.#act(endAll, ""));
    setInterval(() => this.#draw(), MINUTE);
  }

  /** Nobody is signed in. */
  hide() {
    const card = byId("sessions");
    const focused = card.contains(document.activeElement);
    this.#loads++;
    this.#sessions = [];
    this.#done = "";
    card.hidden = true;
    this.#say("", "");
    this.#draw();
    if (focused) byId("email").focus(); // what the keyboard was at is gone
  }

  /** Asks the server again; what is shown stays until the answer is there. */
  async refresh() {
    const load = ++this.#loads;
    byId("sessions").hidden = false;
    byId("sessions-list").setAttribute("aria-busy", "true");
    if (!this.#sessions.length) this.#say("Looking for your sessions …", "");
    try {
      const sessions = await this.load();
      if (load !== this.#loads) return;
      this.#sessions = sessions.sort(byUse);
      this.#say(sessions.length ? this.#done : "The server knows of no session.", "");
    } catch (error) {
      if (load !== this.#loads) return;
      this.#say("", errorInWords(error));
      byId("sessions-again").hidden = false;
    }
    byId("sessions-list").removeAttribute("aria-busy");
    this.#draw();
  }

  /** @param {() => Promise<unknown>} action @param {string} done */
  async #act(action, done) {
    this.#done = "";
    try {
      await action();
      if (byId("sessions").hidden) return; // this session was among them
      this.#done = done;
      await this.refresh();
    } catch (error) {
      if (/** @type {any} */ (error).code !== "not_found") return this.#say("", errorInWords(error));
      // It is over, as was wanted: only the list is old.
      this.#done = errorInWords(error);
      await this.refresh();
    }
  }

  /** @param {string} status @param {string} problem */
  #say(status, problem) {
    byId("sessions-status").textContent = status;
    byId("sessions-problem").textContent = problem;
    byId("sessions-again").hidden = true;
  }

  #draw() {
    const list = byId("sessions-list");
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...this.#sessions.map((session) => this.#row(session)));
    byId("end-others").disabled = this.#sessions.length === 1; // of none it is not known
    if (focused < 0) return;
    // Where a row is gone, the next one takes its place under the keyboard.
    const buttons = list.querySelectorAll("button");
    (buttons[focused] ?? buttons[buttons.length - 1] ?? byId("sessions-title")).focus();
  }

  /** @param {Session} session */
  #row(session) {
    const { user_agent, address, created_at, last_used_at, current } = session;
    const name = deviceName(user_agent);
    const button = el("button", { type: "button", "aria-label": `End the session: ${name}, ${address}` }, "End");
    button.addEventListener("click", () => this.#act(() => this.end(session), `Ended: ${name}.`));
    return el(
      "li",
      {},
      el("p", {}, el("b", { title: user_agent, dir: "auto" }, name), current ? el("span", { class: "mine" }, "this device") : ""),
      el("p", {}, "used ", since(last_used_at, (date) => ago(date, new Date())), ", ", address),
      el("p", {}, "signed in ", since(created_at, (date) => ago(date, new Date()))),
      button,
    );
  }
}
