import type { AuthFetchWithToken } from "./authfetch.d.ts";

/**
 * Makes an XMLHttpRequest whose requests carry the access token, for code that
 * cannot use `fetch`. It is a class, to be used or to be put in the place of the
 * page's:
 *
 *     globalThis.XMLHttpRequest = createXMLHttpRequest(authFetch);
 *
 * A request to one of the origins waits for the token, which is renewed first if
 * it is about to expire, and then goes out with it. Others go out as they are:
 * those to other origins, those with an `Authorization` header or a user of their
 * own, and synchronous ones, which cannot wait.
 *
 * It does less than `authFetch`, and no wrapper can do more:
 *
 * - Nothing is sent twice. A token that the server refuses, though it looks valid
 *   here, is a 401 for the caller; the session is refreshed meanwhile, so that the
 *   next request succeeds.
 * - The request begins after the wait, and `loadstart` comes with it. The body is
 *   read then: a form or a buffer must not be changed after `send`. The time that
 *   the wait takes counts for `timeout`.
 * - Where there is no token because the module is missing, it ends with an `error`
 *   event; so a request ends that was aborted or timed out while it waited, with
 *   events of its own. Those are not `isTrusted`.
 * - Script that has this class, or patches XMLHttpRequest before it is made, can
 *   get hold of the token: that is what `exposeToken` means.
 *
 * @throws {TypeError} if `authFetch` has no `getToken`, or an option is wrong.
 */
export function createXMLHttpRequest(
  authFetch: Pick<AuthFetchWithToken, "getToken" | "refresh">,
  options?: XMLHttpRequestOptions,
): typeof XMLHttpRequest;

export interface XMLHttpRequestOptions {
  /**
   * Origins whose requests get the token, each as `https://host` or
   * `https://host:port`: those of `baseURL` and `allowedOrigins`.
   * Default: the page's own.
   */
  origins?: readonly string[] | undefined;
  /**
   * For an `authFetch` with the option `dpop`: the URL of its refresh endpoint, which
   * its key goes by, such as `"/api/auth/refresh"`. A request then carries a proof as
   * well. One whose proof lacks the server's nonce of now is a 401 for the caller,
   * and the next one has it. Default: the token is not bound.
   */
  dpop?: string | undefined;
}
