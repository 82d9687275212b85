// What the demo makes of decisions: calls, and lines that say why.
import assert from "node:assert/strict";
import test from "node:test";

import { exampleScene } from "../demo/example.js";
import { Ledger } from "../demo/ledger.js";
import { Scene } from "../demo/scene.js";
import { look, story, subject, words } from "../demo/story.js";

const ORIGIN = "https://example.com";

/** A scene of decisions, each [time, code, call, detail, request]. */
const scene = (...decisions) => {
  const made = new Scene("A test", 0, true);
  const ledger = new Ledger(() => made);
  for (const [time, code, call = 0, detail = "", request = call ? `GET ${ORIGIN}/api/users/me` : ""] of decisions) {
    ledger.note({ code, text: `why ${code}`, detail, call, request }, time);
  }
  return made;
};
const outcome = ({ start, end, status, sent }) => ({ start, end, status, sent: sent.map((one) => [one.start, one.end, one.status, one.bearer]) });

for (const [name, decisions, want] of [
  ["a fresh token", [[1, "sent", 1], [5, "answered", 1, "200"]], { start: 1, end: 5, status: 200, sent: [[1, 5, 200, true]] }],
  ["another answer", [[1, "sent", 1], [5, "answered", 1, "503"]], { start: 1, end: 5, status: 503, sent: [[1, 5, 503, true]] }],
  ["a refused one", [[1, "sent", 1], [4, "refused_waits", 1], [8, "sent", 1], [9, "answered", 1, "200"]], { start: 1, end: 9, status: 200, sent: [[1, 4, 401, true], [8, 9, 200, true]] }],
  ["a late refusal", [[1, "sent", 1], [4, "refused_late", 1], [5, "sent", 1], [9, "answered", 1, "200"]], { start: 1, end: 9, status: 200, sent: [[1, 4, 401, true], [5, 9, 200, true]] }],
  ["refused for good", [[1, "sent", 1], [4, "refused_waits", 1], [9, "refused_failed", 1]], { start: 1, end: 9, status: 401, sent: [[1, 4, 401, true]] }],
  ["refused twice", [[1, "sent", 1], [4, "refused_waits", 1], [6, "sent", 1], [9, "refused_again", 1]], { start: 1, end: 9, status: 401, sent: [[1, 4, 401, true], [6, 9, 401, true]] }],
  ["somebody else's turn", [[1, "sent", 1], [4, "refused_late", 1], [4, "refused_user", 1]], { start: 1, end: 4, status: 401, sent: [[1, 4, 401, true]] }],
  ["another scope", [[1, "sent", 1], [4, "refused_scope", 1, "401"]], { start: 1, end: 4, status: 401, sent: [[1, 4, 401, true]] }],
  ["ahead of time", [[1, "waits", 1], [8, "sent", 1], [9, "answered", 1, "200"]], { start: 1, end: 9, status: 200, sent: [[8, 9, 200, true]] }],
  ["an old token", [[1, "sent_expired", 1], [9, "answered", 1, "200"]], { start: 1, end: 9, status: 200, sent: [[1, 9, 200, true]] }],
  ["nobody", [[1, "sent_bare", 1], [9, "refused_session", 1]], { start: 1, end: 9, status: 401, sent: [[1, 9, 401, false]] }],
  ["no answer", [[1, "sent", 1], [9, "failed", 1]], { start: 1, end: 9, status: null, sent: [[1, 9, null, true]] }],
  ["given up while it waited", [[1, "waits", 1], [9, "gave_up", 1]], { start: 1, end: 9, status: null, sent: [] }],
]) {
  test(`a call: ${name}`, () => assert.deepEqual(outcome(scene(...decisions).calls[0]), want));
}

test("a call that ended without an answer says why", () => {
  assert.equal(scene([1, "sent", 1], [9, "failed", 1]).calls[0].error, "why failed");
  assert.equal(scene([1, "sent", 1], [9, "answered", 1, "200"]).calls[0].error, null);
});

