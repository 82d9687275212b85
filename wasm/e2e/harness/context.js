// @ts-check
// What a spec gets: assertions, the control plane, the clock, and ways to make the
// thing under test.

import * as assert from "./assert.js";
import { clock } from "./clock.js";
import { bareAuthFetch } from "./module.js";
import { native } from "./native.js";
import { RealTab } from "./realtab.js";
import { createAuthFetch } from "../../../authfetch.js";

/** The user that every server of these tests knows. */
export const credentials = Object.freeze({ email: "user@example.com", password: "pa55w0rd" });

export const ME = "GET /api/users/me";
export const REFRESH = "POST /api/auth/refresh";
export const LOGIN = "POST /api/auth";
export const LOGOUT = "DELETE /api/auth";

export class Context {
  // Flat, so that specs read t.equal(...).
  ok = assert.ok;
  equal = assert.equal;
  same = assert.same;
  match = assert.match;
  rejects = assert.rejects;
  throws = assert.throws;
  fail = assert.fail;
  clock = clock;

  /** Errors in the console that the spec wants: a part of their text. @type {string[]} */
  expected = [];
  /** @type {Array<() => void>} */
  cleanups = [];

  /**
   * @param {import("./control.js").Control} server
   * @param {import("./types.d.ts").Origins} origins
   * @param {import("./types.d.ts").Options} options
   * @param {import("./types.d.ts").Engine} engine
   * @param {number} seed
   */
  constructor(server, origins, options, engine, seed) {
    this.engine = engine;
    this.seed = seed;
    this.server = server;
    this.origins = origins;
    this.options = options;
  }

  /** Numbers from 0 to 1, the same again for the same AUTHFETCH_SEED. @returns {{ seed: number, random(): number }} */
  random() {
    const { seed } = this;
    let state = seed;
    const random = () => {
      // Mulberry32.
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    return { seed, random };
  }

  /** An error in the console or an uncaught one is expected. @param {string} text a part of it */
  expectError(text) {
    this.expected.push(text);
  }

  /** A new instance. @param {Record<string, unknown>} [options] @returns {Promise<any>} */
  async create(options = {}) {
    const authFetch = this.options.bare ? (await bareAuthFetch()).create(options) : createAuthFetch(options);
    this.cleanups.push(() => authFetch.destroy());
    return authFetch;
  }

  /** A new instance that has signed in; what is counted begins after that. @param {Record<string, unknown>} [options] */
  async signedIn(options) {
    const authFetch = await this.create(options);
    await authFetch.login(credentials);
    await this.server.mark();
    return authFetch;
  }

  /** A new instance whose access token the server refuses from now on. @param {Record<string, unknown>} [options] */
  async expired(options) {
    const authFetch = await this.signedIn(options);
    await this.server.expire();
    return authFetch;
  }

  /**
   * The details of the events of one type, as they come.
   * @param {EventTarget} authFetch @param {string} [type] @returns {any[]}
   */
  events(authFetch, type = "sessionchange") {
    /** @type {any[]} */
    const details = [];
    authFetch.addEventListener(type, (event) => details.push(/** @type {CustomEvent} */ (event).detail));
    return details;
  }

  /** The detail of the next event of one type. @param {EventTarget} authFetch @param {string} [type] @returns {Promise<any>} */
  next(authFetch, type = "sessionchange") {
    return new Promise((resolve) => {
      authFetch.addEventListener(type, (event) => resolve(/** @type {CustomEvent} */ (event).detail), { once: true });
    });
  }

  /** How many requests a route has had. @param {string} route @param {number} want @param {string} [what] */
  async hits(route, want, what = "") {
    assert.equal(await this.server.count(route), want, `requests for ${route}${what && `, ${what}`}`);
  }

  /** The one session's generation: how often its refresh token was rotated. @param {number} want */
  async rotations(want) {
    const sessions = await this.server.sessions();
    assert.equal(sessions.length, 1, "sessions in the database");
    assert.equal(sessions[0]?.generation, want, "rotations in the database");
  }

  /**
   * Rejects where a promise has not settled in time: for what must happen at once.
   * @template T @param {Promise<T>} promise @param {number} ms @param {string} what @returns {Promise<T>}
   */
  async within(promise, ms, what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = native.setTimeout(() => reject(new assert.AssertionError(`${what}: not within ${ms} ms`)), ms);
    });
    try {
      return /** @type {T} */ (await Promise.race([promise, late]));
    } finally {
      native.clearTimeout(timer);
    }
  }

  /** A second user, at a server that lets people register. @returns {Promise<{ email: string, password: string }>} */
  async secondUser() {
    const user = { email: "eve@example.com", password: "correct horse", name: "Eve" };
    await this.server.restart({ registration: true });
    const headers = { "Content-Type": "application/json" };
    const response = await native.fetch("/api/users", { method: "POST", headers, body: JSON.stringify(user) });
    assert.equal(response.status, 201, "registration");
    return user;
  }

  /**
   * A real tab of the same profile beside this page, which its user can close and
   * leave. Slower than tab(): for what a frame cannot show.
   */
  realTab() {
    return RealTab.open(this.server);
  }

  /** Another tab: a page of the same origin, in a frame, with a realm of its own. @returns {Promise<Tab>} */
  async tab() {
    const frame = document.createElement("iframe");
    frame.src = "/wasm/e2e/harness/tab.html";
    await new Promise((resolve) => {
      addEventListener("message", function ready({ source }) {
        if (source !== frame.contentWindow) return;
        removeEventListener("message", ready);
        resolve(undefined);
      });
      document.body.append(frame);
    });
    this.cleanups.push(() => frame.remove());
    const { tab } = /** @type {any} */ (frame.contentWindow);
    return { ...tab, close: () => frame.remove() };
  }
}

/** @typedef {{ create(options?: object): any, clock: typeof clock, close(): void }} Tab */
