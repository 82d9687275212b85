// @ts-check
// The module without the loader, as it is found by a page that runs it itself.

import { ME, REFRESH, credentials } from "../harness/context.js";
import { bareAuthFetch } from "../harness/module.js";
import { spec } from "../harness/spec.js";

spec("globalThis.authFetch is a session with the default options", async (t) => {
  const authFetch = await bareAuthFetch();
  t.equal(authFetch, /** @type {any} */ (globalThis).authFetch, "what the page finds");
  t.same([authFetch.name, authFetch.length], ["fetch", 1], "name and length");
  t.equal((await authFetch("/api/test/public")).status, 200, "status without a session");
  t.ok((await authFetch.login(credentials)).claims.sub, "what login resolves with");
  await t.server.mark();
  await t.server.expire();
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  await t.hits(ME, 2);
  await t.hits(REFRESH, 1);
  t.same(await authFetch.logout(), { revoked: true }, "what logout resolves with");
});

const wrong = {
  "baseUrl": [{ baseUrl: "/" }, "unknown"],
  "paths.renew": [{ paths: { renew: "/x" } }, "unknown"],
  "baseURL": [{ baseURL: 5 }, "a wrong type"],
  "storage": [{ storage: "cookie" }, "a wrong value"],
  "storageKey": [{ storageKey: 1 }, "a wrong type"],
  "allowedOrigins": [{ allowedOrigins: "https://a.example" }, "a wrong type"],
  "refreshMargin": [{ refreshMargin: "30" }, "a wrong type"],
  "refreshTimeout": [{ refreshTimeout: -1 }, "a wrong value"],
  "restore": [{ restore: true }, "a wrong type"],
  "fetch": [{ fetch: "fetch" }, "a wrong type"],
  "exposeToken": [{ exposeToken: "yes" }, "a wrong type"],
};
spec("C46 create names an option that is wrong, at once", async (t) => {
  const { create } = await bareAuthFetch();
  for (const [name, [options, what]] of Object.entries(wrong)) {
    const error = t.throws(() => create(options), `${name}, ${what}`);
    t.equal(error.constructor, TypeError, `class of the error for ${name}`);
    t.ok(error.message.includes(`"${name}"`), `the message names ${name}: ${error.message}`);
  }
  t.equal(typeof create({}), "function", "no options");
  t.equal(typeof create(), "function", "none at all");
});
