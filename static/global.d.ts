import type { AuthFetch, AuthFetchOptions, AuthFetchWithToken } from "./authfetch.d.ts";

/**
 * Types for pages that run `authfetch.wasm` with `wasm_exec.js` themselves and
 * have no loader: `import type {} from "authfetch/global"`.
 */
declare global {
  /**
   * A `fetch` with a session and default options, which starts with its first
   * use; and a way to make others. Its errors are plain Errors with the name,
   * `code` and further properties of an AuthFetchError.
   */
  var authFetch: AuthFetch & {
    create(options: Omit<AuthFetchOptions, "wasmURL"> & { exposeToken: true }): AuthFetchWithToken;
    create(options?: Omit<AuthFetchOptions, "wasmURL">): AuthFetch;
  };
}

export {};
