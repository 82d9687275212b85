// @ts-check
// Chromium, driven over the DevTools protocol.

import puppeteer from "puppeteer-core";

/** @type {import("./driver.js").Launch} */
export async function launch(executable) {
  const browser = await puppeteer.launch({
    executablePath: executable,
    acceptInsecureCerts: true,
    // Root needs --no-sandbox; the others keep the browser from calling home.
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  return {
    version: () => browser.version(),
    close: () => browser.close(),
    async open(url, onError) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      page.on("console", (message) => {
        // Chromium also puts every answer from 400 on there, which is not ours to judge.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource:")) {
          onError(message.text());
        }
      });
      page.on("pageerror", (error) => onError(String(error)));
      page.on("error", (error) => onError(`the page crashed: ${error}`));
      await page.goto(url, { waitUntil: "domcontentloaded" });
      return { close: () => context.close() };
    },
  };
}
