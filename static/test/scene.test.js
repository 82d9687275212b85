// What the demo makes of a record: counts, and a sentence that is true of it.
import assert from "node:assert/strict";
import test from "node:test";

import { exampleScene } from "../demo/example.js";
import { Ledger } from "../demo/ledger.js";
import { phases } from "../demo/phases.js";
import { Scene } from "../demo/scene.js";
import { ticks } from "../demo/scale.js";
import { tell } from "../demo/tell.js";
import { errorInWords } from "../demo/words.js";

const NOW = 1000;
const ME = "GET https://example.com/api/users/me";

/** Notes decisions: "3 sent" is about call 3, "answered 200" has a detail, and each comes 10 ms after the one before. */
const note = (made, decisions, from = 0) => {
  const ledger = new Ledger(() => made);
  decisions.forEach((text, index) => {
    const [, call = "0", code, detail = ""] = /^(?:(\d+) )?(\w+)(?: (.*))?$/.exec(text);
    ledger.note({ code, detail, text: `because of ${code}`, call: Number(call), request: Number(call) ? ME : "" }, from + index * 10);
  });
  return made;
};

/** A scene of calls, each given as the statuses that it got; the last one is what the code saw. */
const scene = (calls, own = [], decisions = []) => {
  const made = new Scene("A test", 0, true);
  for (const [kind, status, bearer] of own) Object.assign(made.addOwn(kind, 10, bearer), { end: 20, status });
  for (const [index, statuses] of calls.entries()) {
    const call = index + 1;
    const steps = statuses.flatMap((status, step) => {
      if (status === 200) return [`${call} sent`, `${call} answered 200`];
      return [`${call} sent`, step === statuses.length - 1 ? `${call} refused_again` : `${call} ${own.length ? "refused_waits" : "refused_late"}`];
    });
    note(made, steps);
  }
  return note(made, decisions);
};
const refresh = ["refresh", 200, true];

const told = [
  ["one call", [[200]], [], [], "The call went out with the token. Your code saw a 200 after 10 ms."],
  ["some calls", [[200], [200]], [], [], "2 calls went out with the token. Your code saw 2 × 200 after 10 ms."],
  ["one refused", [[401, 200]], [refresh], [], "The call was refused with a 401. One refresh, and it was sent again. Your code saw a 200 after 30 ms, and no error."],
  ["all refused", [[401, 200], [401, 200]], [refresh], [], "All 2 calls were refused with a 401. One refresh served all of them, and each was sent again. Your code saw 2 × 200 after 30 ms, and no error."],
  ["some refused", [[401, 200], [200]], [refresh], [], "1 of 2 calls was refused with a 401. One refresh served it, and it was sent again. Your code saw 2 × 200 after 30 ms, and no error."],
  ["late", [[401, 200]], [], [], "1 call was refused, but a newer token had come meanwhile: sent again without a refresh. Your code saw a 200."],
  ["another tab was faster", [[401, 200]], [], ["refresh", "refresh_needless"], "1 call was refused, but another tab had renewed the token meanwhile: sent again without a refresh. Your code saw a 200."],
  ["ahead of time", [], [refresh], ["1 waits", "1 sent", "1 answered 200"], "The token was renewed first, while the call waited: none was refused. Your code saw a 200 after 20 ms."],
  ["ahead of time, by another tab", [], [], ["1 waits", "refresh", "refresh_needless", "1 sent", "1 answered 200"], "Another tab renewed the token first, while the call waited: none was refused. Your code saw a 200 after 40 ms."],
  ["in vain", [[401, 401]], [refresh], [], "The call ended otherwise than with 200, and your code got the API’s own answer."],
  ["sign in", [[200]], [["sign in", 201, false]], [], "Signed in. The module has the access token; the refresh token is in a cookie that no script can read. The first call went out with the token."],
  ["wrong password", [], [["sign in", 401, false]], [], "Signing in was refused."],
  ["sign out", [], [["sign out", 204, true]], ["signed_out", "logout_told"], "Signed out, here and on the server."],
  ["restore", [[200]], [["refresh", 200, false]], [], "There was no access token, but there was a cookie: one refresh restored the session. The first call went out with the token."],
  ["nothing to restore", [], [["refresh", 401, false]], [], "There was no session to restore."],
  ["refresh on request", [], [refresh], [], "The tokens were renewed: there is a new access token, and a new refresh cookie."],
  ["refresh refused", [], [["refresh", 401, true]], [], "The session is over."],
  ["server gone", [], [["refresh", null, false]], [], "The server did not answer. Nothing is lost: authFetch tries again by itself."],
  ["sign in, server gone", [], [["sign in", null, false]], [], "The server did not answer, so nobody is signed in."],
  ["sign out, server gone", [], [["sign out", null, true]], ["signed_out", "logout_untold"], "Signed out in this page, at once. The server could not be told; authFetch tells it as soon as it can."],
  ["the server is told later", [], [["sign out", 204, false]], ["logout_told"], "The server has been told of the logout: the session is over there, too."],
  ["refresh, server gone", [], [["refresh", null, true]], [], "The refresh got no answer. The session is kept, and authFetch tries again by itself."],
  ["refresh, server ill", [], [["refresh", 503, true]], [], "The refresh failed for a reason that may pass. The session is kept, and authFetch tries again by itself."],
  ["another tab signed out", [], [], ["heard_over"], "Another tab signed out, and this one with it: no token is left, and no request was needed."],
  ["another tab signed in", [[200]], [["refresh", 200, false]], ["heard_login", "refresh"], "Another tab signed in, so this one dropped the token that it had. One refresh, and this one is signed in as whoever that is. The first call went out with the token."],
  ["another tab renewed the token", [], [], ["adopted"], "Another tab renewed the token, and this one took it from the storage: no request was needed."],
  ["no answer", [], [], ["1 sent", "1 failed"], "The call got no answer, which your code learned as from fetch: by a TypeError. Whoever was signed in still is."],
  ["no answer to some", [[200]], [], ["2 sent", "2 failed"], "1 of 2 calls got no answer, which your code learned as from fetch: by a TypeError. Whoever was signed in still is."],
  ["no session", [], [], ["1 sent_bare", "1 refused_session"], "There is no session, so there was nothing to refresh: the call got the API’s own 401."],
];
for (const [name, calls, own, decisions, want] of told) {
  test(`tells: ${name}`, () => assert.equal(tell(scene(calls, own, decisions), NOW).replaceAll("\u00a0", " "), want));
}

