// @ts-check
// spec() describes one behaviour. Each spec runs in a page of its own, with an
// empty profile, against servers of its own.

/**
 * @typedef {import("./types.d.ts").Spec} Spec
 * @typedef {import("./types.d.ts").Options} Options
 */

/** @type {Spec[]} */
export const specs = [];

/**
 * @param {string} name starts with the scenario that it holds
 * @param {Options | Spec["run"]} options
 * @param {Spec["run"]} [run]
 */
export function spec(name, options, run) {
  if (typeof options === "function") [options, run] = [{}, options];
  specs.push({ name, options, run: /** @type {Spec["run"]} */ (run) });
}

/**
 * The same behaviour twice: through the loader, and of the module alone.
 * @param {string} name @param {Spec["run"]} run @param {Options} [options]
 */
export function bothWays(name, run, options = {}) {
  spec(name, options, run);
  spec(`${name} (module alone)`, { ...options, bare: true }, run);
}
