// @ts-check
// The bare program, started as the loader starts the module.

import { timed } from "./turns.js";

const taken = timed(async () => {
  const wasm = new URL("../../../bare/authfetch.wasm", import.meta.url);
  const exec = new URL("../../../bare/wasm_exec.js", import.meta.url);
  const [module] = await Promise.all([WebAssembly.compileStreaming(fetch(wasm)), import(exec.href)]);
  const go = new /** @type {any} */ (globalThis).Go();
  await go.run(await WebAssembly.instantiate(module, go.importObject));
});
parent.postMessage(await taken.catch(String), location.origin);
