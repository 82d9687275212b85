// @ts-check
// What a page does whose authfetch came from the npm package: it signs in, lets the
// token expire, calls, and tells the test. A bundler takes this file along.

import { equal, same } from "./assert.js";
import { Control } from "./control.js";

/** @param {import("../../../authfetch.js").AuthFetch} authFetch */
export async function journey(authFetch) {
  const query = new URLSearchParams(location.search);
  const server = new Control(query.get("control") ?? "");
  try {
    await travel(authFetch, server, new URL(query.get("wasm") ?? "", location.href));
    await server.post("/result");
  } catch (error) {
    await server.post("/result", { error: String(error) });
  }
}

/**
 * @param {import("../../../authfetch.js").AuthFetch} authFetch
 * @param {Control} server
 * @param {URL} wasm where the module has to come from
 */
async function travel(authFetch, server, wasm) {
  await authFetch.login({ email: "user@example.com", password: "pa55w0rd" });
  await server.mark();
  await server.expire();
  const response = await authFetch("/api/users/me");
  equal(response.status, 200, "status");
  // Where tokens are bound, a proof may first want a nonce.
  const answered = async (/** @type {string} */ route) => (await server.hits(route)).filter(({ status }) => status === 200).length;
  equal(await answered("POST /api/auth/refresh"), 1, "refreshes");
  equal(await answered("GET /api/users/me"), 1, "answers for the caller");
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /\.wasm\b/.test(name));
  same(loaded, [wasm.href], "where the module came from");
}
