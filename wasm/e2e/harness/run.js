// @ts-check
// Runs the one spec that the page's address names, or lists a module's specs where
// it names none, and tells the test that opened the page.

import "./clock.js"; // before anything reads a clock
import { Context } from "./context.js";
import { Control } from "./control.js";
import { native } from "./native.js";
import { specs } from "./spec.js";

const query = new URLSearchParams(location.search);
const control = new Control(query.get("control") ?? "");

/** What nobody has caught. @type {string[]} */
const uncaught = [];
addEventListener("error", (event) => uncaught.push(`uncaught: ${event.message}`));
addEventListener("unhandledrejection", (event) => uncaught.push(`unhandled rejection: ${event.reason}`));
addEventListener("securitypolicyviolation", (event) => {
  uncaught.push(`refused by the Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`);
});

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
    await control.post("/result", { specs: specs.map(({ name, options }) => ({ name, ...options })) });
  }
} catch (error) {
  await control.post("/result", { error: describe(error) });
}

/** @param {string | null} name */
async function run(name) {
  const found = specs.find((spec) => spec.name === name);
  if (!found) throw new Error(`no spec is called ${name}`);
  const t = new Context(control, JSON.parse(query.get("origins") ?? "{}"), found.options);
  const timeout = found.options.timeout ?? 30_000;
  try {
    await t.within(found.run(t), timeout, "the spec has not ended");
    await noTokenInURLs(t);
    // Events that are due are delivered before the verdict.
    await new Promise((resolve) => native.setTimeout(resolve, 0));
    const surprise = uncaught.find((text) => !t.expected.some((part) => text.includes(part)));
    t.ok(!surprise, surprise ?? "");
    return { expected: t.expected };
  } catch (error) {
    return { error: describe(error), expected: t.expected };
  } finally {
    for (const cleanup of t.cleanups) cleanup();
  }
}

/** A token in an address ends up in logs, histories and Referer headers. @param {Context} t */
async function noTokenInURLs(t) {
  for (const { route, query } of await t.server.all()) {
    // A JWT's header starts with {" in base64url.
    t.ok(!/eyJ/.test(route + query), `no token in the address of ${route}`);
  }
}
