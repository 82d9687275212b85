// @ts-check

/**
 * From now on counts the listeners of the page that are there: added and not
 * removed. One that hears a single event counts until then. Whoever has taken the
 * methods before is not counted.
 * @returns {() => number}
 */
export function countListeners() {
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  /** @type {WeakMap<EventTarget, Map<string, Set<unknown>>>} */
  const targets = new WeakMap();
  let count = 0;

  /** The listeners of a target for one type. @param {EventTarget} target @param {string} type */
  const of = (target, type) => {
    const types = targets.get(target) ?? new Map();
    const listeners = types.get(type) ?? new Set();
    targets.set(target, types.set(type, listeners));
    return listeners;
  };
  /** @param {Set<unknown>} listeners @param {unknown} listener */
  const forget = (listeners, listener) => {
    if (listeners.delete(listener)) count--;
  };

  /** @param {string} type @param {any} listener @param {any} [options] */
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const listeners = of(this ?? globalThis, type);
    if (!listeners.has(listener)) {
      listeners.add(listener);
      count++;
      if (typeof options === "object" && options?.once) {
        addEventListener.call(this, type, () => forget(listeners, listener), options);
      }
    }
    addEventListener.call(this, type, listener, options);
  };
  /** @param {string} type @param {any} listener @param {any} [options] */
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    forget(of(this ?? globalThis, type), listener);
    removeEventListener.call(this, type, listener, options);
  };
  return () => count;
}
