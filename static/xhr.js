// @ts-check
/**
 * XMLHttpRequest with the access token, for code that cannot use `fetch`.
 *
 *     import { createXMLHttpRequest } from "authfetch/xhr";
 *     const authFetch = createAuthFetch({ exposeToken: true });
 *     globalThis.XMLHttpRequest = createXMLHttpRequest(authFetch);
 *
 * What it cannot do, and authFetch can, is in xhr.d.ts.
 */

const scope = /** @type {any} */ (globalThis);

const UNSENT = 0, OPENED = 1, DONE = 4;

/** @type {typeof import("./xhr.d.ts").createXMLHttpRequest} */
export const createXMLHttpRequest = (authFetch, options = {}) => {
  const { origins, dpop, ...unknown } = options;
  for (const name in unknown) throw new TypeError(`authFetch: unknown option "${name}"`);
  if (typeof authFetch?.getToken !== "function") {
    throw new TypeError("authFetch: createXMLHttpRequest needs an authFetch with the option exposeToken");
  }
  if (dpop !== undefined && (typeof dpop !== "string" || !dpop)) {
    throw new TypeError('authFetch: option "dpop" must be the URL of the refresh endpoint');
  }
  const bound = dpop === undefined ? undefined : { key: absolute(dpop).href, proofs: import("./dpop.js") };
  bound?.proofs.catch(() => {}); // who sends learns of it
  const served = origins === undefined ? [scope.location?.origin] : check(origins);

  // Where a server renders the page there is none, and nobody sends anything.
  const Native = /** @type {typeof XMLHttpRequest} */ (scope.XMLHttpRequest ?? Object);
  return class XMLHttpRequest extends Native {
    #ours = false; // the request that is open is one for the token
    #waiting; // for the token: what send was given, and when
    #token; // that was sent
    #target; // what a proof is for
    #state; // in place of the browser's, to which nothing has happened yet
    #timeout = 0;

    constructor() {
      super();
      // The first of all listeners: another may make the next request.
      this.addEventListener("load", () => this.#token && this.#loaded(this.#token));
    }

    open(method, url, async, user, password) {
      Reflect.apply(super.open, this, arguments);
      const ended = this.#state !== undefined;
      this.#leave();
      this.#token = this.#state = undefined;
      const { origin, username, href } = absolute(url);
      this.#target = [/^(get|head|post|put|delete|options)$/i.test(method) ? method.toUpperCase() : method, href];
      const waits = arguments.length < 3 || Boolean(async);
      this.#ours = waits && served.includes(origin) && user == null && password == null && !username;
      if (ended) this.dispatchEvent(new Event("readystatechange")); // the browser saw no end
    }

    setRequestHeader(name, value) {
      this.#mustBeOpen();
      super.setRequestHeader(name, value);
      if (/^authorization$/i.test(name)) this.#ours = false;
    }

    send(body) {
      this.#mustBeOpen();
      if (!this.#ours || this.readyState !== OPENED) return super.send(body);
      const waiting = (this.#waiting = { body, since: performance.now(), timer: 0 });
      this.#limit();
      this.#authorize().then(
        (authorized) => this.#waiting === waiting && this.#begin(authorized),
        () => this.#waiting === waiting && this.#end("error"),
      );
    }

    abort() {
      if (this.#waiting) this.#end("abort");
      else super.abort();
    }

    get readyState() {
      return this.#state ?? super.readyState;
    }

    get timeout() {
      return this.#timeout;
    }

    set timeout(ms) {
      super.timeout = ms;
      this.#timeout = super.timeout;
      if (this.#waiting) this.#limit();
    }

    #mustBeOpen() {
      if (this.#waiting || this.#state !== undefined) {
        throw new DOMException("authFetch: the request is not open, or was sent already", "InvalidStateError");
      }
    }

    /** What is left of the timeout; zero would be no limit. */
    #left() {
      return Math.max(1, this.#timeout - (performance.now() - this.#waiting.since));
    }

    #limit() {
      clearTimeout(this.#waiting.timer);
      if (this.#timeout) this.#waiting.timer = setTimeout(() => this.#end("timeout"), this.#left());
    }

    #leave() {
      clearTimeout(this.#waiting?.timer);
      this.#waiting = undefined;
    }

    /** The token, with the headers that it goes out with. */
    async #authorize() {
      const [method, url] = this.#target;
      const token = await authFetch.getToken();
      if (!token || !bound) return { token, headers: token ? { Authorization: `Bearer ${token}` } : {} };
      const Authorization = `DPoP ${token}`;
      const { prove } = await bound.proofs;
      return { token, headers: { Authorization, DPoP: await prove(bound.key, method, url, Authorization) } };
    }

    #begin({ token, headers }) {
      const { body } = this.#waiting;
      if (this.#timeout) super.timeout = this.#left();
      this.#leave();
      for (const name in headers) super.setRequestHeader(name, headers[name]);
      this.#token = token;
      super.send(body);
    }

    /** Ends what has not begun as the browser ends what has (XMLHttpRequest, "request error steps"). */
    #end(type) {
      const { body } = this.#waiting;
      this.#leave();
      this.#state = DONE;
      this.dispatchEvent(new Event("readystatechange"));
      for (const target of body == null ? [this] : [this.upload, this]) {
        target.dispatchEvent(new ProgressEvent(type));
        target.dispatchEvent(new ProgressEvent("loadend"));
      }
      if (type === "abort" && this.#state === DONE) this.#state = UNSENT;
    }

    /** Where the server has refused a token, it is replaced, unless it has been by now. */
    async #loaded(token) {
      // Asked for by its name, a header that CORS hides is an error in the console.
      const headers = this.getAllResponseHeaders();
      const nonce = /^dpop-nonce: *(.*?)\r?$/im.exec(headers)?.[1];
      if (bound && nonce) (await bound.proofs).heed(this.responseURL, nonce);
      const beyond = /^www-authenticate:.*(insufficient_scope|use_dpop_nonce|invalid_dpop_proof)/im.test(headers);
      if (this.status !== 401 || beyond || !served.includes(absolute(this.responseURL).origin)) return;
      try {
        if ((await authFetch.getToken()) === token) await authFetch.refresh();
      } catch {} // the events of authFetch tell
    }
  };
};

const absolute = (url) => new URL(url, scope.document?.baseURI ?? scope.location);

const check = (origins) => {
  if (Array.isArray(origins) && origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) return [...origins];
  throw new TypeError('authFetch: option "origins" must be an array of origins such as "https://api.example.com"');
};
