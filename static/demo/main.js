// @ts-check
/**
 * The demo: buttons on one side, authFetch on the other. What it shows is what
 * authFetch says of its decisions.
 *
 * @import { AuthFetch, TokenStorage } from "../authfetch.js"
 */

import { onWake, sleep } from "./machine.js"; // before anything reads a clock
import { createAuthFetch } from "../authfetch.js";
import { changePassword, endSession, listSessions, register } from "./api.js";
import { byId } from "./dom.js";
import { Ledger } from "./ledger.js";
import { addToLog } from "./log.js";
import { Network } from "./network.js";
import { Peer, attend, isPeer } from "./peer.js";
import { Scene } from "./scene.js";
import { SessionCard } from "./session.js";
import { SessionList } from "./sessions.js";
import { Stage } from "./stage.js";
import { password, somebodyElse, users } from "./users.js";
import { clock, errorInWords, plural, reasonInWords } from "./words.js";

const SLOW = 300; // ms
const PAUSE = 400; // ms after which a request belongs to a scene of its own
const MINUTE = 60_000; // ms
const NAP = 10; // minutes, longer than an access token lives where nobody has configured that

const card = new SessionCard();
const stage = new Stage();
const peer = new Peer();
/** @type {AuthFetch} */
let authFetch;

const show = () => {
  card.show(authFetch.session, network.isSpoiling);
  enable();
  stage.draw();
};

const network = new Network((kind, start, bearer) => running("In the background").addOwn(kind, start, bearer), show);
const ledger = new Ledger((title) => running(title));

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

const callAPI = () => authFetch("/api/users/me");

/** @param {string} title @param {number} count */
const fire = async (title, count) => {
  begin(title);
  stage.reveal();
  const calls = await Promise.allSettled(Array.from({ length: count }, callAPI));
  // What fetch itself would have rejected with is in the drawing.
  const failed = calls.find((call) => call.status === "rejected" && call.reason.code);
  if (failed) throw /** @type {PromiseRejectedResult} */ (failed).reason;
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
  running("Who is signed in");
  const response = await callAPI().catch(() => null);
  card.user(response?.ok ? await response.json() : null);
  enable();
};

const enable = () => {
  const { session } = authFetch;
  byId("why-not").hidden = session !== null;
  byId("storm").disabled = byId("sleep").disabled = !session;
  byId("expire").disabled = !session || network.isSpoiling;
  byId("expire").textContent = network.isSpoiling ? "Expired: now call" : "Expire the token";
  byId("switch").textContent = `Sign in as ${somebodyElse(card.email).name} there`;
  byId("network").checked = network.online;
  byId("network-state").textContent = network.online ? "Network on" : "Network off";
  byId("network-state").classList.toggle("offline", !network.online);
};

/** @param {TokenStorage} storage */
const connect = (storage) => {
  authFetch?.destroy();
  authFetch = createAuthFetch({ storage, fetch: network.fetch });
  ledger.clear();
  authFetch.debug((decision) => {
    ledger.note(decision, performance.now());
    stage.draw();
  });
  authFetch.addEventListener("sessionchange", ({ detail: { session, reason, code } }) => {
    const at = new Date();
    network.renewed();
    card.change(reason);
    if (session) byId("problem").textContent = ""; // it has passed
    show();
    addToLog("sessionchange", reasonInWords(reason), at, code);
    if (!session) sessions.hide();
    else if (reason !== "refresh") {
      void sessions.refresh();
      void showUser();
    }
  });
  authFetch.addEventListener("refresherror", ({ detail: { code, retryAt } }) => {
    addToLog("refresherror", `a refresh failed; next try at ${clock(retryAt)}`, new Date(), code);
  });

  byId("code-storage").textContent = storage;
  const here = new URL(location.href);
  here.searchParams.set("storage", storage);
  history.replaceState(null, "", here);
  byId("peer-link").href = here.href;
  peer.load();
  card.status("Starting …");
  return attempt(async () => {
    try {
      const session = await authFetch.ready;
      card.show(session, network.isSpoiling);
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
on("expire", () => network.expire());
on("storm", () => {
  network.expire();
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

const signIn = (credentials) => {
  begin("Signing in");
  return authFetch.login(credentials);
};
/** @param {string} email of a user that every demo has */
const signInByName = async (email) => {
  try {
    await signIn({ email, password });
  } catch (error) {
    if (/** @type {any} */ (error).code !== "invalid_credentials") throw error;
    throw new Error(`This server has no ${email} with the password ${password}. It has where it runs with --demo.`);
  }
};
onSubmit("sign-in", ({ email, password }) => signIn({ email, password }));
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
byId("slow").addEventListener("change", ({ target }) => (network.delay = target.checked ? SLOW : 0));

byId("network").addEventListener("change", ({ target: { checked } }) => {
  begin(checked ? "Online again" : "Offline");
  network.online = checked;
});
on("sleep", () => sleep(Math.max(NAP * MINUTE, card.left + MINUTE)));
onWake((ms) => {
  // To the server it has expired, too; unless another tab was faster, and there is a new one already.
  if (card.left < 0) network.expire();
  void attempt(() => fire(`Awake after ${plural(Math.round(ms / MINUTE), "minute")}`, 3));
});
on("switch", () => peer.ask({ signIn: somebodyElse(card.email) }));
for (const [index, id] of ["as-first", "as-second"].entries()) {
  on(id, () => {
    byId("email").value = users[index].email;
    byId("password").value = password;
  });
}

const choices = [...byId("storage").querySelectorAll("input")];
const wanted = new URL(location.href).searchParams.get("storage");
const chosen = choices.find(({ value }) => value === wanted) ?? choices[0];
chosen.checked = true;
byId("storage").addEventListener("change", ({ target }) => {
  begin(`Token kept in ${target.value}`, false);
  void connect(target.value);
});
document.documentElement.classList.toggle("second", isPeer);
begin("Opening the page", false);
const opened = connect(chosen.value);
if (isPeer) {
  await opened;
  attend(({ signIn: { email } }) => attempt(() => signInByName(email)));
}
