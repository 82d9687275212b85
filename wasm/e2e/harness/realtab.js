// @ts-check
// A real second tab of the same profile, moved as its user would, and told by the
// driver what to do. Nothing of the harness is open in it (no channel, no request), so
// that nothing but what is under test can keep it from the back/forward cache.

import { AssertionError } from "./assert.js";
import { native } from "./native.js";
import * as watch from "./watch.js";

/**
 * What code in the tab gets: see tab.js. What it puts there is there for later code.
 * @typedef {{ create(options?: object): any, clock: import("./clock.js")["clock"], id: string, persisted: boolean, authFetch: any, [key: string]: any }} Inside
 */

const PATH = "/wasm/e2e/harness/tab.html";

export class RealTab {
  /** @param {import("./control.js").Control} control @param {number} number */
  constructor(control, number) {
    this.control = control;
    this.number = number;
  }

  /** @param {import("./control.js").Control} control */
  static async open(control) {
    const tab = new RealTab(control, await control.post("/tab/open", { path: PATH }));
    await tab.#another("");
    return tab;
  }

  /** @param {string} expression @returns {Promise<any>} */
  async #evaluate(expression) {
    // What the tab's console shows comes along, for the browser whose driver does not know it.
    const wrapped = `(async () => ({ value: await (${expression}), lines: globalThis.tab?.watch.lines.splice(0) ?? [] }))()`;
    const { value } = await this.control.post("/tab/evaluate", { tab: this.number, expression: wrapped });
    watch.lines.push(...value.lines);
    return value.value;
  }

  /**
   * Runs a function in the tab and resolves with what it returns, which goes through
   * JSON. It sees nothing of the spec around it: what it needs comes in as arguments.
   *
   *     const status = await tab.run(async ({ authFetch }, path) => (await authFetch(path)).status, "/api/users/me");
   *
   * @template T @template {any[]} A
   * @param {(tab: Inside, ...args: A) => T | Promise<T>} fn @param {A} args @returns {Promise<T>}
   */
  run(fn, ...args) {
    return this.#evaluate(`(${fn})(globalThis.tab, ...${JSON.stringify(args)})`);
  }

  /**
   * As run, but resolves once the function has begun, for what is still going on when
   * the tab is left or closed. What it comes to is not told.
   * @template {any[]} A @param {(tab: Inside, ...args: A) => unknown} fn @param {A} args @returns {Promise<void>}
   */
  start(fn, ...args) {
    return this.#evaluate(`void (async () => (${fn})(globalThis.tab, ...${JSON.stringify(args)}))().catch(() => {})`);
  }

  /** Makes the tab's authFetch, and resolves with whether there is a session. @param {object} [options] @returns {Promise<boolean>} */
  create(options = {}) {
    return this.run(async (tab, given) => {
      tab.authFetch = tab.create(given);
      return (await tab.authFetch.ready) !== null;
    }, options);
  }

  /** Calls the tab's authFetch. @param {string} path @param {RequestInit} [init] @returns {Promise<{ status: number, body: string }>} */
  call(path, init = {}) {
    return this.run(async ({ authFetch }, ...args) => {
      const response = await authFetch(...args);
      return { status: response.status, body: await response.text() };
    }, path, init);
  }

  /** The user follows a link. @param {string} [path] of a page that loads tab.js @returns {Promise<void>} */
  async goto(path = `${PATH}?elsewhere`) {
    await this.#move((to) => (location.href = to), path);
  }

  /** The user goes back. @returns {Promise<{ persisted: boolean }>} whether the page came from the back/forward cache */
  async back() {
    return this.#move(() => history.back());
  }

  /** As back. @returns {Promise<{ persisted: boolean }>} */
  async forward() {
    return this.#move(() => history.forward());
  }

  async reload() {
    await this.#move(() => location.reload());
  }

  /** The user closes the tab, whatever goes on in it. @returns {Promise<void>} */
  close() {
    return this.control.post("/tab/close", { tab: this.number });
  }

  /** The tab's process dies: no event, no farewell. In Chromium only. @returns {Promise<void>} */
  crash() {
    return this.control.post("/tab/crash", { tab: this.number });
  }

  /** Leaves the document, and resolves when another one is there. @param {(...args: any[]) => void} move @param {any[]} args */
  async #move(move, ...args) {
    const id = await this.run(({ id }) => id);
    // The page may be gone before it has answered.
    await this.#evaluate(`void setTimeout(() => (${move})(...${JSON.stringify(args)}))`).catch(() => {});
    return this.#another(id);
  }

  /** Resolves once a document other than this one is there and loaded. @param {string} id @returns {Promise<{ persisted: boolean }>} */
  async #another(id) {
    for (const end = native.now() + 20_000; native.now() < end; ) {
      try {
        const now = await this.#evaluate(`globalThis.tab?.loaded.then(() => ({ id: tab.id, persisted: tab.persisted }))`);
        if (now && now.id !== id) return { persisted: now.persisted };
      } catch {
        // It has been left while it was asked.
      }
    }
    throw new AssertionError("the tab shows no other page");
  }
}
