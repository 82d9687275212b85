// @ts-check
// What happened, in sentences.

/** @param {number} count @param {string} one @param {string} [many] */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {number} ms */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** @param {Date} date */
export const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/**
 * What a scene amounts to for somebody who called authFetch.
 *
 * @param {import("./scene.js").Scene} scene
 * @param {number} now
 * @returns {string}
 */
export const tell = (scene, now) => {
  const { calls, refused, refreshes, again, answered, failed, duration: ms } = scene.count(now);
  const seen = calls === 1 ? "Your code saw a 200" : `Your code saw ${answered} × 200`;
  if (scene.isOpen) return calls ? `${plural(calls, "call")} under way …` : "Under way …";
  if (!calls) return tellOwn(scene);
  if (scene.calls.some(({ error }) => error)) {
    const error = scene.calls.find((call) => call.error)?.error;
    return `${plural(failed, "call")} got no answer: ${error}`;
  }
  if (failed && !refreshes && scene.calls.every(({ sent }) => sent.every(({ bearer }) => !bearer))) {
    return `There is no session, so there was nothing to refresh: ${calls === 1 ? "the call" : "each call"} got the API's own 401.`;
  }
  if (failed) return `${failed} of ${plural(calls, "call")} ended without a 2xx. The refresh did not help; the API's own answer is what your code gets.`;
  if (!refused && !refreshes) return `${plural(calls, "call")} went out with the token. ${seen} after ${duration(ms)}.`;
  if (!refused) return `The token was renewed first, while ${calls === 1 ? "the call" : "the calls"} waited, so that none was refused. ${seen} after ${duration(ms)}.`;
  if (!refreshes) return `${plural(refused, "call was", "calls were")} refused, but a newer token had arrived meanwhile: sent again, without a refresh. ${seen}.`;
  const all = calls === 1 ? "The call was refused with a 401." : `${refused === calls ? `All ${calls}` : `${refused} of ${calls}`} calls were refused with a 401.`;
  const one = refreshes === 1 ? "One refresh" : `${refreshes} refreshes`;
  const each = again === 1 ? "and it was sent again" : `served all of them, and each was sent again`;
  return `${all} ${one} ${calls === 1 ? "followed," : ""} ${each}. ${seen} after ${duration(ms)}, and no error.`.replace("  ", " ");
};

const ownSentences = {
  "sign in": ["Signed in. The access token is with the module; the refresh token is in a cookie that no script can read.", "Signing in was refused."],
  "sign out": ["Signed out, here and on the server.", "Signed out here; the server could not be told yet."],
  "refresh": ["The tokens were renewed: a new access token, and a new refresh cookie.", "There was no session to restore, or it is over."],
};

const tellOwn = (scene) => {
  const last = scene.own.at(-1);
  if (!last) return "";
  const [good, bad] = ownSentences[last.kind];
  if (last.status === null) return "The server did not answer. authFetch keeps the session and tries again later.";
  return last.status < 300 ? good : bad;
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
  refresh_failed: "The refresh failed for a reason that may pass. The session is kept.",
  refresh_reused: "A refresh token that had been replaced was used again. The server ended the session, since one of the two users of it may be a thief.",
  session_revoked: "The session was ended on the server.",
  session_expired: "The session is too old. Sign in again.",
  session_unknown: "The server does not know this session. Sign in again.",
  csrf_rejected: "The server takes no requests from this origin.",
  temporarily_unavailable: "The server cannot do this at the moment. Nothing is lost; try again soon.",
  module_stopped: "The module stopped. The next call starts it again.",
};

/** @param {unknown} error @returns {string} */
export const errorInWords = (error) => {
  const { code, message, retryAfter } = /** @type {any} */ (error);
  if (code === "throttled") return `Too many attempts. ${retryAfter ? `Try again in ${plural(retryAfter, "second")}.` : "Try again later."}`;
  if (codes[code]) return codes[code];
  if (error instanceof TypeError) return "The server cannot be reached. Is it running?";
  return message || String(error);
};
