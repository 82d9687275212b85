// @ts-check
// The victim: a page with a session, and with the article's flaw. What else it does
// is what a page does: signs in, calls the API, signs out.

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** @param {unknown} what */
const stopped = (what) => {
  const line = byId("stopped");
  line.textContent = `Stopped: ${what}`;
  line.dataset.count = String(Number(line.dataset.count) + 1);
};
document.addEventListener("securitypolicyviolation", (event) => {
  stopped(`the page’s policy has no place for it (${event.effectiveDirective}).`);
});

/**
 * The flaw: the name is written into the page as it is, and so is the script in it.
 * @param {string} name
 */
const greet = (name) => {
  try {
    const range = document.createRange();
    range.selectNodeContents(document.body);
    byId("hello").replaceChildren(range.createContextualFragment(`Hello, ${name}!`));
  } catch (error) {
    stopped(/** @type {Error} */ (error).message);
  }
};

// Once from the link, before anything else runs, and again whenever somebody follows
// a link within the page: by then the session is there.
greet(new URLSearchParams(location.search).get("name") ?? "Demo User");
const greetAgain = () => {
  const name = /^#name=(.*)/.exec(location.hash)?.[1];
  if (name) greet(decodeURIComponent(name));
};

const { room, attacker, email, password } = await (await fetch("room.json")).json();
byId("room").textContent = `Room: ${room.title}`;
byId("email").value = email;
byId("password").value = password;

/** @param {string} state @param {string} [code] why, where the user did not want it */
const show = (state, code) => {
  const text = { in: "Signed in", out: "Signed out", thrown: `You have been signed out: ${code}` }[state] ?? state;
  byId("state").textContent = text;
  byId("state").dataset.state = state;
  byId("sign-in").hidden = state === "in";
  byId("inside").hidden = state !== "in";
  if (parent !== window) parent.postMessage({ room: room.id, state, code }, attacker);
};

const { open } = await import(`./app/${room.keeps}.js`);
/** @type {import("./app/app.d.ts").App} */
const app = await open(room, (/** @type {string} */ code) => show("thrown", code));
show(app.signedIn() ? "in" : "out");

byId("sign-in").addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const form = new FormData(byId("sign-in"));
  try {
    await app.signIn({ email: String(form.get("email")), password: String(form.get("password")) });
    show(app.signedIn() ? "in" : "out");
  } catch (error) {
    show("out");
    byId("state").textContent = `Not signed in: ${/** @type {any} */ (error).code ?? error}`;
  }
});
byId("sign-out").addEventListener("click", async () => {
  await app.signOut();
  show("out");
});
const load = async () => {
  const response = await app.call("api/users/me");
  const { name, email, code } = await response.json();
  const answer = byId("answer");
  answer.textContent = response.ok ? `The API says: ${name}, ${email}` : `The API says: ${response.status}, ${code}`;
  answer.dataset.count = String(Number(answer.dataset.count) + 1);
};
byId("load").addEventListener("click", load);

// In the lab's frame the user goes on working, and so finds out.
if (parent !== window) {
  setInterval(() => {
    if (app.signedIn()) load().catch(() => {}); // the next one tells
  }, 5000);
}

addEventListener("hashchange", greetAgain);
greetAgain();
