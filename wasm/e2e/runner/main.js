// @ts-check
// The runner opens and closes pages in one browser, and tells what their consoles
// say. It knows nothing of specs: the Go test decides what is opened, and the page
// tells the Go test how it went.
//
// It speaks JSON, one object a line. In: {id, open: url} and {id, close: page}.
// Out: {id, page} or {id} when done, {id, error} when not, and at any time
// {page, console: text} for an error in that page. It ends with its input.
//
//   node runner/main.js chromium /usr/bin/chromium

import { createInterface } from "node:readline";

const [name, executable] = process.argv.slice(2);

/** @type {{ launch: import("./driver.js").Launch }} */
const driver = await import(`./${name}.js`);

/** @param {object} message */
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const browser = await driver.launch(executable);
/** @type {Map<number, import("./driver.js").Page>} */
const pages = new Map();
say({ version: await browser.version() });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, open, close } = JSON.parse(line);
  try {
    if (open !== undefined) {
      pages.set(id, await browser.open(open, (text) => say({ page: id, console: text })));
    } else {
      await pages.get(close)?.close();
      pages.delete(close);
    }
    say({ id });
  } catch (error) {
    say({ id, error: String(error) });
  }
}
await browser.close();
