// @ts-check
// WebKit, as WebKitGTK's MiniBrowser, driven over WebDriver on a screen of its own.
// All pages share one profile in memory: what keeps them apart is that each spec has
// a host name of its own.
//
// WebKit writes nothing of such a profile's pages to a console that a driver could
// read, so the harness tells what is written there (harness/watch.js).

import { freePort, screen, start } from "./program.js";
import { Session } from "./webdriver.js";

/** @typedef {import("./driver.js").Page} Page */

/** After so many pages WebKit begins anew: it keeps the processes of those that were closed. */
const MANY = 50;

/** @type {import("./driver.js").Launch} */
export async function launch(executable) {
  const { display, end: endScreen } = await screen();
  let webkit = await begin(executable, display);
  let opened = 0;
  let live = 0;
  let idle = () => {};
  /** Those who want a page, one after the other. */
  let queue = Promise.resolve();
  const enter = async () => {
    if (++opened > MANY) {
      if (live > 0) await new Promise((resolve) => (idle = () => resolve(undefined)));
      await webkit.end();
      webkit = await begin(executable, display);
      opened = 1;
    }
    live++;
  };
  const leave = () => {
    if (--live === 0) idle();
  };
  return {
    version: async () => webkit.version,
    async close() {
      await webkit.end();
      endScreen();
    },
    async open(url) {
      for (let last = false; ; last = true) {
        await (queue = queue.then(enter));
        try {
          const page = await open(webkit.session, webkit.home, url);
          return { ...page, close: () => page.close().finally(leave) };
        } catch (error) {
          leave();
          opened = MANY; // a driver that has hung before the page was there begins anew
          if (last) throw error;
        }
      }
    },
  };
}

/** Starts WebKit. @param {string} executable @param {string} display */
async function begin(executable, display) {
  const port = await freePort();
  const driver = start("WebKitWebDriver", [`--port=${port}`], {
    stdio: ["ignore", "ignore", "inherit"],
    // No page here lives long enough for what is compiled again, and better.
    env: { ...process.env, DISPLAY: display, JSC_useOMGJIT: "0" },
    detached: true, // a group of its own, with the browser in it
  });
  const address = `http://127.0.0.1:${port}`;
  await Promise.race([listening(address), driver.ended]);
  const session = await Session.start(address, {
    acceptInsecureCerts: true,
    pageLoadStrategy: "none",
    "webkitgtk:browserOptions": { binary: executable, args: ["--automation"] },
  });
  // The window that it begins with stays: new ones are opened from there.
  const home = await session.command("GET", "/window");
  return {
    session,
    home,
    version: `WebKitGTK/${session.capabilities.browserVersion}`,
    async end() {
      await session.command("DELETE", "").catch(() => {}); // who hangs is ended all the same
      driver.end();
      await driver.ended.catch(() => {});
    },
  };
}

/** @param {string} address */
async function listening(address) {
  for (;;) {
    const answer = await fetch(`${address}/status`).catch(() => null);
    if (answer?.ok) return;
    await pause();
  }
}

/** What WebDriver tells only when it is asked is asked for that often. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** @param {Session} session @param {string} home @param {string} url @returns {Promise<Page>} */
async function open(session, home, url) {
  /** @type {string[]} */
  const tabs = [];
  /** @param {string} at @returns {Promise<Page>} */
  const openTab = async (at) => {
    const window = await session.inWindow(home, async () => {
      // A window, as a tab behind another one would be hidden.
      const { handle } = await session.command("POST", "/window/new", { type: "window" });
      await session.command("POST", "/window", { handle });
      await session.command("POST", "/url", { url: at });
      return handle;
    });
    tabs.push(window);
    for (const end = Date.now() + 20_000; (await evaluate(session, window, "location.href").catch(() => "about:blank")) === "about:blank"; ) {
      if (Date.now() > end) throw new Error(`the window does not show ${at}`);
      await pause();
    }
    return {
      tab: openTab,
      evaluate: (expression) => evaluate(session, window, expression),
      async close() {
        tabs.splice(tabs.indexOf(window), 1);
        await closeWindow(window);
      },
      async crash() {
        throw new Error("WebDriver's session ends when a page of WebKit crashes");
      },
    };
  };
  /** @param {string} window */
  const closeWindow = (window) => session.inWindow(window, () => session.command("DELETE", "/window"));
  const first = await openTab(url);
  return {
    ...first,
    async close() {
      for (const window of tabs) await closeWindow(window);
    },
  };
}

/**
 * The promise stays in the page, and is asked for: a script that WebDriver waits for
 * would keep it from the other windows.
 * @param {Session} session @param {string} window @param {string} expression
 */
async function evaluate(session, window, expression) {
  // A script of a page that goes away meanwhile has no answer: better to know that soon.
  const run = (/** @type {string} */ script) => session.inWindow(window, () => session.command("POST", "/execute/sync", { script, args: [] }, 4000));
  const key = `Symbol.for("authfetch-runner")`;
  const number = await run(`
    const results = (globalThis[${key}] ??= []);
    const number = results.push(null) - 1;
    const tell = (result) => (results[number] = JSON.stringify(result));
    (async () => (${expression}))().then((value) => tell({ value }), (error) => tell({ error: String(error) }));
    return number;`);
  for (;;) {
    // Asking does no harm, so it can be done again.
    const said = await run(`return globalThis[${key}]?.[${number}] ?? (globalThis[${key}] ? null : "{\\"error\\":\\"the page has gone\\"}")`).catch((error) => {
      if (error.name !== "TimeoutError") throw error;
      return null;
    });
    if (said) {
      const { value, error } = JSON.parse(said);
      if (error) throw new Error(error);
      return value;
    }
    await pause();
  }
}
