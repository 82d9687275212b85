// @ts-check
// Measures one subject after the other, and tells the program that has opened the
// page what it has found.

import { measureCrowd } from "./crowd.js";
import { measureInside } from "./inside.js";
import { measureLoopback } from "./loopback.js";
import { measureStart } from "./start.js";
import { plane } from "./plane.js";

try {
  await plane.say("starts of the module and of the bare program");
  const start = await measureStart();
  await plane.say("calls with fetch stubbed");
  const inside = await measureInside();
  await plane.say("calls to the API");
  const loopback = await measureLoopback();
  await plane.say("1,000 calls with an expired token");
  await plane.found({ start, inside, loopback, ...(await measureCrowd()) });
} catch (error) {
  await plane.found({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
}
