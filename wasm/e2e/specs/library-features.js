// @ts-check
// What single libraries do beyond a call: hooks, retries, batches, streams,
// cancelling. An expired token changes nothing of it.

import { ME, REFRESH } from "../harness/context.js";
import { spec } from "../harness/spec.js";
import axios from "../libraries/axios.js";
import { fetchEventSource } from "../libraries/fetch-event-source.js";
import { ClientError, GraphQLClient } from "../libraries/graphql-request.js";
import ky from "../libraries/ky.js";
import { ofetch } from "../libraries/ofetch.js";
import createClient from "../libraries/openapi-fetch.js";
import { QueryClient } from "../libraries/query-core.js";
import { createTRPCClient, httpBatchLink } from "../libraries/trpc.js";

const ECHO = "GET /api/test/echo";

spec("C45 axios: interceptors see one answer, and a cancelled call does not wait for the refresh", async (t) => {
  const authFetch = await t.expired();
  const api = axios.create({ adapter: "fetch", env: { fetch: authFetch } });
  /** @type {number[]} */
  const statuses = [];
  api.interceptors.response.use((response) => {
    statuses.push(response.status);
    return response;
  });
  const refresh = await t.server.hold(REFRESH, "after");
  const aborter = new AbortController();
  const cancelled = api.get("/api/users/me", { signal: aborter.signal });
  const other = api.get("/api/test/echo");
  await t.server.arrived(REFRESH);
  aborter.abort();
  const error = await t.within(t.rejects(cancelled, "the cancelled call"), 1000, "rejecting");
  t.ok(axios.isCancel(error), "it is axios's own cancellation");
  await refresh.release();
  t.equal((await other).status, 200, "status of the other call");
  t.same(statuses, [200], "statuses that the interceptor saw");
  await t.hits(REFRESH, 1);
});

spec("C45 axios: a 401 that stays is an error of axios's, with the API's answer in it", async (t) => {
  const api = axios.create({ adapter: "fetch", env: { fetch: await t.signedIn() } });
  const error = await t.rejects(api.get("/api/test/never"), "the call");
  t.ok(axios.isAxiosError(error), "an AxiosError");
  t.equal(error.response.status, 401, "status");
  t.equal(error.response.data, "refused, always", "body");
  await t.hits(REFRESH, 1);
});

spec("C45 ky: hooks run once, and its own retry is another matter", async (t) => {
  const authFetch = await t.expired();
  /** @type {unknown[]} */
  const seen = [];
  const api = ky.create({
    fetch: authFetch,
    retry: { limit: 1, delay: () => 0 },
    hooks: {
      beforeRequest: [(request) => request.headers.set("X-Custom", "of a hook")],
      beforeRetry: [({ retryCount }) => void seen.push(`retry ${retryCount}`)],
      afterResponse: [(_request, _options, response) => void seen.push(response.status)],
    },
  });
  t.equal(/** @type {any} */ (await api("/api/test/echo").json()).custom, "of a hook", "header that arrived");
  t.same(seen.splice(0), [200], "what the hooks saw of an expired token");

  await t.server.expire();
  await t.server.answer(ECHO, 503, { times: 1 });
  t.equal((await api("/api/test/echo")).status, 200, "status after a 503");
  t.same(seen, [503, "retry 1", 200], "what the hooks saw of a 503, and of a 401 after it");
  await t.hits(REFRESH, 2);
  await t.hits(ECHO, 5);
});

spec("C45 ofetch: its interceptors see one answer, and it does not retry what was refreshed", async (t) => {
  const authFetch = await t.expired();
  /** @type {number[]} */
  const statuses = [];
  const api = ofetch.create({
    baseURL: "/api/test",
    retry: 3,
    retryStatusCodes: [401, 503],
    onResponse: ({ response }) => void statuses.push(response.status),
  }, { fetch: authFetch });
  t.equal((await api("/echo", { query: { n: 1 } })).n, "1", "what it reads");
  t.same(statuses, [200], "statuses");
  await t.hits(ECHO, 2);
  await t.hits(REFRESH, 1);
});

spec("C45 openapi-fetch: middleware has the Request that it passes, and one Response", async (t) => {
  const api = /** @type {any} */ (createClient)({ baseUrl: location.origin, fetch: await t.expired() });
  /** @type {string[]} */
  const seen = [];
  api.use({
    onRequest: (/** @type {{ request: Request }} */ { request }) => {
      request.headers.set("X-Custom", "of middleware");
      return request;
    },
    onResponse: (/** @type {{ request: Request, response: Response }} */ { request, response }) => {
      seen.push(`${request.method} ${response.status}, token: ${request.headers.has("Authorization")}`);
    },
  });
  const { data } = await api.POST("/api/test/echo", { body: { a: 1 } });
  t.same([data.custom, data.bytes], ["of middleware", 7], "what arrived");
  t.same(seen, ["POST 200, token: false"], "what the middleware saw");
  await t.hits(REFRESH, 1);
});

