// @ts-check
// Watches the page for what must never be seen there, whatever a spec looks at: what
// nobody has caught, errors in the console, and tokens in places where others read.
// It comes before everything else, so that nothing goes by unseen.

/** What nobody has caught. @type {string[]} */
export const uncaught = [];
/** What the console shows, for a browser whose driver cannot tell. @type {Array<{ level: string, text: string }>} */
export const lines = [];
/** What others can read: where, and the text. @type {Array<{ where: string, text: string }>} */
const told = [];

/** @param {unknown} value @returns {string} */
export const text = (value) => {
  try {
    if (value instanceof Error) return `${value.name}: ${value.message} ${value.stack ?? ""} ${value.cause === undefined ? "" : text(value.cause)}`;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  } catch {
    return "something that cannot even be shown";
  }
};

/** @param {string} where @param {unknown} what */
export const tell = (where, what) => told.push({ where, text: text(what) });

/**
 * The places where a token was told, of these tokens or of any that looks like one.
 * @param {string[]} tokens @returns {string[]}
 */
export const leaks = (tokens) =>
  // A JWT's header starts with {" in base64url.
  told.filter((seen) => /eyJ/.test(seen.text) || tokens.some((token) => seen.text.includes(token))).map(({ where }) => where);

/** The keys under which a page may keep its token in localStorage. */
export const tokenKeys = new Set(["access_token"]);

addEventListener("error", (event) => {
  uncaught.push(`uncaught: ${event.message}`);
  tell("an uncaught error", event.error ?? event.message);
});
addEventListener("unhandledrejection", (event) => {
  uncaught.push(`unhandled rejection: ${text(event.reason)}`);
  tell("an unhandled rejection", event.reason);
});
addEventListener("securitypolicyviolation", (event) => {
  uncaught.push(`refused by the Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`);
});

for (const level of /** @type {const} */ (["debug", "log", "info", "warn", "error"])) {
  const original = console[level];
  console[level] = (...args) => {
    const line = args.map(text).join(" ");
    lines.push({ level, text: line });
    tell(`console.${level}`, line);
    original.apply(console, args);
  };
}

addEventListener("storage", ({ key, newValue }) => {
  if (!tokenKeys.has(key ?? "")) tell(`the storage event of ${key}`, `${key} ${newValue}`);
});

if (globalThis.BroadcastChannel) {
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (/** @type {unknown} */ message) {
    tell(`a message on the channel ${this.name}`, message);
    return postMessage.call(this, message);
  };
}
