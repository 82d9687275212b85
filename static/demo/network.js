// @ts-check
/**
 * The network as authFetch finds it: a `fetch` that is handed to createAuthFetch as
 * the option of that name. It can be slow, or not there at all.
 *
 * It can also make the server refuse the token. A page cannot turn the server's
 * clock, but it can damage the signature of the token in its calls; the server
 * answers that as it answers an expired token, 401 `invalid_token`.
 *
 * It notes what authFetch sends for itself, which its decisions tell of, but not with
 * what status and how long it took. Of the calls they tell everything.
 *
 * @import { Kind, Own } from "./scene.js"
 */

/** @type {Record<string, Kind>} */
const ownRequests = {
  "POST /api/auth": "sign in",
  "DELETE /api/auth": "sign out",
  "POST /api/auth/refresh": "refresh",
};

export class Network {
  /** Milliseconds that every request is held back before it leaves. */
  delay = 0;
  #online = true;
  /** The token that is spoiled; "" is the next one to be seen, null is none. @type {string | null} */
  #spoiled = null;

  /**
   * @param {(kind: Kind, start: number, bearer: boolean) => Own} onOwn returns the record to complete
   * @param {() => void} onChange after a record, or what the page shows of the network, has changed
   */
  constructor(onOwn, onChange) {
    this.onOwn = onOwn;
    this.onChange = onChange;
  }

  get online() {
    return this.#online;
  }

  /** Says so to the page, as a browser does. */
  set online(online) {
    this.#online = online;
    this.onChange();
    dispatchEvent(new Event(online ? "online" : "offline"));
  }

  /** Whether the token in use is one that the server will refuse. */
  get isSpoiling() {
    return this.#spoiled !== null;
  }

  /** From now until there is another token, calls carry one that the server refuses. */
  expire() {
    this.#spoiled = "";
    this.onChange();
  }

  /** There is another token. */
  renewed() {
    this.#spoiled = null;
  }

  /** @type {typeof fetch} */
  fetch = async (input, init) => {
    const request = new Request(input, init);
    const kind = ownRequests[`${request.method} ${new URL(request.url).pathname}`];
    const bearer = request.headers.get("Authorization");
    if (!kind) {
      if (bearer) this.#spoil(request, bearer);
      return this.#send(request);
    }
    const record = this.onOwn(kind, performance.now(), bearer !== null);
    this.onChange();
    try {
      const response = await this.#send(request);
      record.status = response.status;
      return response;
    } finally {
      record.end = performance.now();
      this.onChange();
    }
  };

  /** @param {Request} request */
  async #send(request) {
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (!this.#online) throw new TypeError("Failed to fetch: the demo has switched the network off");
    return fetch(request);
  }

  /** @param {Request} request @param {string} bearer */
  #spoil(request, bearer) {
    if (this.#spoiled === "") this.#spoiled = bearer;
    if (this.#spoiled !== bearer) return;
    const signature = bearer.lastIndexOf(".") + 1;
    const other = bearer[signature] === "A" ? "B" : "A";
    request.headers.set("Authorization", bearer.slice(0, signature) + other + bearer.slice(signature + 1));
  }
}
