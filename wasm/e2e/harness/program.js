// @ts-check
// The Go programs that the page starts, to look into them or to do to them what a
// crash would do.

/** Calls seen with each one that is made from now on. @param {(go: any) => void} seen */
export function onProgram(seen) {
  /** @type {any} */
  let Go;
  Object.defineProperty(globalThis, "Go", {
    configurable: true,
    get: () => Go,
    set(original) {
      Go = class extends original {
        constructor() {
          super();
          seen(this);
        }
      };
    },
  });
}
