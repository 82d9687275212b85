// @ts-check
/**
 * Bound tokens (DPoP, RFC 9449): a fetch whose requests prove that they come from the
 * browser that the token was issued to. The loader takes this file for its option `dpop`.
 *
 * WebCrypto signs with the key and shows it to nobody: see dpop.d.ts for what remains.
 */

const scope = /** @type {any} */ (globalThis);

// Taken now: what changes the page's own later sees no token, and no answer with one.
const { AbortSignal, EventTarget, Headers, Promise, Request, Response, TextEncoder } = scope;
const { apply } = Reflect;
const { get, set } = Headers.prototype;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const { then } = Promise.prototype;
const { resolve: promised } = Promise;
const { slice } = String.prototype;
const { encode } = TextEncoder.prototype;
const encoder = new TextEncoder();
const { subtle } = scope.crypto;
const { digest, exportKey, generateKey, sign: signWith } = subtle ?? {};
const reader = (Class) => {
  const members = /** @type {any} */ (Object.getOwnPropertyDescriptors(Class.prototype));
  return (object, name) => apply(members[name].get, object, []);
};
const ofRequest = reader(Request);
const ofResponse = reader(Response);
const ofSignal = reader(AbortSignal);

const bytes = (text) => apply(encode, encoder, [text]);
const base64url = (data) =>
  btoa(String.fromCharCode(...new Uint8Array(data))).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "");
const json = (value) => base64url(bytes(JSON.stringify(value)));

const done = (request, event = "onsuccess") =>
  new Promise((resolve, reject) => {
    request[event] = () => resolve(request.result);
    request.onabort = request.onerror = () => reject(request.error);
  });

/** The key of that name, this one if there is none: in one transaction, so that tabs agree. */
const kept = async (name, made) => {
  const opening = indexedDB.open("authfetch");
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  const database = await done(opening);
  try {
    const transaction = database.transaction("keys", "readwrite");
    const keys = transaction.objectStore("keys");
    const found = await done(keys.get(name));
    if (found) return found;
    keys.add(made, name);
    await done(transaction, "oncomplete");
    return made;
  } finally {
    database.close();
  }
};

/** What signs claims with a key, RFC 9449 section 4.2. */
const signer = async ({ privateKey, publicKey }) => {
  const { kty, crv, x, y } = await apply(exportKey, subtle, ["jwk", publicKey]);
  const header = json({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } });
  return async (claims) => {
    const text = `${header}.${json(claims)}`;
    return `${text}.${base64url(await apply(signWith, subtle, [{ name: "ECDSA", hash: "SHA-256" }, privateKey, bytes(text)]))}`;
  };
};

const newSigner = async (name) => {
  if (!subtle) throw new TypeError("authFetch: the option dpop needs WebCrypto, which pages have over https or on localhost");
  const made = await apply(generateKey, subtle, [{ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]]);
  try {
    return await signer(await kept(name, made));
  } catch (error) {
    console.warn(`authFetch: the key of the session is in memory only, and a reload ends it: ${error}`);
    return signer(made);
  }
};

// What a Request is made of, but for its URL and a body.
const MEMBERS = "method headers mode credentials cache redirect referrer referrerPolicy integrity keepalive signal".split(" ");

const signers = {}; // by name
const nonces = {}; // by origin, the last
let hashed, ath; // the last Authorization, and the hash of its token

/** @type {typeof import("./dpop.d.ts").prove} */
export const prove = async (name, method, url, authorization) => {
  const sign = await (signers[name] ??= newSigner(name));
  if (authorization !== hashed) {
    hashed = authorization;
    ath = authorization ? apply(digest, subtle, ["SHA-256", bytes(apply(slice, authorization, [5]))]).then(base64url) : undefined;
  }
  const { origin, pathname } = new URL(url);
  const iat = Math.floor(Date.now() / 1000);
  return sign({ jti: crypto.randomUUID(), htm: method, htu: origin + pathname, iat, nonce: nonces[origin], ath: await ath });
};

/** @type {typeof import("./dpop.d.ts").heed} */
export const heed = (url, nonce) => {
  if (nonce) nonces[new URL(url).origin] = nonce;
};

/** @type {typeof import("./dpop.d.ts").bind} */
export const bind = (fetch, name) => {
  let last; // proof, so that requests go out in their order

  /** Adds the proof where the request wants one. fail is for who aborts meanwhile. */
  const prepare = async (request, fail) => {
    const headers = ofRequest(request, "headers");
    const own = apply(get, headers, ["Authorization"]) ?? "";
    const authorization = apply(slice, own, [0, 5]) === "DPoP " ? own : "";
    if (!authorization && !apply(get, headers, ["X-Auth-Fetch"])) return;
    const signal = ofRequest(request, "signal");
    const abort = () => fail(ofSignal(signal, "reason"));
    apply(addEventListener, signal, ["abort", abort]);
    const before = last;
    const proof = prove(name, ofRequest(request, "method"), ofRequest(request, "url"), authorization);
    last = proof.then(() => before, () => before);
    await before;
    apply(set, headers, ["DPoP", await proof]);
    apply(removeEventListener, signal, ["abort", abort]);
    if (ofSignal(signal, "aborted")) throw ofSignal(signal, "reason");
  };

  /** A refused request once more, to where it was led: the proof was for where it began. */
  const led = (request, response) => {
    const from = ofRequest(request, "url");
    const to = ofResponse(response, "url") || from;
    heed(to, apply(get, ofResponse(response, "headers"), ["DPoP-Nonce"]));
    if (ofResponse(response, "status") !== 401 || !ofResponse(response, "redirected")) return;
    // Any other method may have become GET on the way, or not: nobody knows.
    if (!/^(GET|HEAD)$/.test(ofRequest(request, "method")) || new URL(to).origin !== new URL(from).origin) return;
    const init = { __proto__: null };
    for (const name of MEMBERS) init[name] = ofRequest(request, name);
    return new Request(to, init);
  };

  return (input, init) =>
    new Promise((resolve, reject) => {
      const send = async (request, again) => {
        try {
          await prepare(request, reject);
          const answered = (response) => {
            try {
              const next = led(request, response);
              if (next && !again) return void send(next, true);
            } catch {} // a Response of the page's own making
            resolve(response);
          };
          const answer = fetch(request);
          try {
            apply(then, answer, [answered, reject]);
          } catch {
            apply(then, apply(promised, Promise, [answer]), [answered, reject]); // a promise of the page's own making
          }
        } catch (error) {
          reject(error);
        }
      };
      send(init ? new Request(input, init) : input);
    });
};
