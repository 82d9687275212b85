// @ts-check
// The card that shows the session: who, how long, and why it last changed.

import { byId, el } from "./dom.js";
import { clock, reasonInWords } from "./words.js";

const times = new Set(["exp", "iat", "auth_time"]);

/** A claim for reading: its times are seconds since 1970 (RFC 7519 section 2). */
const show = (name, value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return times.has(name) && Number.isFinite(value) ? `${text} (${clock(new Date(value * 1000))})` : text;
};

/**
 * Milliseconds to the expiry of the access token, which authfetchd always tells.
 *
 * @param {import("../authfetch.js").Session} session
 */
const until = ({ expiresAt }) => /** @type {Date} */ (expiresAt).getTime() - Date.now();

/** @param {number} ms */
const remaining = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, ...rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const [minutes, last] = rest.map((part) => String(part).padStart(2, "0"));
  return hours ? `${hours}:${minutes}:${last}` : `${Number(minutes)}:${last}`;
};

export class SessionCard {
  /** @type {import("../authfetch.js").Session | null} */
  #session = null;
  #spoiled = false;
  #registering = false;
  /** The life of the token when it was new, in milliseconds. */
  #life = 1;

  constructor() {
    setInterval(() => this.#tick(), 250);
  }

  /** Which form somebody who is signed out sees. */
  set registering(wanted) {
    this.#registering = wanted;
    this.show(this.#session, this.#spoiled);
    byId(wanted ? "new-name" : "email").focus();
  }

  /** @param {string} text before there is a session or none */
  status(text) {
    byId("state").textContent = text;
  }

  /**
   * @param {import("../authfetch.js").Session | null} session
   * @param {boolean} spoiled whether calls carry a token that the server refuses
   */
  show(session, spoiled) {
    if (session && session !== this.#session) {
      this.#life = Math.max(1, until(session));
      const rows = Object.entries(session.claims).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, show(name, value))]);
      byId("claims").replaceChildren(...rows);
      const { gen } = session.claims;
      byId("renewed").textContent = gen === undefined ? "unknown" : ["not yet", "once", "twice"][gen] ?? `${gen} times`;
    }
    this.#session = session;
    this.#spoiled = spoiled;
    byId("sign-in").hidden = session !== null || this.#registering;
    byId("register").hidden = session !== null || !this.#registering;
    byId("signed-in").hidden = session === null;
    const state = byId("state");
    state.dataset.state = session ? (spoiled ? "spoiled" : "in") : "out";
    state.textContent = session ? (spoiled ? "Signed in, token expired" : "Signed in") : "Signed out";
    byId("life").classList.toggle("spoiled", spoiled);
    // What the keyboard was at is gone.
    if (document.activeElement?.closest("[hidden]")) byId(session ? "session-title" : "email").focus();
    this.#tick();
  }

  /** The address of who is signed in; empty while that is not known. */
  get email() {
    return byId("password-user").defaultValue;
  }

  /** Milliseconds until the token expires; 0 without one. */
  get left() {
    return this.#session ? until(this.#session) : 0;
  }

  /** @param {{ name?: string, email?: string } | null} user */
  user(user) {
    byId("name").textContent = user?.name || user?.email || "";
    byId("address").textContent = user?.name ? user.email ?? "" : "";
    byId("password-user").defaultValue = user?.email ?? ""; // password managers look for it
  }

  /** @param {string} reason of a sessionchange */
  change(reason) {
    byId("reason").textContent = reasonInWords(reason);
  }

  #tick() {
    if (!this.#session) return;
    const left = until(this.#session);
    const over = this.#spoiled || left <= 0;
    byId("expiry-label").textContent = over ? "The next call renews the token" : "Access token expires in";
    byId("countdown").textContent = over ? "" : remaining(left);
    byId("life").value = over ? 0 : left / this.#life;
  }
}
