import type { AuthFetch, AuthFetchOptions, AuthFetchWithToken } from "./authfetch.d.ts";
import type { bind } from "./dpop.d.ts";

/** The module fetches nothing itself: `dpop` is the function that `authfetch/dpop` exports. */
type ModuleOptions = Omit<AuthFetchOptions, "wasmURL" | "dpop"> & { dpop?: typeof bind | undefined };

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
    create(options: ModuleOptions & { exposeToken: true }): AuthFetchWithToken;
    create(options?: ModuleOptions): AuthFetch;
  };
}

export {};
