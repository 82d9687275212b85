// @ts-check
// What the browser came with, kept before anything can change it: the harness has
// to work whatever a spec does to its page.

export const native = Object.freeze({
  fetch: globalThis.fetch.bind(globalThis),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  now: performance.now.bind(performance),
  Date,
});
