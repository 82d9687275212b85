// @ts-check
// Runs the one spec that the page's address names, or lists a module's specs where
// it names none, and tells the test that opened the page.

import * as watch from "./watch.js"; // before anything that it watches
import "./clock.js"; // before anything reads a clock
import { Context } from "./context.js";
import { Control } from "./control.js";
import { native } from "./native.js";
import { specs } from "./spec.js";

watch.listen();

const query = new URLSearchParams(location.search);
const control = new Control(query.get("control") ?? "");
const engine = /** @type {import("./types.d.ts").Engine} */ (query.get("engine"));

/** @param {unknown} error */
const describe = (error) => {
  try {
    return error instanceof Error ? `${error.name === "AssertionError" ? "" : `${error.name}: `}${error.message}\n${error.stack ?? ""}` : String(error);
  } catch {
    return "something that cannot even be shown";
  }
};

try {
  await import(`../specs/${query.get("module")}`);
  if (query.has("spec")) {
    await control.post("/result", await run(query.get("spec")));
  } else {
    await control.post("/result", { specs: specs.map(({ name, options }) => ({ name, ...options, instead: !!options.instead })) });
  }
} catch (error) {
  await control.post("/result", { error: describe(error) });
}

/** @param {string | null} name */
async function run(name) {
  const found = specs.find((spec) => spec.name === name);
  if (!found) throw new Error(`no spec is called ${name}`);
  const { options } = found;
  const t = new Context(control, JSON.parse(query.get("origins") ?? "{}"), options, engine, Number(query.get("seed")));
  const run = (options.except?.[engine] && options.instead) || found.run;
  // Chromium and Firefox tell more of their consoles than the page can know.
  const console = () => (engine === "webkit" ? watch.lines : []);
  try {
    await t.within(run(t), options.timeout ?? 30_000, "the spec has not ended");
    // Events that are due are delivered before the verdict.
    await new Promise((resolve) => native.setTimeout(resolve, 0));
    const surprise = watch.uncaught.find((text) => !t.expected.some((part) => text.includes(part)));
    t.ok(!surprise, surprise ?? "");
    await noTokenTold(t);
    return { expected: t.expected, console: console() };
  } catch (error) {
    return { error: describe(error), expected: t.expected, console: console() };
  } finally {
    for (const cleanup of t.cleanups) cleanup();
  }
}

/** No token where others read it: in addresses, storage events, messages, the console, errors. @param {Context} t */
async function noTokenTold(t) {
  const hits = await t.server.all();
  // An address ends up in logs, histories and Referer headers.
  for (const { route, query } of hits) watch.tell(`the address of ${route}`, route + query);
  watch.tell("the address of the page", location.href);
  const tokens = hits.map(({ headers }) => headers.authorization?.replace(/^(Bearer|DPoP) /, "") ?? "").filter((token) => token.length > 20);
  t.same(watch.leaks(tokens), [], "places where a token is told");
}
