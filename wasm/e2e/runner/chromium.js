// @ts-check
// Chromium, driven over the DevTools protocol.

import { drive } from "./puppeteer.js";

/** @type {import("./driver.js").Launch} */
export const launch = (executable) =>
  drive(
    {
      executablePath: executable,
      // Root needs --no-sandbox; the others keep the browser from calling home, and
      // from having a process ready for the next site, of which each spec is one.
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-features=SpareRendererForSitePerProcess",
      ],
    },
    {
      // Chromium also puts every answer from 400 on there, which is not ours to judge.
      about: (text) => !text.startsWith("Failed to load resource:"),
      async crash(tab) {
        const gone = new Promise((resolve) => tab.once("error", resolve));
        const devtools = await tab.createCDPSession();
        void devtools.send("Page.crash").catch(() => {}); // who crashes gives no answer
        await gone;
      },
    },
  );