spec("C45 graphql-request: queries run in a storm of mutations, and a 401 that stays is its own error", async (t) => {
  const api = new GraphQLClient(`${location.origin}/api/test/graphql`, { fetch: await t.expired(), headers: { "X-Custom": "1" } });
  const documents = Array.from({ length: 10 }, (_, n) => `${n % 2 ? "query" : "mutation"} ($n: String) { n(is: $n) }`);
  const answers = await Promise.all(documents.map((document, n) => api.request(document, { n: `${n}` })));
  t.same(answers, documents.map((_, n) => ({ n: `${n}` })), "answers");
  await t.hits(REFRESH, 1);
  for (const hit of await t.server.hits("POST /api/test/graphql")) t.equal(hit.headers["x-custom"], "1", "header");

  const never = new GraphQLClient(`${location.origin}/api/test/never`, { fetch: await t.create() });
  const error = await t.rejects(never.request("{ n }"), "the call");
  t.ok(error instanceof ClientError, "a ClientError");
  t.equal(error.response.status, 401, "status");
});

spec("C45 @tanstack/query: an expired token is no failure to it, and cancelling ends one call only", async (t) => {
  const authFetch = await t.expired();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: 2, retryDelay: 0 } } });
  /** @param {string} path */
  const options = (path) => ({
    queryKey: [path],
    queryFn: async (/** @type {{ signal: AbortSignal }} */ { signal }) => (await authFetch(path, { signal })).json(),
  });
  const refresh = await t.server.hold(REFRESH, "after");
  // The same key is one query, however often it is asked for.
  const twice = [queries.fetchQuery(options("/api/users/me")), queries.fetchQuery(options("/api/users/me"))];
  const unwanted = queries.fetchQuery(options("/api/test/echo"));
  await t.server.arrived(REFRESH);
  const rejected = t.within(t.rejects(unwanted, "the cancelled query"), 1000, "rejecting");
  await queries.cancelQueries({ queryKey: ["/api/test/echo"] });
  await rejected;
  await refresh.release();
  const [user, same] = await Promise.all(twice);
  t.ok(user.email && user === same, "both have the user");
  t.equal(queries.getQueryState(["/api/users/me"])?.fetchFailureCount, 0, "failures that it has counted");
  await t.hits(ME, 2);
  await t.hits(REFRESH, 1);
});

spec("C45 @microsoft/fetch-event-source: the token expires between two connections", async (t) => {
  const authFetch = await t.signedIn();
  /** @type {string[]} */
  const ids = [];
  const aborter = new AbortController();
  await t.within(fetchEventSource("/api/test/events?n=x", {
    fetch: authFetch,
    signal: aborter.signal,
    onmessage: ({ id }) => void ids.push(id),
    onclose() {
      if (ids.length === 3) return aborter.abort();
      throw new Error("connect again");
    },
    // It waits for a second, and meanwhile the token goes stale.
    onerror: () => void t.server.expire().then(() => t.clock.advance(1000)),
  }), 20_000, "three events");
  t.same(ids, ["1", "2", "3"], "ids of the events");
  const hits = await t.server.hits("GET /api/test/events");
  t.same(hits.map(({ status, headers }) => `${status} after ${headers["last-event-id"] ?? "none"}`),
    ["200 after none", "401 after 1", "200 after 1", "401 after 2", "200 after 2"], "connections");
  await t.hits(REFRESH, 2);
});

spec("C45 @microsoft/fetch-event-source: events arrive as they are sent, with a token that was refreshed", async (t) => {
  const authFetch = await t.expired();
  const aborter = new AbortController();
  let open = 0;
  const lines = new Promise((resolve) => {
    void fetchEventSource("/api/test/ticks", {
      fetch: authFetch,
      signal: aborter.signal,
      onopen: async ({ status }) => void (open = status),
      // The server sends the second event when it hears of the first one.
      onmessage: ({ data }) => (data === "first" ? void fetch("/api/test/public") : resolve(data)),
      onerror: (error) => { throw error; },
    });
  });
  t.equal(await t.within(lines, 5000, "the second event"), "second", "its data");
  t.equal(open, 200, "status that it opened with");
  await t.hits(REFRESH, 1);
  aborter.abort();
});

spec("C45 tRPC: a batch is sent again as a whole", async (t) => {
  const authFetch = await t.expired();
  const api = /** @type {any} */ (createTRPCClient)({ links: [httpBatchLink({ url: "/api/test/trpc", fetch: authFetch })] });
  const answers = await Promise.all([api.a.query("1"), api.b.query({ n: 2 }), api.c.query("3")]);
  t.same(answers, ["1", { n: 2 }, "3"], "answers");
  t.same((await t.server.hits("GET /api/test/trpc/a,b,c")).map(({ status }) => status), [401, 200], "statuses");
  t.same(await Promise.all([api.d.mutate(4), api.e.mutate(5)]), [4, 5], "answers to mutations");
  await t.hits("POST /api/test/trpc/d,e", 1);
  await t.hits(REFRESH, 1);
});
