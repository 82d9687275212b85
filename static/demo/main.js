// @ts-check
/**
 * The demo: buttons on one side, authFetch on the other, and a record of what
 * goes over the wire in between.
 *
 * @import { AuthFetch, TokenStorage } from "../authfetch.js"
 * @import { Call, Scene as SceneType } from "./scene.js"
 */

import { createAuthFetch } from "../authfetch.js";
import { changePassword, endSession, listSessions, register } from "./api.js";
import { byId } from "./dom.js";
import { addToLog } from "./log.js";
import { CALL, Recorder } from "./recorder.js";
import { Scene } from "./scene.js";
import { SessionCard } from "./session.js";
import { SessionList } from "./sessions.js";
import { Stage } from "./stage.js";
import { clock, errorInWords, reasonInWords } from "./words.js";

const SLOW = 300; // ms
const PAUSE = 400; // ms after which a request belongs to a scene of its own

const card = new SessionCard();
const stage = new Stage();
/** @type {Map<number, Call>} calls under way, by the number in their URL */
const underway = new Map();
let lastCall = 0;
/** @type {AuthFetch} */
let authFetch;

const recorder = new Recorder(
  ({ kind, call: number }, start, bearer) => {
    if (kind) return running("In the background").addOwn(kind, start, bearer);
    const sent = { start, end: null, status: null, bearer };
    underway.get(number)?.sent.push(sent);
    return sent;
  },
  () => {
    card.show(authFetch.session, recorder.isSpoiling);
    enable();
    stage.draw();
  },
);

/** @param {import("../authfetch.js").LogoutOptions} options */
const signOut = async (options = {}) => {
  begin(options.scope ? "Signing out everywhere" : "Signing out");
  const { revoked } = await authFetch.logout(options);
  if (options.scope && !revoked) throw new Error("You are signed out here. Other sessions may live on: sign in again and end them.");
};

const sessions = new SessionList({
  load: () => listSessions(authFetch),
  end: ({ id, current }) => (current ? signOut() : endSession(authFetch, id)),
  async endOthers() {
    const { revoked } = await authFetch.logout({ scope: "others" });
    if (!revoked) throw new Error("The server could not be told. The other sessions live on.");
  },
  endAll: () => attempt(() => signOut({ scope: "all" })),
});

/** @param {string} title @returns {Scene} */
const begin = (title, asked = true) => {
  const scene = new Scene(title, performance.now(), asked);
  stage.add(scene);
  return scene;
};

/** The scene that is going on, or a new one. @param {string} title */
const running = (title) => {
  const { current } = stage;
  const now = performance.now();
  return current && (current.isEmpty || now - current.end(now) < PAUSE) ? current : begin(title, false);
};

/** One call of the API, recorded. @param {Scene} scene @returns {Promise<Response | undefined>} */
const callAPI = async (scene) => {
  const call = scene.addCall(performance.now());
  const number = ++lastCall;
  underway.set(number, call);
  try {
    const response = await authFetch(`/api/users/me?${CALL}=${number}`);
    call.status = response.status;
    return response;
  } catch (error) {
    call.error = errorInWords(error);
  } finally {
    call.end = performance.now();
    underway.delete(number);
    stage.draw();
  }
};

/** @param {string} title @param {number} count */
const fire = async (title, count) => {
  const scene = begin(title);
  await Promise.all(Array.from({ length: count }, () => callAPI(scene)));
};

/** Runs what a button is for; what goes wrong is said beside the session. @param {() => unknown} action */
const attempt = async (action) => {
  byId("problem").textContent = byId("done").textContent = "";
  try {
    await action();
  } catch (error) {
    byId("problem").textContent = errorInWords(error);
  }
  stage.draw();
};

const showUser = async () => {
  card.user(null); // rather nobody than the one before
  const response = await callAPI(running("Who is signed in"));
  card.user(response?.ok ? await response.json() : null);
};

const enable = () => {
  const { session } = authFetch;
  byId("why-not").hidden = session !== null;
  byId("storm").disabled = !session;
  byId("expire").disabled = !session || recorder.isSpoiling;
  byId("expire").textContent = recorder.isSpoiling ? "Expired: now call" : "Expire the token";
};

/** @param {TokenStorage} storage */
const connect = (storage) => {
  authFetch?.destroy();
  authFetch = createAuthFetch({ storage, fetch: recorder.fetch });
  authFetch.addEventListener("sessionchange", ({ detail: { session, reason, code } }) => {
    const at = new Date();
    card.change(reason);
    if (session) byId("problem").textContent = ""; // it has passed
    card.show(session, recorder.isSpoiling);
    enable();
    addToLog("sessionchange", reasonInWords(reason), at, code);
    if (session) void sessions.refresh();
    else sessions.hide();
    if (session && reason !== "refresh") void showUser();
  });
  authFetch.addEventListener("refresherror", ({ detail: { code, retryAt } }) => {
    addToLog("refresherror", `a refresh failed; next try at ${clock(retryAt)}`, new Date(), code);
  });

  byId("code-storage").textContent = storage;
  const here = new URL(location.href);
  here.searchParams.set("storage", storage);
  history.replaceState(null, "", here);
  byId("tab").href = here.href;
  card.status("Starting …");
  return attempt(async () => {
    try {
      const session = await authFetch.ready;
      card.show(session, recorder.isSpoiling);
      if (!session) sessions.hide();
    } catch (error) {
      card.status("Not started");
      throw error;
    } finally {
      enable();
    }
  });
};

const on = (id, action) => byId(id).addEventListener("click", () => attempt(action));
on("one", () => fire("One call", 1));
on("fifty", () => fire("50 calls", 50));
on("expire", () => recorder.expire());
on("storm", () => {
  recorder.expire();
  return fire("50 calls with an expired token", 50);
});
on("refresh", () => {
  begin("A refresh on request");
  return authFetch.refresh();
});
on("sign-out", () => signOut());

/** Does something with what a form holds. @param {string} id @param {(fields: any, form: HTMLFormElement) => unknown} action */
const onSubmit = (id, action) =>
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(() => action(Object.fromEntries(new FormData(event.target)), event.target));
  });

const signIn = ({ email, password }) => {
  begin("Signing in");
  return authFetch.login({ email, password });
};
onSubmit("sign-in", signIn);
onSubmit("register", async ({ email, password, name }, form) => {
  await register(authFetch, { email, password, name });
  await signIn({ email, password });
  form.reset();
  card.registering = false;
});
onSubmit("password-form", async (fields, form) => {
  await changePassword(authFetch, { old_password: fields.old, new_password: fields.new });
  form.reset();
  byId("password-change").open = false;
  byId("done").textContent = "The password has been changed, and every other session has ended.";
  await sessions.refresh();
});
on("to-register", () => (card.registering = true));
on("to-sign-in", () => (card.registering = false));
byId("slow").addEventListener("change", ({ target }) => (recorder.delay = target.checked ? SLOW : 0));

const choices = [...byId("storage").querySelectorAll("input")];
const wanted = new URL(location.href).searchParams.get("storage");
const chosen = choices.find(({ value }) => value === wanted) ?? choices[0];
chosen.checked = true;
byId("storage").addEventListener("change", ({ target }) => {
  begin(`Token kept in ${target.value}`, false);
  void connect(target.value);
});
begin("Opening the page", false);
void connect(chosen.value);
