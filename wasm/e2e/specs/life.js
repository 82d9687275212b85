// @ts-check
// What happens to a page while nobody uses it: no network, sleep, a browser that lacks
// something.

import { LOGOUT, ME, REFRESH, credentials } from "../harness/context.js";
import { bothWays, spec } from "../harness/spec.js";

const online = () => dispatchEvent(new Event("online"));

/** The page is shown, which a driver's may not be, behind another one. */
const shown = () => {
  Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};

/** How many logouts the server has heard of: browsers send a DELETE that was cut off several times. @param {import("../harness/context.js").Context} t */
const told = async (t) => (await t.server.hits(LOGOUT)).filter(({ status }) => status === 204).length;

bothWays("C35 logout offline: cleared at once, and told to the server when online", async (t) => {
  const authFetch = await t.signedIn({ storage: "localStorage" });
  const offline = await t.server.drop(LOGOUT, "before");
  const events = t.events(authFetch);
  t.same(await authFetch.logout(), { revoked: false }, "what logout resolves with");
  t.same(events.map(({ reason }) => reason), ["logout"], "sessionchange");
  t.equal(localStorage.getItem("access_token"), null, "the token in localStorage");
  t.equal((await authFetch("/api/users/me")).status, 401, "status of a call");
  t.equal((await t.rejects(authFetch.refresh(), "a refresh")).code, "session_over", "its code");
  t.equal((await t.server.sessions())[0]?.revoked, false, "whether the server knows");

  await offline.release();
  online();
  await t.server.answered(LOGOUT);
  const [row] = await t.server.sessions();
  t.same([row?.revoked, row?.reason], [true, "logout"], "the session in the database");
  online();
  t.equal((await authFetch("/api/users/me?later")).status, 401, "status of a later call");
  t.equal(await told(t), 1, "logouts that the server has heard of");
  await t.hits(REFRESH, 0);
});

spec("C35 logout offline, then a reload: not signed in again, and the server is told", async (t) => {
  const tab = await t.tab();
  await tab.create().login(credentials);
  await t.server.mark();
  const offline = await t.server.drop(LOGOUT, "before");
  await tab.create().logout();
  tab.close();
  await offline.release();

  const authFetch = (await t.tab()).create();
  t.equal(await authFetch.ready, null, "the session after the reload");
  await t.server.answered(LOGOUT);
  t.equal((await t.server.sessions())[0]?.revoked, true, "whether the server knows");
  await t.hits(REFRESH, 0);
});

spec("C35 a logout that was not told is over when somebody signs in again", async (t) => {
  const authFetch = await t.signedIn();
  const offline = await t.server.drop(LOGOUT, "before");
  await authFetch.logout();
  await authFetch.login(credentials);
  await offline.release();
  online();
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  t.equal(await told(t), 0, "logouts that the server has heard of");
});

bothWays("C38 slept past the expiry: the first call makes one refresh and succeeds", async (t) => {
  const authFetch = await t.signedIn();
  t.clock.sleep(8 * 3600_000);
  await t.server.advance(8 * 3600_000);
  shown();
  const [first, second] = await Promise.all([authFetch("/api/users/me?first"), authFetch("/api/users/me?second")]);
  t.same([first?.status, second?.status], [200, 200], "statuses");
  await t.hits(REFRESH, 1);
  await t.hits(ME, 2);
});

spec("C38 shown again after the network was gone: what has failed is tried at once", async (t) => {
  const authFetch = await t.expired();
  const offline = await t.server.drop(REFRESH, "before");
  const trouble = t.next(authFetch, "refresherror");
  t.equal((await authFetch("/api/users/me")).status, 401, "status without the refresh");
  await trouble;
  await offline.release();
  const back = t.next(authFetch);
  shown();
  t.equal((await back).reason, "refresh", "sessionchange");
});

bothWays("C41 no navigator.locks and no BroadcastChannel: one tab works the same", async (t) => {
  Object.defineProperty(navigator, "locks", { value: undefined });
  Reflect.deleteProperty(globalThis, "BroadcastChannel");
  const authFetch = await t.expired();
  const calls = await Promise.all([1, 2, 3].map((n) => authFetch(`/api/users/me?call=${n}`)));
  t.same(calls.map(({ status }) => status), [200, 200, 200], "statuses");
  await t.hits(REFRESH, 1);
  t.same(await authFetch.logout(), { revoked: true }, "logout");
});

bothWays("C41 locks that are refused: done without", async (t) => {
  const refused = () => Promise.reject(new DOMException("no storage here", "SecurityError"));
  Object.defineProperty(navigator.locks, "request", { value: refused });
  const authFetch = await t.expired();
  t.equal((await authFetch("/api/users/me")).status, 200, "status");
  await t.hits(REFRESH, 1);
});