for (const [name, error, want] of [
  ["a code", { code: "invalid_credentials" }, "Email or password is wrong."],
  ["no network", new TypeError("Failed to fetch"), "The server cannot be reached. Is it running?"],
  ["no network, at a login", { code: "refresh_failed", cause: new TypeError("Failed to fetch") }, "The server cannot be reached. Is it running?"],
  ["a proxy's page", { code: "refresh_failed" }, "The server’s answer cannot be read. Try again soon."],
  ["throttled", { code: "throttled", retryAfter: 11.2 }, "Too many attempts. Try again in 12 seconds."],
  ["throttled, until nobody knows when", { code: "throttled" }, "Too many attempts. Try again later."],
  ["a code of another server", { code: "on_holiday", message: "authFetch: on_holiday" }, "authFetch: on_holiday"],
]) {
  test(`says: ${name}`, () => assert.equal(errorInWords(error), want));
}

test("a scene is open until everything in it has ended", () => {
  const made = new Scene("A test", 0, true);
  assert.equal(made.isEmpty, true);
  const ledger = new Ledger(() => made);
  const decision = { text: "", detail: "", call: 7, request: ME };
  ledger.note({ ...decision, code: "sent" }, 5);
  assert.equal(made.isOpen, true);
  assert.equal(made.end(NOW), NOW);
  assert.equal(tell(made, NOW), "1 call under way …");
  ledger.note({ ...decision, code: "answered", detail: "200" }, 30);
  assert.equal(made.isOpen, false);
  assert.equal(made.end(NOW), 30);
});

test("the example is what the page says that it is", () => {
  const { duration, ...counts } = exampleScene().count(NOW);
  assert.deepEqual(counts, { calls: 12, refused: 12, refreshes: 1, again: 12, answered: 12, failed: 0 });
});

test("calls in phases: what was sent, and waited, and was sent again", () => {
  const made = new Scene("A test", 0, true);
  note(made, ["1 sent", "1 refused_waits", "1 sent", "1 answered 200"]);
  note(made, ["2 sent", "2 refused_waits", "2 sent"]);
  note(made, ["3 sent", "3 failed"]);
  assert.deepEqual(phases(made.calls), [
    { words: ["3 wait", "wait"], spans: [[0, 0], [0, 0], [0, 0]] },
    { words: ["2 sent: 401", "2 × 401"], spans: [[0, 10], [0, 10]] },
    { words: ["2 wait", "wait"], spans: [[10, 20], [10, 20]] },
    { words: ["1 sent again: 200", "1 × 200"], spans: [[20, 30]] },
    { words: ["1 sent: no answer", "1 × no answer"], spans: [[0, 10]] },
  ]);
});

for (const [span, most, want] of [
  [100, 5, [0, 20, 40, 60, 80, 100]],
  [7, 4, [0, 2, 4, 6]],
  [950, 8, [0, 200, 400, 600, 800]],
  [0.5, 4, [0, 0.2, 0.4]],
]) {
  test(`an axis of ${span} ms with at most ${most} ticks`, () => assert.deepEqual(ticks(span, most), want));
}
