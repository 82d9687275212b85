/**
 * Makes a `fetch` that proves, with every request that carries a bound access token
 * or asks for one, that it comes from the browser which the token was issued to
 * (DPoP, RFC 9449). The loader does so by itself for the option `dpop`; to the module
 * alone this function is given as that option:
 *
 *     import { bind } from "authfetch/dpop";
 *     const authFetch = globalThis.authFetch.create({ dpop: bind });
 *
 * The key is made with the first request and stays: in IndexedDB, one for each name,
 * which all tabs share; in memory where that fails, with a warning on the console.
 * Nobody can read it, script in the page neither. But such script can have it sign, as
 * long as the page is open, and whoever clears the browser's storage has to sign in
 * again.
 *
 * @param name what the key goes by: the absolute URL of the refresh endpoint.
 */
export function bind(fetch: typeof globalThis.fetch, name: string): typeof globalThis.fetch;

/**
 * A proof for one request that is sent by other means than `fetch`, as the value of its
 * `DPoP` header (RFC 9449, section 4.2). The authorization is that of the request:
 * `DPoP`, a space, and the access token.
 */
export function prove(name: string, method: string, url: string, authorization: string): Promise<string>;

/** Takes note of the `DPoP-Nonce` of an answer that has come by other means, for the proofs to follow. */
export function heed(url: string, nonce: string | null): void;
