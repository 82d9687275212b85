// @ts-check
// What the specs of bound tokens have in common.

import { EmbeddedJWK, base64url, jwtVerify } from "../libraries/jose.js";
import { bind } from "../../../dpop.js";
import { credentials } from "./context.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./control.js").Hit} Hit */

export const ECHO = "GET /api/test/echo";

/** An instance with bound tokens. @param {Context} t @param {Record<string, unknown>} [options] @returns {Promise<any>} */
export const create = (t, options) => t.create({ dpop: t.options.bare ? bind : true, ...options });

/** One that has signed in, at a server that takes no other tokens. @param {Context} t @param {Record<string, unknown>} [options] */
export const signedIn = async (t, options) => {
  await t.server.restart({ dpop: "required" });
  const authFetch = await create(t, options);
  await authFetch.login(credentials);
  await t.server.mark();
  return authFetch;
};

/** One whose token the server refuses from now on. @param {Context} t @param {Record<string, unknown>} [options] */
export const expired = async (t, options) => {
  const authFetch = await signedIn(t, options);
  await t.server.expire();
  return authFetch;
};

/** What an independent library finds in the proof of a request. @param {Hit | undefined} hit @returns {Promise<any>} */
export const proofOf = async (hit) => {
  const { payload, protectedHeader } = await jwtVerify(hit?.headers.dpop ?? "", EmbeddedJWK, { typ: "dpop+jwt", algorithms: ["ES256"] });
  return { ...payload, jwk: protectedHeader.jwk };
};

/** The access token that a request has brought. @param {Hit | undefined} hit */
export const tokenOf = (hit) => hit?.headers.authorization?.replace(/^DPoP /, "") ?? "";

/** @param {string} text */
export const sha256 = async (text) => base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

/** The page's keys, as any script in it finds them. @returns {Promise<any>} */
export const keys = () => open((store) => store.getAll());

/** @param {(store: IDBObjectStore) => IDBRequest} ask */
export const open = (ask) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("authfetch");
    opening.onerror = reject;
    opening.onsuccess = () => {
      const asked = ask(opening.result.transaction("keys", "readwrite").objectStore("keys"));
      asked.onerror = reject;
      asked.onsuccess = () => {
        opening.result.close();
        resolve(asked.result);
      };
    };
  });
