// @ts-check
// What the timeline shows before anything has happened: a scene like those to
// come. It is labelled as an example on the page.

import { Scene } from "./scene.js";

/** Twelve calls with an expired token. */
export const exampleScene = () => {
  const scene = new Scene("An example", 0, false);
  const refresh = scene.addOwn("refresh", 24, true);
  Object.assign(refresh, { end: 52, status: 200 });
  for (let index = 0; index < 12; index++) {
    const call = scene.addCall(index * 0.4);
    const refused = 14 + ((index * 7) % 12) + index * 0.6;
    const answered = 66 + ((index * 5) % 9) + index * 0.8;
    call.sent.push({ start: call.start + 1, end: refused, status: 401, bearer: true });
    call.sent.push({ start: Math.max(53, refused), end: answered, status: 200, bearer: true });
    Object.assign(call, { end: answered, status: 200 });
  }
  return scene;
};
