// @ts-check
// From milliseconds to pixels.

/**
 * Round times for an axis: at most `most` of them, after 0 and up to `span`.
 *
 * @param {number} span in milliseconds
 * @param {number} most
 */
export const ticks = (span, most) => {
  const magnitude = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((n) => span / n <= most) ?? span;
  const times = [];
  for (let time = 0; time <= span; time += step) times.push(time);
  return times;
};

/**
 * @param {number} from the first time
 * @param {number} span in milliseconds
 * @param {number} left where the first time is, in pixels
 * @param {number} right where the last one is
 * @returns {(time: number) => number}
 */
export const scale = (from, span, left, right) => (time) => left + ((time - from) / span) * (right - left);
