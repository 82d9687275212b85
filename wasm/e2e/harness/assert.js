// @ts-check
// Assertions that say what they found.

export class AssertionError extends Error {
  name = "AssertionError";
}

/** @param {unknown} value */
const show = (value) => {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "function") return `function ${value.name}`;
  return typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value, null, 1)?.replace(/\n\s*/g, " ") ?? String(value);
};

/** @param {string} message */
export function fail(message) {
  throw new AssertionError(message);
}

/** @param {unknown} value @param {string} what */
export function ok(value, what) {
  if (!value) fail(`${what}: got ${show(value)}`);
}

/** @param {unknown} got @param {unknown} want @param {string} what */
export function equal(got, want, what) {
  if (!Object.is(got, want)) fail(`${what}: got ${show(got)}, want ${show(want)}`);
}

/** Compares as JSON. @param {unknown} got @param {unknown} want @param {string} what */
export function same(got, want, what) {
  if (show(got) !== show(want)) fail(`${what}: got ${show(got)}, want ${show(want)}`);
}

/** @param {string} text @param {RegExp} pattern @param {string} what */
export function match(text, pattern, what) {
  if (!pattern.test(text)) fail(`${what}: got ${show(text)}, want something like ${pattern}`);
}

/**
 * Waits for a promise that has to reject, and returns what it rejected with.
 * @param {Promise<unknown>} promise @param {string} what @returns {Promise<any>}
 */
export async function rejects(promise, what) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return fail(`${what}: resolved with ${value instanceof Response ? `a Response of ${value.status}` : show(value)}, want a rejection`);
}

/**
 * Calls a function that has to throw at once, and returns what it threw.
 * @param {() => unknown} fn @param {string} what @returns {any}
 */
export function throws(fn, what) {
  let value;
  try {
    value = fn();
  } catch (error) {
    return error;
  }
  return fail(`${what}: returned ${show(value)}, want an exception`);
}
