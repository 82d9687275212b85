// What the demo makes of a record: counts, and a sentence that is true of it.
import assert from "node:assert/strict";
import test from "node:test";

import { exampleScene } from "../demo/example.js";
import { Scene } from "../demo/scene.js";
import { ticks } from "../demo/scale.js";
import { tell } from "../demo/words.js";

const NOW = 1000;

/** A scene of calls, each given as the statuses that it got; the last one is what the code saw. */
const scene = (calls, own = []) => {
  const made = new Scene("A test", 0, true);
  for (const [kind, status, bearer] of own) Object.assign(made.addOwn(kind, 10, bearer), { end: 20, status });
  for (const statuses of calls) {
    const call = made.addCall(0);
    call.sent = statuses.map((status, index) => ({ start: index * 20, end: index * 20 + 10, status, bearer: true }));
    Object.assign(call, { end: call.sent.at(-1).end, status: statuses.at(-1) });
  }
  return made;
};
const refresh = ["refresh", 200, true];

const told = [
  ["one call", [[200]], [], "1 call went out with the token. Your code saw a 200 after 10 ms."],
  ["some calls", [[200], [200]], [], "2 calls went out with the token. Your code saw 2 × 200 after 10 ms."],
  ["one refused", [[401, 200]], [refresh], "The call was refused with a 401. One refresh, and it was sent again. Your code saw a 200 after 30 ms, and no error."],
  ["all refused", [[401, 200], [401, 200]], [refresh], "All 2 calls were refused with a 401. One refresh served all of them, and each was sent again. Your code saw 2 × 200 after 30 ms, and no error."],
  ["some refused", [[401, 200], [200]], [refresh], "1 of 2 calls was refused with a 401. One refresh served it, and it was sent again. Your code saw 2 × 200 after 30 ms, and no error."],
  ["late", [[401, 200]], [], "1 call was refused, but a newer token had come meanwhile: sent again without a refresh. Your code saw a 200."],
  ["ahead of time", [[200]], [refresh], "The token was renewed first, while the call waited: none was refused. Your code saw a 200 after 20 ms."],
  ["in vain", [[401, 401]], [refresh], "The call ended otherwise than with 200, and your code got the API’s own answer."],
  ["sign in", [[200]], [["sign in", 201, false]], "Signed in. The module has the access token; the refresh token is in a cookie that no script can read. The first call went out with the token."],
  ["wrong password", [], [["sign in", 401, false]], "Signing in was refused."],
  ["sign out", [], [["sign out", 204, true]], "Signed out, here and on the server."],
  ["restore", [[200]], [["refresh", 200, false]], "There was no access token, but there was a cookie: one refresh restored the session. The first call went out with the token."],
  ["nothing to restore", [], [["refresh", 401, false]], "There was no session to restore."],
  ["refresh on request", [], [refresh], "The tokens were renewed: there is a new access token, and a new refresh cookie."],
  ["refresh refused", [], [["refresh", 401, true]], "The session is over."],
  ["server gone", [], [["refresh", null, false]], "The server did not answer. Nothing is lost: authFetch tries again later."],
];
for (const [name, calls, own, want] of told) {
  test(`tells: ${name}`, () => assert.equal(tell(scene(calls, own), NOW), want));
}

test("tells: no session", () => {
  const made = scene([[401]]);
  made.calls[0].sent[0].bearer = false;
  assert.equal(tell(made, NOW), "There is no session, so there was nothing to refresh: the call got the API’s own 401.");
});

test("tells: no answer", () => {
  const made = scene([[200]]);
  Object.assign(made.calls[0], { status: null, error: "The server cannot be reached." });
  assert.equal(tell(made, NOW), "1 call got no answer: The server cannot be reached.");
});

test("a scene is open until everything in it has ended", () => {
  const made = new Scene("A test", 0, true);
  assert.equal(made.isEmpty, true);
  const call = made.addCall(5);
  assert.equal(made.isOpen, true);
  assert.equal(made.end(NOW), NOW);
  assert.equal(tell(made, NOW), "1 call under way …");
  Object.assign(call, { end: 30, status: 200 });
  assert.equal(made.isOpen, false);
  assert.equal(made.end(NOW), 30);
});

test("the example is what the page says that it is", () => {
  const { duration, ...counts } = exampleScene().count(NOW);
  assert.deepEqual(counts, { calls: 12, refused: 12, refreshes: 1, again: 12, answered: 12, failed: 0 });
});

for (const [span, most, want] of [
  [100, 5, [0, 20, 40, 60, 80, 100]],
  [7, 4, [0, 2, 4, 6]],
  [950, 8, [0, 200, 400, 600, 800]],
  [0.5, 4, [0, 0.2, 0.4]],
]) {
  test(`an axis of ${span} ms with at most ${most} ticks`, () => assert.deepEqual(ticks(span, most), want));
}
