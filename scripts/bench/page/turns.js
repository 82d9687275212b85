// @ts-check

/**
 * Measures several things in turns, each turn beginning with another one, so that
 * none has the better place. Returns the measurements by name.
 * @param {number} turns @param {Record<string, (turn: number) => Promise<number | undefined>>} measures
 */
export const inTurns = async (turns, measures) => {
  const names = Object.keys(measures);
  const found = /** @type {Record<string, number[]>} */ (Object.fromEntries(names.map((name) => [name, []])));
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(turn + i) % names.length];
      const value = await measures[name](turn);
      if (value !== undefined) found[name].push(value);
    }
  }
  return found;
};

/** How long it takes, in ms. @param {() => Promise<unknown>} action */
export const timed = async (action) => {
  const start = performance.now();
  await action();
  return performance.now() - start;
};
