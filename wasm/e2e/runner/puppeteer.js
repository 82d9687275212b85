// @ts-check
// What puppeteer does alike for the browsers that it drives: windows that are used
// again, each with a profile in memory, and the tabs in them. A window costs a browser
// more than most specs do; what keeps these apart is that each has a host of its own.

import puppeteer from "puppeteer-core";

/**
 * @typedef {import("puppeteer-core").Page} Tab
 * @typedef {import("./driver.js").Tell} Tell
 * @typedef {import("./driver.js").Page} Page
 * @typedef {object} Ways what a browser has of its own
 * @property {(text: string) => boolean} about whether an error in the console is about the page
 * @property {(tab: Tab) => Promise<void>} crash
 */

/**
 * @param {import("puppeteer-core").LaunchOptions} options
 * @param {Ways} ways
 * @returns {Promise<import("./driver.js").Browser>}
 */
export async function drive(options, ways) {
  const browser = await puppeteer.launch({ acceptInsecureCerts: true, ...options });
  /** @type {Window[]} */
  const idle = [];
  return {
    version: () => browser.version(),
    close: () => browser.close(),
    async open(url, tell) {
      const window = idle.pop() ?? (await Window.open(browser, ways));
      const page = await window.open(url, tell);
      return {
        ...page,
        async close() {
          if (await window.clear()) idle.push(window);
        },
      };
    },
  };
}

/** One at a time, of all windows: Firefox opens no tab while it closes another one. */
let turn = Promise.resolve();
/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
const inTurn = (work) => {
  const done = turn.then(work);
  turn = done.then(() => {}, () => {});
  return done;
};

class Window {
  /** The tab that stays; the others are a spec's own. */
  #first;
  #profile;
  #ways;

  /** @param {import("puppeteer-core").BrowserContext} profile @param {Tab} first @param {Ways} ways */
  constructor(profile, first, ways) {
    this.#profile = profile;
    this.#first = first;
    this.#ways = ways;
  }

  /** @param {import("puppeteer-core").Browser} browser @param {Ways} ways */
  static open(browser, ways) {
    return inTurn(async () => {
      const profile = await browser.createBrowserContext();
      // Not a tab of another one's window, where it would be hidden and not drawn.
      return new Window(profile, await profile.newPage({ type: "window" }), ways);
    });
  }

  /** @param {string} url @param {Tell} tell @returns {Promise<Page>} */
  open(url, tell) {
    return this.#show(this.#first, url, tell);
  }

  /** @param {Tab} tab @param {string} url @param {Tell} tell @returns {Promise<Page>} */
  async #show(tab, url, tell) {
    const { about, crash } = this.#ways;
    tab.on("console", (message) => {
      if (message.type() !== "error" || about(message.text())) tell(message.type(), message.text());
    });
    tab.on("pageerror", (error) => {
      if (about(String(error))) tell("error", String(error));
    });
    tab.on("error", (error) => tell("crash", `the page crashed: ${error}`));
    await tab.goto(url, { waitUntil: "domcontentloaded" });
    return {
      tab: async (other, tellOther) => this.#show(await inTurn(() => this.#profile.newPage()), other, tellOther),
      evaluate: (expression) => tab.evaluate(expression),
      close: () => inTurn(() => tab.close()),
      crash: () => crash(tab),
    };
  }

  /** Leaves what was open, and resolves with whether the window can be used again. */
  async clear() {
    for (const event of /** @type {const} */ (["console", "pageerror", "error"])) this.#first.off(event);
    try {
      for (const tab of await this.#profile.pages()) {
        if (tab !== this.#first) await inTurn(() => tab.close());
      }
      await this.#first.goto("about:blank");
      return true;
    } catch {
      await inTurn(() => this.#profile.close()).catch(() => {}); // it has crashed, or hangs
      return false;
    }
  }
}
