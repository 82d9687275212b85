// @ts-check
/**
 * The `fetch` under authFetch. It is handed to createAuthFetch as the option
 * `fetch`, and so sees every request that really leaves: with or without a
 * token, first try or second, or a refresh that nobody asked for.
 *
 * It can also make the server refuse the token. A page cannot turn the server's
 * clock, but it can damage the signature of the token in its calls; the server
 * answers that as it answers an expired token, 401 `invalid_token`.
 *
 * @import { Kind, Sent } from "./scene.js"
 */

/** The query parameter by which a request is known to belong to a call. */
export const CALL = "call";

/** @type {Record<string, Kind>} */
const ownRequests = {
  "POST /api/auth": "sign in",
  "DELETE /api/auth": "sign out",
  "POST /api/auth/refresh": "refresh",
};

export class Recorder {
  /** Milliseconds that every request is held back before it leaves. */
  delay = 0;
  /** The token that is spoiled; "" is the next one to be seen, null is none. @type {string | null} */
  #spoiled = null;

  /**
   * @param {(request: { kind: Kind | null, call: number }, start: number, bearer: boolean) => Sent} onSend
   *   returns the record to complete
   * @param {() => void} onChange after a record or `isSpoiling` has changed
   */
  constructor(onSend, onChange) {
    this.onSend = onSend;
    this.onChange = onChange;
  }

  /** Whether the token in use is one that the server will refuse. */
  get isSpoiling() {
    return this.#spoiled !== null;
  }

  /** From now until the next refresh, calls carry a token that the server refuses. */
  expire() {
    this.#spoiled = "";
    this.onChange();
  }

  /** @type {typeof fetch} */
  fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const kind = ownRequests[`${request.method} ${url.pathname}`] ?? null;
    const bearer = request.headers.get("Authorization");
    const record = this.onSend({ kind, call: Number(url.searchParams.get(CALL)) }, performance.now(), bearer !== null);
    if (!kind && bearer) this.#spoil(request, bearer);
    this.onChange();
    try {
      if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
      const response = await fetch(request);
      record.status = response.status;
      if (kind && response.ok) this.#spoiled = null;
      return response;
    } finally {
      record.end = performance.now();
      this.onChange();
    }
  };

  /** @param {Request} request @param {string} bearer */
  #spoil(request, bearer) {
    if (this.#spoiled === "") this.#spoiled = bearer;
    if (this.#spoiled !== bearer) return;
    const signature = bearer.lastIndexOf(".") + 1;
    const other = bearer[signature] === "A" ? "B" : "A";
    request.headers.set("Authorization", bearer.slice(0, signature) + other + bearer.slice(signature + 1));
  }
}
