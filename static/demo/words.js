// @ts-check
// Times, reasons and errors, in words.

/** @param {number} count @param {string} one @param {string} [many] */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {number} ms */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** @param {import("./scene.js").Sent} sent */
export const statusInWords = ({ status, end }) => (end === null ? "" : String(status ?? "no answer"));

/** @param {Date} date */
export const clock = (date) => date.toLocaleTimeString([], { timeStyle: "medium", hourCycle: "h23" });

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** How long ago something was, in the largest unit that fits. @param {Date} date @param {Date} now */
export const ago = (date, now) => {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "just now"; // clocks differ a little: also where it is ahead
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 24 * 60) return relative.format(-Math.floor(minutes / 60), "hour");
  return relative.format(-Math.floor(minutes / (24 * 60)), "day");
};

/** @type {Record<string, string>} */
const reasons = {
  login: "signed in",
  restore: "restored from an earlier visit",
  refresh: "tokens renewed",
  logout: "signed out",
  expired: "the session is over",
  revoked: "the session was ended on the server",
  account_switched: "another tab signed in as someone else",
};

/** @param {string} reason of a sessionchange */
export const reasonInWords = (reason) => reasons[reason] ?? reason;

/** @type {Record<string, string>} */
const codes = {
  invalid_credentials: "Email or password is wrong.",
  invalid_request: "The server did not understand that: is something missing?",
  session_over: "There is no session. Sign in first.",
  refresh_failed: "The server’s answer cannot be read. Try again soon.",
  refresh_reused: "A refresh token that had been replaced was used again. The server ended the session, since one of the two users of it may be a thief.",
  session_revoked: "The session was ended on the server.",
  session_expired: "The session is too old. Sign in again.",
  session_unknown: "The server does not know this session. Sign in again.",
  wrong_password: "That is not the password until now. Nothing has changed.",
  registration_closed: "This server takes no registrations. Whoever runs it can start it with --registration.",
  email_taken: "There is an account with this email already. Sign in instead.",
  not_found: "That session has ended already.",
  csrf_rejected: "The server takes no requests from this origin.",
  temporarily_unavailable: "The server cannot do this at the moment. Nothing is lost; try again soon.",
  module_stopped: "The module stopped. The next call starts it again.",
};

/** @param {unknown} error @returns {string} */
export const errorInWords = (error) => {
  const { code, message, retryAfter, cause, detail } = /** @type {any} */ (error);
  if (code === "throttled") return `Too many attempts. ${retryAfter ? `Try again in ${plural(Math.ceil(retryAfter), "second")}.` : "Try again later."}`;
  if ((cause ?? error) instanceof TypeError) return "The server cannot be reached. Is it running?";
  if (code === "invalid_request" && detail) return `${detail[0].toUpperCase()}${detail.slice(1)}.`;
  if (codes[code]) return codes[code];
  return message || String(error);
};
