// @ts-check
// The refresh cookie in a real browser: which one is stored, and that it goes.

import { REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { spec } from "../harness/spec.js";

const HOST = "__Host-Http-refresh_token";
const PLAIN = "refresh_token";

/** The names of the cookies that the browser sends now. @param {import("../harness/context.js").Context} t */
const cookies = async (t) => {
  await native.fetch("/api/auth/refresh?cookies", { method: "POST" }); // without X-Auth-Fetch it changes nothing
  return (await t.server.hits(REFRESH)).findLast(({ query }) => query === "cookies")?.cookies ?? [];
};

for (const [profile, name] of /** @type {const} */ ([["host", HOST], ["plain", PLAIN], ["cross-site", HOST]])) {
  spec(`the browser keeps the cookie of profile ${profile}, and logout deletes it`, async (t) => {
    await t.server.restart({ cookie: profile });
    const authFetch = await t.signedIn();
    t.same(await cookies(t), [name], "cookies after the login");
    t.ok(await authFetch.refresh(), "refresh");
    t.same(await cookies(t), [name], "cookies after a refresh");
    const tab = await t.tab();
    t.ok(await tab.create().ready, "a page opened later has the session");
    tab.close();
    t.same(await authFetch.logout(), { revoked: true }, "logout");
    t.same(await cookies(t), [], "cookies after the logout");
  });
}

for (const [previous, profile, name] of /** @type {const} */ ([
  ["plain", "host", HOST],
  ["host", "plain", PLAIN],
  ["host", "cross-site", HOST],
  ["cross-site", "host", HOST],
])) {
  spec(`a change of profile from ${previous} to ${profile} signs nobody out, and the old cookie goes`, async (t) => {
    await t.server.restart({ cookie: previous });
    await t.signedIn();
    await t.server.restart({ cookie: profile, previous });
    const tab = await t.tab();
    const authFetch = tab.create();
    t.ok(await authFetch.ready, "a page opened afterwards has the session");
    t.same(await cookies(t), [name], "cookies");
    t.equal((await t.server.sessions()).length, 1, "sessions in the database");
    t.same(await authFetch.logout(), { revoked: true }, "logout");
    t.same(await cookies(t), [], "cookies after the logout");
    tab.close();
  });
}
