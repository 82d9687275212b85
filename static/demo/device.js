// @ts-check
// A name for a device, from what its browser calls itself: a guess from a few
// well-known words, since the header may say anything. It decides nothing.

// Most browsers name others, too: the first match counts.
const browsers = {
  "Edg/": "Edge",
  "OPR/": "Opera",
  "SamsungBrowser/": "Samsung Internet",
  "Firefox/": "Firefox",
  "FxiOS/": "Firefox",
  "CriOS/": "Chrome",
  "Chrome/": "Chrome",
  "Safari/": "Safari",
};
const systems = {
  "iPhone": "iPhone",
  "iPad": "iPad",
  "Android": "Android",
  "Windows": "Windows",
  "Macintosh": "macOS",
  "CrOS": "ChromeOS",
  "Linux": "Linux",
};

/** @param {string} userAgent @param {Record<string, string>} names */
const first = (userAgent, names) => Object.entries(names).find(([word]) => userAgent.includes(word))?.[1];

const LONGEST = 60; // characters of a name that we do not know

/** @param {string} userAgent the header, whole */
export const deviceName = (userAgent) => {
  const [browser, system] = [first(userAgent, browsers), first(userAgent, systems)];
  if (browser && system) return `${browser} on ${system}`;
  const name = userAgent.length > LONGEST ? `${userAgent.slice(0, LONGEST)}…` : userAgent;
  return name || "A device without a name";
};
