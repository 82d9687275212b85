// @ts-check
// The module as a page loads it that does without the loader.

/** @type {Promise<any> | undefined} */
let started;

/** Runs the module once and returns globalThis.authFetch. */
export function bareAuthFetch() {
  started ??= (async () => {
    // The build puts it there: a classic script, which import() runs as well.
    await import(new URL("../../../dist/wasm_exec.js", import.meta.url).href);
    // @ts-ignore: defined by wasm_exec.js
    const go = new globalThis.Go();
    const url = new URL("../../../dist/authfetch.wasm", import.meta.url);
    const { instance } = await WebAssembly.instantiateStreaming(fetch(url), go.importObject);
    void go.run(instance);
    return /** @type {any} */ (globalThis).authFetch;
  })();
  return started;
}
