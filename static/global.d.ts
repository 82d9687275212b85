import type { AuthFetch, AuthFetchOptions, AuthFetchWithToken } from "./authfetch.d.ts";

/**
 * Types for pages that run `authfetch.wasm` with `wasm_exec.js` themselves and
 * have no loader: `import type {} from "authfetch/global"`.
 */
declare global {
  /** A `fetch` with a session and default options, and a way to make others. */
  var authFetch: AuthFetch & {
    create(options: Omit<AuthFetchOptions, "wasmURL"> & { exposeToken: true }): AuthFetchWithToken;
    create(options?: Omit<AuthFetchOptions, "wasmURL">): AuthFetch;
  };
}

export {};
