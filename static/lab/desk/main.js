// @ts-check
// The attacker's page: a room, a payload, and what comes of them.

import { byId, el } from "./demo/dom.js";
import { show } from "./show.js";
import { drawLoot } from "./loot.js";
import { drawMatrix } from "./matrix.js";
import { follow } from "./state.js";
import { tookWords } from "./words.js";

/** @typedef {import("./state.js").State} State */

/** @type {State} */
let state;
let room = "local";
let payload = "local";
/** What the user sees in each room. @type {Record<string, { state: string, code?: string }>} */
const users = {};
/** Why the user was signed out while an attack was the last one, by its id. @type {Record<string, string>} */
const noticed = {};

const find = (list, id) => list.find((/** @type {any} */ one) => one.id === id);
/** @returns {import("./state.js").Attack | undefined} */
const latest = (inRoom = room, of = payload) => state.attacks.findLast((attack) => attack.room === inRoom && attack.payload === of);

const choose = (to) => {
  if (to.room && to.room !== room) enter(to.room);
  payload = to.payload ?? payload;
  draw();
};

const enter = (id) => {
  room = id;
  const { url, title, about, strict } = find(state.rooms, id);
  byId("room-title").textContent = title;
  byId("about").textContent = about;
  byId("room-link").href = url;
  byId("victim").src = url;
  byId("policy-about").textContent = strict
    ? "This room has the policy of the demo. Nothing of what comes with the name runs."
    : "This page’s Content-Security-Policy is as strict as it can be with the flaw still there to be shown. It should say:";
  byId("policy").replaceChildren(
    ...state.weakened.filter(({ stops }) => stops && !strict).map(({ directive, strict: should, stops }) =>
      el("div", {}, el("dt", {}, el("code", {}, `${directive} ${should}`)), el("dd", {}, stops))),
  );
};

const send = async () => {
  const answer = await fetch("/attacks", { method: "POST", body: JSON.stringify({ room, payload }) });
  const { url } = await answer.json();
  byId("victim").src = url;
};

const draw = () => {
  const { title, about, source, early, article } = find(state.payloads, payload);
  const attack = latest();
  const user = users[room];
  const strict = find(state.rooms, room).strict;

  show(byId("rooms"), state.rooms.map(({ id, title: name }) => {
    const button = el("button", { type: "button", "aria-pressed": id === room ? "true" : "false" }, name);
    button.addEventListener("click", () => choose({ room: id }));
    return el("li", {}, button);
  }));
  show(byId("payloads"), state.payloads.map(({ id, title: name, article: known }) => {
    const of = latest(room, id);
    const button = el("button", { type: "button", "aria-pressed": id === payload ? "true" : "false" },
      el("span", {}, name, known ? el("small", {}, " the article’s") : ""),
      of ? el("span", { class: `took ${of.takes[0] ?? "none"}` }, tookWords(of, strict)) : "");
    button.addEventListener("click", () => choose({ payload: id }));
    return el("li", {}, button);
  }));

  byId("payload-title").textContent = title;
  byId("payload-about").textContent = about;
  byId("source").textContent = source;
  const waits = !early && user?.state !== "in";
  byId("send").disabled = waits;
  byId("hint").textContent = waits
    ? "Sign in as the victim first: the form is filled in."
    : early
      ? "The victim opens it, and it runs before the page’s own scripts."
      : "It is a link within the page, and runs while the victim is signed in." + (article ? "" : " Around it is a way to send, the same for all.");

  show(byId("loot"), drawLoot(attack, strict, state));
  const why = attack && noticed[attack.id];
  byId("notices").textContent = !attack ? "Nothing has happened yet." : why ? `Signed out, and told why: ${why}.` : "Nothing, so far.";
  byId("notices").dataset.noticed = String(Boolean(why));
  drawMatrix(byId("matrix"), state, latest, choose);
};

byId("send").addEventListener("click", send);
addEventListener("message", ({ data, origin }) => {
  const from = state?.rooms.find(({ id, url }) => id === data?.room && url.startsWith(`${origin}/`));
  if (!from) return;
  users[from.id] = data;
  const last = state.attacks.findLast((attack) => attack.room === from.id);
  if (data.state === "thrown" && last) noticed[last.id] = data.code;
  draw();
});

byId("address").textContent = location.origin;
for await (state of follow()) {
  if (!byId("victim").src) enter(room);
  draw();
}
