// @ts-check
// Watches the page for what must never be seen there, whatever a spec looks at: what
// nobody has caught, errors in the console, and tokens in places where others read.
// It comes before everything else, so that nothing goes by unseen.

/**
 * @typedef {object} Seen
 * @property {string[]} uncaught what nobody has caught
 * @property {Array<{ level: string, text: string }>} lines what the console shows, for a browser whose driver cannot tell
 * @property {Array<{ where: string, text: string }>} told what others can read
 */

const KEY = Symbol.for("what the harness has seen");
/** A frame adds to what its page has seen, and may go. @type {Seen} */
const seen = /** @type {any} */ (parent)[KEY] ?? { uncaught: [], lines: [], told: [] };
/** @type {any} */ (globalThis)[KEY] = seen;
export const { uncaught, lines, told } = seen;

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
  lines.push({ level: "error", text: `uncaught: ${event.message}` });
  tell("an uncaught error", event.error ?? event.message);
});
addEventListener("unhandledrejection", (event) => {
  uncaught.push(`unhandled rejection: ${text(event.reason)}`);
  lines.push({ level: "error", text: `unhandled rejection: ${text(event.reason)}` });
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

const Channel = globalThis.BroadcastChannel;
if (Channel) {
  const { postMessage } = Channel.prototype;
  Channel.prototype.postMessage = function (/** @type {unknown} */ message) {
    tell(`a message on the channel ${this.name}`, message);
    return postMessage.call(this, message);
  };
}

/** Hears what others send on the channels that this page opens, as any script of the origin can. */
export function listen() {
  if (!Channel) return;
  const heard = new Set();
  globalThis.BroadcastChannel = class BroadcastChannel extends Channel {
    /** @param {string} name */
    constructor(name) {
      super(name);
      if (heard.has(name)) return;
      heard.add(name);
      new Channel(name).addEventListener("message", ({ data }) => tell(`a message on the channel ${name}`, data));
    }
  };
}
