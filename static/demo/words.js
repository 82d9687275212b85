// @ts-check
// What happened, in sentences.

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

/**
 * What a scene amounts to for somebody who called authFetch.
 *
 * @param {import("./scene.js").Scene} scene
 * @param {number} now
 * @returns {string}
 */
export const tell = (scene, now) => {
  if (scene.isOpen) return scene.calls.length ? `${plural(scene.calls.length, "call")} under way …` : "Under way …";
  const opening = scene.own.find(({ kind, bearer }) => kind !== "refresh" || !bearer);
  return [opening && tellOwn(opening), scene.calls.length ? tellCalls(scene, now, opening) : !opening && tellRefresh(scene)]
    .filter(Boolean)
    .join(" ");
};

const good = ({ status }) => status !== null && status < 300;

/** A request of authFetch that is not there for a call. */
const tellOwn = (own) => {
  const silent = own.status === null;
  switch (own.kind) {
    case "sign in":
      if (silent) return "The server did not answer, so nobody is signed in.";
      return good(own)
        ? "Signed in. The module has the access token; the refresh token is in a cookie that no script can read."
        : "Signing in was refused.";
    case "sign out":
      return good(own)
        ? "Signed out, here and on the server."
        : "Signed out in this page. The server could not be told, so the session lives on there until it is too old.";
    default:
      if (silent) return "The server did not answer. Nothing is lost: authFetch tries again by itself.";
      return good(own)
        ? "There was no access token, but there was a cookie: one refresh restored the session."
        : "There was no session to restore.";
  }
};

const tellRefresh = ({ own }) => {
  const last = own.at(-1);
  if (!last) return "";
  if (good(last)) return "The tokens were renewed: there is a new access token, and a new refresh cookie.";
  if (last.status === 401) return "The session is over.";
  const what = last.status === null ? "The refresh got no answer." : "The refresh failed for a reason that may pass.";
  return `${what} The session is kept, and authFetch tries again by itself.`;
};

const tellCalls = (scene, now, opening) => {
  const { calls, refused, refreshes, again, answered, failed, duration: ms } = scene.count(now);
  const one = calls === 1;
  const seen = `Your code saw ${one ? "a" : `${answered}\u00a0×`}\u00a0200`;
  const error = scene.calls.find((call) => call.error)?.error;
  if (error) return `${one ? "The call" : failed === calls ? `All ${calls} calls` : `${failed} of ${calls} calls`} got no answer. ${error}`;
  if (failed && scene.calls.every(({ sent }) => sent.every(({ bearer }) => !bearer))) {
    return `There is no session, so there was nothing to refresh: ${one ? "the call" : "each call"} got the API’s own 401.`;
  }
  if (failed) return `${one ? "The call" : `${failed} of ${calls} calls`} ended otherwise than with 200, and your code got the API’s own answer.`;
  if (!refused && opening) return `${one ? "The first call" : "Every call"} went out with the token.`;
  if (!refused && refreshes) return `The token was renewed first, while ${one ? "the call" : "the calls"} waited: none was refused. ${seen} after ${duration(ms)}.`;
  if (!refused) return `${one ? "The call" : `${calls} calls`} went out with the token. ${seen} after ${duration(ms)}.`;
  if (!refreshes) return `${plural(refused, "call was", "calls were")} refused, but a newer token had come meanwhile: sent again without a refresh. ${seen}.`;
  if (one) return `The call was refused with a 401. One refresh, and it was sent again. ${seen} after ${duration(ms)}, and no error.`;
  const who = `${refused === calls ? `All ${calls}` : `${refused} of ${calls}`} calls ${refused === 1 ? "was" : "were"} refused with a 401.`;
  const how = `${refreshes === 1 ? "One refresh" : `${refreshes} refreshes`} served ${refused === 1 ? "it" : "all of them"}`;
  return `${who} ${how}, and ${again === 1 ? "it was" : "each was"} sent again. ${seen} after ${duration(ms)}, and no error.`;
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
