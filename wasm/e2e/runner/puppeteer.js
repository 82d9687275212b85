// @ts-check
// What puppeteer does alike for the browsers that it drives: a profile in memory
// for each page, and the tabs in it.

import puppeteer from "puppeteer-core";

/**
 * @typedef {import("puppeteer-core").Page} Tab
 * @typedef {import("puppeteer-core").BrowserContext} Profile
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
  return {
    version: () => browser.version(),
    close: () => browser.close(),
    async open(url, tell) {
      const profile = await browser.createBrowserContext();
      const page = await openTab(profile, ways, url, tell);
      return { ...page, close: () => profile.close() };
    },
  };
}

/**
 * @param {Profile} profile @param {Ways} ways @param {string} url @param {import("./driver.js").Tell} tell
 * @returns {Promise<import("./driver.js").Page>}
 */
async function openTab(profile, ways, url, tell) {
  const tab = await profile.newPage();
  tab.on("console", (message) => {
    if (message.type() !== "error" || ways.about(message.text())) tell(message.type(), message.text());
  });
  tab.on("pageerror", (error) => {
    if (ways.about(String(error))) tell("error", String(error));
  });
  tab.on("error", (error) => tell("crash", `the page crashed: ${error}`));
  await tab.goto(url, { waitUntil: "domcontentloaded" });
  return {
    tab: (other, tellOther) => openTab(profile, ways, other, tellOther),
    evaluate: (expression) => tab.evaluate(expression),
    close: () => tab.close(),
    crash: () => ways.crash(tab),
  };
}