test("calls count from 1 in their scene, and stay in it", () => {
  const scenes = [new Scene("first", 0, true)];
  const ledger = new Ledger(() => scenes.at(-1));
  const note = (code, call, time) => ledger.note({ code, text: "", detail: "", call, request: `GET ${ORIGIN}/api/users/me` }, time);
  note("sent", 41, 1);
  scenes.push(new Scene("second", 2, true));
  note("sent", 42, 3);
  note("refused_waits", 41, 4);
  note("sent", 41, 5);
  note("answered", 41, 6);
  assert.deepEqual(scenes.map(({ calls }) => calls.map(({ number, sent }) => [number, sent.length])), [[[1, 2]], [[1, 1]]]);
  ledger.clear();
  note("sent", 42, 7);
  assert.equal(scenes[1].calls.length, 2, "another authFetch counts anew");
});

test("what the page asks for itself has no lane, and is told", () => {
  const made = scene([1, "sent", 1, "", `GET ${ORIGIN}/api/auth/sessions`], [2, "sent", 2], [3, "left_alone", 0, "", `POST ${ORIGIN}/api/users/me`]);
  assert.equal(made.calls.length, 1);
  assert.deepEqual(story(made).map((line) => subject(line, made)), ["GET /api/auth/sessions", "call 1", "POST /api/users/me"]);
});

const storm = () =>
  scene(
    [0, "sent", 1], [1, "sent", 2], [2, "sent", 3], [10, "refused_waits", 1], [10, "refresh"], [11, "refused_waits", 2], [12, "refresh_sends"],
    [20, "refreshed"], [21, "sent", 1], [22, "sent", 2], [25, "refused_late", 3], [26, "sent", 3],
    [30, "answered", 1, "200"], [31, "answered", 2, "200"], [32, "answered", 3, "500"],
  );

test("what many calls have in common is one line", () => {
  const made = storm();
  assert.deepEqual(
    story(made).map((line) => `${line.from}-${line.to} ${subject(line, made)}: ${words(line)}, ${look(line)}`),
    [
      "0-2 all 3 calls: sent why sent, plain",
      "10-11 2 calls: why refused_waits, refused",
      "10-10 the refresh: why refresh, refresh",
      "12-12 the refresh: is sent why refresh_sends, refresh",
      "20-20 the refresh: why refreshed, refresh",
      "21-26 all 3 calls: sent why sent, plain",
      "25-25 call 3: why refused_late, refused",
      "30-31 2 calls: why answered (200), good",
      "32-32 call 3: why answered (500), good",
    ],
  );
});

test("one call alone: its own decisions, and those about the session meanwhile", () => {
  const made = storm();
  assert.deepEqual(story(made, 1).map(({ decision }) => decision.code), ["sent", "refused_waits", "refresh", "refresh_sends", "refreshed", "sent", "answered"]);
  const late = scene([0, "refresh"], [5, "sent", 1], [6, "answered", 1, "200"], [9, "signed_out"]);
  assert.deepEqual(story(late, 1).map(({ decision }) => decision.code), ["sent", "answered"]);
});

for (const [codes, want] of [
  [["refresh", "refresh_sends"], [[0, 1, false]]],
  [["refresh", "refresh_unlocked", "refresh_sends"], [[0, 2, false]]],
  [["refresh", "refresh_needless"], [[0, 1, true]]],
  [["refresh", "adopted", "refresh_needless"], [[0, 1, true]]],
  [["refresh", "signed_out"], [[0, 1, false]]],
  [["refresh"], [[0, null, false]]],
  [["refresh", "refresh_sends", "refresh", "refresh_sends"], [[0, 1, false], [2, 3, false]]],
]) {
  test(`a refresh waits for its turn: ${codes.join(", ")}`, () => {
    const { queues } = scene(...codes.map((code, time) => [time, code]));
    assert.deepEqual(queues.map(({ start, end, needless }) => [start, end, needless]), want);
  });
}

for (const [codes, asked, want] of [
  [["heard_over"], false, true],
  [["adopted"], false, true],
  [["refresh", "refresh_sends", "refreshed"], false, false],
  [["refresh"], true, true],
  [[], true, false],
]) {
  test(`worth showing${asked ? ", being asked for" : ""}: ${codes.join(", ") || "nothing"}? ${want}`, () => {
    const made = scene(...codes.map((code, time) => [time, code]));
    made.asked = asked;
    assert.equal(made.isWorthwhile, want);
  });
}

test("the example tells a story of seven lines", () => {
  assert.deepEqual(story(exampleScene()).map(({ calls, decision }) => [calls.length, decision.code]), [
    [12, "sent"], [12, "refused_waits"], [0, "refresh"], [0, "refresh_sends"], [0, "refreshed"], [12, "sent"], [12, "answered"],
  ]);
});
