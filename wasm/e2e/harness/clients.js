// @ts-check
// The libraries that take a fetch, each made with one and reduced to a read and a
// write, so that the same specs run over all of them.

import axios from "../libraries/axios.js";
import { fetchEventSource } from "../libraries/fetch-event-source.js";
import { GraphQLClient } from "../libraries/graphql-request.js";
import ky from "../libraries/ky.js";
import { ofetch } from "../libraries/ofetch.js";
import createClient from "../libraries/openapi-fetch.js";
import { QueryClient } from "../libraries/query-core.js";
import { createTRPCClient, httpLink } from "../libraries/trpc.js";

/**
 * read resolves with the number that the server has sent back; both reject where the
 * library calls the answer a failure. write takes a plain object, and a FormData or a
 * Blob where the library can send one.
 * @typedef {{
 *   reads?: string, writes?: string, onlyJSON?: boolean,
 *   read(n: string): Promise<unknown>, write(body: any): Promise<unknown>,
 * }} Client
 */

const ECHO = "/api/test/echo";

/** @param {Response} response */
const json = async (response) => {
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
};

/** @type {Record<string, (fetch: any) => Client>} */
export const clients = {
  "axios": (fetch) => {
    const api = axios.create({ adapter: "fetch", env: { fetch } });
    return {
      read: async (n) => (await api.get(ECHO, { params: { n } })).data.n,
      write: (body) => api.post(ECHO, body),
    };
  },

  "ky": (fetch) => {
    const api = ky.create({ fetch });
    return {
      read: async (n) => /** @type {any} */ (await api(ECHO, { searchParams: { n } }).json()).n,
      write: (body) => api.post(ECHO, isPlain(body) ? { json: body } : { body }),
    };
  },

  "ofetch": (fetch) => {
    const api = ofetch.create({}, { fetch });
    return {
      read: async (n) => (await api(ECHO, { query: { n } })).n,
      write: (body) => api(ECHO, { method: "POST", body }),
    };
  },

  "openapi-fetch": (fetch) => {
    // Its types are those of an API description, which the echo has not.
    const api = /** @type {any} */ (createClient)({ baseUrl: location.origin, fetch });
    const data = async (/** @type {any} */ { data, response }) => data ?? Promise.reject(new Error(`status ${response.status}`));
    return {
      read: async (n) => (await data(await api.GET(ECHO, { params: { query: { n } } }))).n,
      write: async (body) => data(await api.POST(ECHO, isPlain(body) ? { body } : { body, bodySerializer: (/** @type {any} */ body) => body })),
    };
  },

  "graphql-request": (fetch) => {
    const api = new GraphQLClient(`${location.origin}/api/test/graphql`, { fetch });
    return {
      reads: "POST /api/test/graphql",
      writes: "POST /api/test/graphql",
      onlyJSON: true,
      read: async (n) => /** @type {any} */ (await api.request("query ($n: String) { n(is: $n) }", { n })).n,
      write: (body) => api.request("mutation ($n: String) { n(is: $n) }", body),
    };
  },

  "@tanstack/query": (fetch) => {
    const queries = new QueryClient();
    return {
      read: async (n) => {
        const queryFn = async (/** @type {any} */ { signal }) => json(await fetch(`${ECHO}?n=${n}`, { signal }));
        return (await queries.fetchQuery({ queryKey: [ECHO, n], queryFn })).n;
      },
      write: (body) => {
        const mutationFn = async () => json(await fetch(ECHO, { method: "POST", body: isPlain(body) ? JSON.stringify(body) : body }));
        return queries.getMutationCache().build(queries, { mutationFn }).execute(undefined);
      },
    };
  },

  "@microsoft/fetch-event-source": (fetch) => {
    /** Its promise is for the end of the stream; what comes before that is an event. @param {string} query @param {object} [init] */
    const receive = async (query, init) => {
      /** @type {string[]} */
      const received = [];
      const options = { fetch, onmessage: (/** @type {{ data: string }} */ { data }) => received.push(data), onerror: rethrow, ...init };
      await fetchEventSource(`/api/test/events?${query}`, options);
      return received.join();
    };
    return {
      reads: "GET /api/test/events",
      writes: "POST /api/test/events",
      read: (n) => receive(`n=${n}`),
      write: (body) => receive("", { method: "POST", body: isPlain(body) ? JSON.stringify(body) : body }),
    };
  },

  "tRPC": (fetch) => {
    const api = /** @type {any} */ (createTRPCClient)({ links: [httpLink({ url: "/api/test/trpc", fetch })] });
    return {
      reads: "GET /api/test/trpc/echo",
      writes: "POST /api/test/trpc/echo",
      onlyJSON: true,
      read: (n) => api.echo.query(n),
      write: (body) => api.echo.mutate(body),
    };
  },
};

/** @param {unknown} body */
const isPlain = (body) => Object.getPrototypeOf(body) === Object.prototype;

/** @param {unknown} error */
const rethrow = (error) => {
  throw error;
};
