// @ts-check
// What an attack has brought, in a word or two, and how long that is good for.

/** @type {Record<string, string>} */
const took = {
  password: "the password",
  refresh: "both tokens",
  access: "an access token",
  proofs: "signed calls",
  useless: "a useless token",
  acts: "acts in the page",
};

/** @param {import("./state.js").Attack} attack @param {boolean} strict */
export const tookWords = ({ takes, done }, strict) => {
  if (takes.length) return takes.map((taken) => took[taken]).join(", ");
  if (strict) return "stopped";
  return done ? "nothing" : "…";
};

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * How it goes from another machine.
 * @param {import("./state.js").Loot} loot @param {import("./state.js").Trial} trial
 */
export const trialWords = ({ kind, expires }, trial) => {
  const times = trial.accepted === 1 ? "once" : `${trial.accepted} times`;
  if (trial.refused) {
    const why = `refused: ${trial.status} ${trial.code}`;
    return trial.accepted ? `worked ${times}, then ${why}` : why;
  }
  if (!trial.accepted) return "…";
  if (trial.how.startsWith("with a proof")) return `worked ${times}${trial.over ? ", and no proof is left" : " so far"}`;
  if (kind === "access token" && expires && !trial.over) {
    const left = (Date.parse(expires) - Date.now()) / 1000;
    return `works for ${clock(Math.max(0, left))} more`;
  }
  if (kind === "refresh token") return `refreshed ${times}, and goes on`;
  if (kind === "password") return "works, until it is changed";
  return `worked ${times}`;
};
