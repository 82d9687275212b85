// @ts-check
/**
 * What a scene amounts to, in sentences.
 *
 * @import { Own, Scene } from "./scene.js"
 */

import { duration, plural } from "./words.js";

/**
 * @param {Scene} scene
 * @param {number} now
 * @returns {string}
 */
export const tell = (scene, now) => {
  if (scene.isOpen) return scene.calls.length ? `${plural(scene.calls.length, "call")} under way …` : "Under way …";
  const opening = scene.own.find(({ kind, bearer }) => kind !== "refresh" || !bearer);
  const first = tellNews(scene) || (opening && tellOwn(opening, scene));
  return [first, scene.calls.length ? tellCalls(scene, now, first) : !first && tellRefresh(scene)].filter(Boolean).join(" ");
};

/** What another tab did, or the network. @param {Scene} scene */
const tellNews = (scene) => {
  if (scene.said("heard_login")) {
    const how = scene.own.some(good) ? "One refresh, and this one is signed in as whoever that is." : "The server did not say yet who that is.";
    return `Another tab signed in, so this one dropped the token that it had. ${how}`;
  }
  if (scene.said("heard_over")) return "Another tab signed out, and this one with it: no token is left, and no request was needed.";
  if (scene.said("logout_told") && !scene.said("signed_out")) return "The server has been told of the logout: the session is over there, too.";
  if (scene.said("adopted") && !scene.said("refresh")) return "Another tab renewed the token, and this one took it from the storage: no request was needed.";
  return "";
};

/** @param {Own} own */
const good = ({ status }) => status !== null && status < 300;

/** A request of authFetch that is not there for a call. @param {Own} own @param {Scene} scene */
const tellOwn = (own, scene) => {
  const silent = own.status === null;
  switch (own.kind) {
    case "sign in":
      if (silent) return "The server did not answer, so nobody is signed in.";
      return good(own)
        ? "Signed in. The module has the access token; the refresh token is in a cookie that no script can read."
        : "Signing in was refused.";
    case "sign out":
      if (good(own)) return "Signed out, here and on the server.";
      return scene.said("logout_told")
        ? "Signed out in this page. The server knows of it, and has no session to end."
        : "Signed out in this page, at once. The server could not be told; authFetch tells it as soon as it can.";
    default:
      if (silent) return "The server did not answer. Nothing is lost: authFetch tries again by itself.";
      return good(own)
        ? "There was no access token, but there was a cookie: one refresh restored the session."
        : "There was no session to restore.";
  }
};

/** @param {Scene} scene */
const tellRefresh = ({ own }) => {
  const last = own.at(-1);
  if (!last) return "";
  if (good(last)) return "The tokens were renewed: there is a new access token, and a new refresh cookie.";
  if (last.status === 401) return "The session is over.";
  const what = last.status === null ? "The refresh got no answer." : "The refresh failed for a reason that may pass.";
  return `${what} The session is kept, and authFetch tries again by itself.`;
};

/** @param {Scene} scene @param {number} now @param {string | undefined} first the sentence before */
const tellCalls = (scene, now, first) => {
  const { calls, refused, refreshes, again, answered, failed, duration: ms } = scene.count(now);
  const one = calls === 1;
  const seen = `Your code saw ${one ? "a" : `${answered}\u00a0×`}\u00a0200`;
  const silent = scene.said("failed");
  if (silent) {
    const who = one ? "The call" : silent === calls ? `All ${calls} calls` : `${silent} of ${calls} calls`;
    return `${who} got no answer, which your code learned as from fetch: by a TypeError. Whoever was signed in still is.`;
  }
  if (failed && scene.calls.every(({ sent }) => sent.every(({ bearer }) => !bearer))) {
    return `There is no session, so there was nothing to refresh: ${one ? "the call" : "each call"} got the API’s own 401.`;
  }
  if (failed) return `${one ? "The call" : `${failed} of ${calls} calls`} ended otherwise than with 200, and your code got the API’s own answer.`;
  if (!refused && first) return `${one ? "The first call" : "Every call"} went out with the token.`;
  if (!refused && scene.said("waits")) {
    const how = scene.said("refresh_needless") ? "Another tab renewed the token first" : "The token was renewed first";
    return `${how}, while ${one ? "the call" : "the calls"} waited: none was refused. ${seen} after ${duration(ms)}.`;
  }
  if (!refused) return `${one ? "The call" : `${calls} calls`} went out with the token. ${seen} after ${duration(ms)}.`;
  if (!refreshes) {
    const how = scene.said("refresh_needless") || scene.said("adopted") ? "another tab had renewed the token" : "a newer token had come";
    return `${plural(refused, "call was", "calls were")} refused, but ${how} meanwhile: sent again without a refresh. ${seen}.`;
  }
  if (one) return `The call was refused with a 401. One refresh, and it was sent again. ${seen} after ${duration(ms)}, and no error.`;
  const who = `${refused === calls ? `All ${calls}` : `${refused} of ${calls}`} calls ${refused === 1 ? "was" : "were"} refused with a 401.`;
  const how = `${refreshes === 1 ? "One refresh" : `${refreshes} refreshes`} served ${refused === 1 ? "it" : "all of them"}`;
  return `${who} ${how}, and ${again === 1 ? "it was" : "each was"} sent again. ${seen} after ${duration(ms)}, and no error.`;
};
