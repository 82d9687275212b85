// @ts-check
// The runner opens and closes pages in one browser, and tells what their consoles
// say. It knows nothing of specs: the Go test decides what is opened, and the page
// tells the Go test how it went.
//
// It speaks JSON, one object a line. In: {id, open: url}, with beside: page in a tab
// of that page's profile; and of a page {id, evaluate: expression, page},
// {id, crash: page}, {id, close: page}. A page goes by the id that opened it.
// Out: {id, value} when done, {id, error} when not, and at any time
// {page, level, console: text} for what that page's console shows. It ends with its
// input.
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

/** @param {number} number */
const page = (number) => {
  const found = pages.get(number);
  if (!found) throw new Error("the page has been closed");
  return found;
};

/** @param {any} command */
async function obey({ id, open, beside, evaluate, page: number, crash, close }) {
  if (open !== undefined) {
    /** @type {import("./driver.js").Tell} */
    const tell = (level, text) => void say({ page: beside ?? id, level, console: text });
    pages.set(id, await (beside === undefined ? browser.open(open, tell) : page(beside).tab(open, tell)));
  } else if (evaluate !== undefined) {
    return page(number).evaluate(evaluate);
  } else if (crash !== undefined) {
    await page(crash).crash();
  } else {
    const closing = page(close);
    pages.delete(close);
    await closing.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  obey(command).then(
    (value) => say({ id: command.id, value }),
    (error) => say({ id: command.id, error: String(error) }),
  );
}
await browser.close();
process.exit(); // whatever a browser may have left open
