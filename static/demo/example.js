// @ts-check
// What the timeline shows before anything has happened: a scene like those to
// come. It is labelled as an example on the page.

import { Ledger } from "./ledger.js";
import { Scene } from "./scene.js";

/** What authFetch would have said, word for word. @type {Record<string, string>} */
const texts = {
  sent: "with the access token",
  refused_waits: "401 with the newest token: waits for a refresh",
  refresh: "begins; every call that needs a token waits for this one",
  refresh_sends: "with the refresh cookie",
  refreshed: "a new access token is there",
  answered: "the API's answer goes to the caller",
};

/** Twelve calls with an expired token. */
export const exampleScene = () => {
  const scene = new Scene("An example", 0, false);
  const ledger = new Ledger(() => scene);
  /** @type {[time: number, call: number, code: string][]} */
  const events = [[22, 0, "refresh"], [24, 0, "refresh_sends"], [52, 0, "refreshed"]];
  for (let index = 0; index < 12; index++) {
    const refused = 14 + ((index * 7) % 12) + index * 0.6;
    const answered = 66 + ((index * 5) % 9) + index * 0.8;
    events.push([index * 0.4, index + 1, "sent"], [refused, index + 1, "refused_waits"]);
    events.push([Math.max(53, refused), index + 1, "sent"], [answered, index + 1, "answered"]);
  }
  for (const [time, call, code] of events.sort(([a], [b]) => a - b)) {
    const request = call ? "GET https://example.com/api/users/me" : "";
    ledger.note({ code, text: texts[code], detail: code === "answered" ? "200" : "", call, request }, time);
  }
  Object.assign(scene.addOwn("refresh", 24, true), { end: 52, status: 200 });
  return scene;
};
