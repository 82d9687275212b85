// @ts-check
// Assertions that say what they found.

export class AssertionError extends Error {
  name = "AssertionError";
}

/** A value as text; members in the order of their names. @param {unknown} value @returns {string} */
const show = (value) => {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "function") return `function ${value.name}`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value !== null && typeof value === "object" && !("toJSON" in value)) {
    return `{ ${Object.entries(value).sort().map(([key, member]) => `${key}: ${show(member)}`).join(", ")} }`;
  }
  return JSON.stringify(value) ?? String(value);
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

/** Compares structures: plain objects, arrays and what they hold. @param {unknown} got @param {unknown} want @param {string} what */
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
