// @ts-check
// Firefox, driven over WebDriver BiDi. A user context is to it what an incognito
// window is to Chromium.

import { drive } from "./puppeteer.js";

/** @type {import("./driver.js").Launch} */
export const launch = (executable) =>
  drive(
    {
      browser: "firefox",
      executablePath: executable,
      // No page here lives long enough for what is compiled again, and better.
      extraPrefsFirefox: { "javascript.options.wasm_optimizingjit": false },
    },
    {
      about: () => true,
      async crash() {
        // The tabs of one site and one user context share a process.
        throw new Error("Firefox has no way to end the process of one tab");
      },
    },
  );
