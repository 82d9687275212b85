// @ts-check
// A caller that gives up, at every point where it can.

import { ME, REFRESH } from "../harness/context.js";
import { native } from "../harness/native.js";
import { bothWays, spec } from "../harness/spec.js";

bothWays("C26 abort while the refresh runs: this caller at once, the others not at all", async (t) => {
  const authFetch = await t.expired();
  const refresh = await t.server.hold(REFRESH, "after");
  const aborter = new AbortController();
  const first = authFetch("/api/users/me?call=first", { signal: aborter.signal });
  await t.server.arrived(REFRESH);
  const second = authFetch("/api/users/me?call=second");

  const reason = { why: "the user has gone elsewhere" };
  const start = native.now();
  aborter.abort(reason);
  t.equal(await t.rejects(first, "the aborted call"), reason, "what it rejects with");
  t.ok(native.now() - start < 50, `rejects within 50 ms (${Math.round(native.now() - start)} ms)`);

  await refresh.release();
  t.equal((await second).status, 200, "status of the other call");
  await t.hits(REFRESH, 1);
  await t.rotations(1);
  t.equal((await authFetch("/api/users/me?call=third")).status, 200, "status of a later call");
  await t.hits(REFRESH, 1, "after a later call");
});

spec("C26 the only caller aborts: the refresh completes for the next one", async (t) => {
  const authFetch = await t.expired();
  const refresh = await t.server.hold(REFRESH, "after");
  const refreshed = t.next(authFetch);
  const aborter = new AbortController();
  const call = authFetch("/api/users/me", { signal: aborter.signal });
  await t.server.arrived(REFRESH);
  aborter.abort();
  const error = await t.rejects(call, "the aborted call");
  t.equal(error.name, "AbortError", "name");
  t.ok(error instanceof DOMException, "a DOMException, as from fetch");
  await refresh.release();
  t.equal((await refreshed).reason, "refresh", "sessionchange");
  t.equal((await authFetch("/api/users/me")).status, 200, "status of the next call");
  await t.hits(REFRESH, 1);
});

spec("C26 abort while the answer is awaited: before the refresh, and after it", async (t) => {
  const authFetch = await t.expired();
  for (const point of ["first", "second"]) {
    await t.server.mark();
    const aborter = new AbortController();
    const held = await t.server.hold(ME, "before", { times: 1 });
    const call = authFetch(`/api/users/me?call=${point}`, { signal: aborter.signal });
    await t.server.arrived(ME);
    const plain = fetch("/api/users/me?call=plain", { signal: aborter.signal });
    aborter.abort("enough");
    // WebKit's fetch knows an AbortError only.
    t.same(await t.rejects(call, `the ${point} call`), await t.rejects(plain, "fetch"), "what it rejects with");
    await held.release();
    await t.hits(REFRESH, 0);
    await authFetch("/api/users/me"); // renews the token, so that the second one finds it fresh
  }
});

spec("C26 abort while the body is read", async (t) => {
  const authFetch = await t.signedIn();
  const aborter = new AbortController();
  const response = await authFetch("/api/test/stream", { signal: aborter.signal });
  const reader = response.body.getReader();
  t.equal(new TextDecoder().decode((await reader.read()).value), "first\n", "first line");
  const rest = reader.read();
  aborter.abort();
  t.equal((await t.rejects(rest, "reading on")).name, "AbortError", "name");
});

spec("C26 a signal of the caller's Request counts too", async (t) => {
  const authFetch = await t.expired();
  const refresh = await t.server.hold(REFRESH, "after");
  const aborter = new AbortController();
  const call = authFetch(new Request("/api/users/me", { signal: aborter.signal }));
  await t.server.arrived(REFRESH);
  aborter.abort();
  t.equal((await t.rejects(t.within(call, 1000, "rejecting"), "the aborted call")).name, "AbortError", "name");
  await refresh.release();
});

bothWays("C27 aborted before the call: no hit, no refresh", async (t) => {
  const authFetch = await t.expired();
  const reason = new Error("never mind");
  const signal = AbortSignal.abort(reason);
  t.equal(await t.rejects(authFetch("/api/users/me", { signal }), "with init"), reason, "reason");
  t.equal(await t.rejects(authFetch(new Request("/api/users/me", { signal })), "with a Request"), reason, "reason");
  await t.hits(ME, 0);
  await t.hits(REFRESH, 0);
});
