// @ts-check
// Two programs in JavaScript that do the same, as their documents show it; native
// fetch with a token; and authFetch.

import ky from "../../../wasm/e2e/node_modules/ky/distribution/index.js";
import { OAuth2Client, OAuth2Fetch } from "../../../wasm/e2e/node_modules/@badgateway/oauth2-client/dist/index.js";
import { createAuthFetch } from "../../../authfetch.js";
import { credentials, refresh } from "./plane.js";

/**
 * What sends requests: the page's fetch, or one that answers at once.
 * @typedef {(input: any, init?: any) => Promise<Response>} Send
 * What is measured: a GET.
 * @typedef {(url: string) => Promise<Response>} Get
 */

/** @type {Send} */
export const native = (input, init) => fetch(input, init);

/** @param {string} token @returns {Get} */
export const natively = (token) => (url) => fetch(url, { headers: { Authorization: `Bearer ${token}` } });

/** @param {Record<string, unknown>} [options] @returns {Promise<any>} signed in */
export const authFetch = async (options) => {
  const made = createAuthFetch(options);
  await made.login(credentials);
  return made;
};

/** OAuth2Fetch of @badgateway/oauth2-client. @param {string} token @param {Send} send @returns {Get} */
export const badgateway = (token, send) => {
  /** @param {string} accessToken */
  const held = (accessToken) => ({ accessToken, refreshToken: null, expiresAt: null });
  const middleware = new OAuth2Fetch({
    client: new OAuth2Client({ clientId: "bench", server: location.origin }),
    getStoredToken: () => held(token),
    getNewToken: async () => held(await refresh()),
  }).mw();
  return (url) => middleware(new Request(url), send);
};

/** ky, with what its description of afterResponse does at a 401. @param {string} token @param {Send} send @returns {Get} */
export const recipe = (token, send) =>
  ky.create({
    fetch: send,
    hooks: {
      beforeRequest: [
        (request, _options, { retryCount }) => {
          if (retryCount === 0) request.headers.set("Authorization", `Bearer ${token}`);
        },
      ],
      afterResponse: [
        async (request, _options, response, { retryCount }) => {
          if (response.status !== 401 || retryCount !== 0) return;
          token = await refresh();
          const headers = new Headers(request.headers);
          headers.set("Authorization", `Bearer ${token}`);
          return ky.retry({ request: new Request(request, { headers }), code: "TOKEN_REFRESHED" });
        },
      ],
    },
  });
