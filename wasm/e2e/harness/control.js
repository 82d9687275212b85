// @ts-check
// The page's end of the control plane: what the servers of this spec were asked,
// and what they are to do next. It has an address of its own, so that calls which
// wait for a held answer do not keep it waiting too.

import { native } from "./native.js";
import { AssertionError } from "./assert.js";

/**
 * What a server was asked. The body is its SHA-256, in hex; the status is 0 where no answer was sent.
 * @typedef {{ server: string, route: string, query: string, headers: Record<string, string>, cookies: string[] | null, body: string, status: number }} Hit
 * @typedef {{ id: string, generation: number, revoked: boolean, reason: string }} Session
 * @typedef {{ status: number, code: string, reason: string }} Outcome
 * @typedef {{ server?: string, times?: number, when?: "before" | "after" }} Scope
 */

/** Which hits are meant: a route, by the name of a server where it is not the API's. @param {string} route */
const split = (route) => {
  const [, server, rest] = /^(?:(\w+): )?(.*)$/.exec(route) ?? [];
  return { server: server ?? "api", route: rest ?? route };
};

export class Control {
  /** How many hits came before the part of a spec that is looked at. */
  #from = 0;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** From here on only what happens later is counted. */
  async mark() {
    this.#from = (await this.all()).length;
  }

  /** @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async post(path, body = {}) {
    // text/plain makes it a request without a preflight.
    const response = await native.fetch(this.url + path, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new AssertionError(`control plane, ${path}: ${text}`);
    return text && JSON.parse(text);
  }

  /** Everything that ever reached a server, in order. @returns {Promise<Hit[]>} */
  all() {
    return this.post("/seen");
  }

  /** What reached a server since the mark. */
  async seen() {
    return (await this.all()).slice(this.#from);
  }

  /** The requests for one route, such as "GET /api/users/me" or "port: GET /echo". @param {string} route */
  async hits(route) {
    const want = split(route);
    return (await this.seen()).filter((hit) => hit.server === want.server && hit.route === want.route);
  }

  /** How many requests for one route have arrived. @param {string} route */
  async count(route) {
    return (await this.hits(route)).length;
  }

  /** Resolves once count requests for a route have arrived. @param {string} route */
  arrived(route, count = 1) {
    return this.post("/wait", { ...split(route), from: this.#from, count, answered: false });
  }

  /** Resolves once count requests for a route have been answered. @param {string} route */
  answered(route, count = 1) {
    return this.post("/wait", { ...split(route), from: this.#from, count, answered: true });
  }

  /**
   * Answers requests for a route without asking the server.
   * @param {string} route @param {number} status @param {Scope & { headers?: Record<string, string>, body?: string }} [how]
   * @returns {Promise<Rule>}
   */
  answer(route, status, { headers = {}, body = "", ...scope } = {}) {
    return this.rule(route, { answer: { status, headers, body }, ...scope });
  }

  /**
   * Closes the connection: before the server sees the request, or after it has
   * done all of its work.
   * @param {string} route @param {"before" | "after"} when @param {Scope} [scope] @returns {Promise<Rule>}
   */
  drop(route, when, scope = {}) {
    return this.rule(route, { drop: true, when, ...scope });
  }

  /**
   * Holds requests for a route until they are released: before the server sees
   * them, or after, with the answer.
   * @param {string} route @param {"before" | "after"} when @param {Scope} [scope] @returns {Promise<Rule>}
   */
  hold(route, when, scope = {}) {
    return this.rule(route, { hold: true, when, ...scope });
  }

  /** @param {string} route @param {object} rule */
  async rule(route, rule) {
    const { number } = await this.post("/rule", { ...split(route), ...rule });
    return new Rule(this, number);
  }

  /** Moves the server's clock. @param {number} ms */
  advance(ms) {
    return this.post("/advance", { ms });
  }

  /** Makes the current access token one that the server refuses, by its clock. */
  expire() {
    return this.advance(10 * 60 * 1000);
  }

  /** The sessions in the database, oldest first. @returns {Promise<Session[]>} */
  sessions() {
    return this.post("/sessions");
  }

  /**
   * Ends the server, and starts it on the same data with other settings.
   * @param {{ cookie?: string, previous?: string, registration?: boolean, dpop?: "off" | "optional" | "required" }} settings
   */
  restart(settings) {
    return this.post("/restart", settings);
  }

  /** The user signs in with another browser. @returns {Promise<Outcome>} */
  signInElsewhere() {
    return this.post("/elsewhere/login");
  }

  /** What the other browser's refresh is answered. @returns {Promise<Outcome>} */
  refreshElsewhere() {
    return this.post("/elsewhere/refresh");
  }

  /** Ends every session, as an operator would. */
  revoke() {
    return this.post("/revoke");
  }
}

class Rule {
  /** @param {Control} control @param {number} number */
  constructor(control, number) {
    this.control = control;
    this.number = number;
  }

  /** Lets go what is held, and switches the rule off. */
  release() {
    return this.control.post("/release", { number: this.number });
  }
}
