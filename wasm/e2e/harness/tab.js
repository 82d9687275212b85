// @ts-check
// The inside of a tab: the same things in another realm. In a frame the page around
// it uses them, in a real tab what is handed to RealTab.run.

import * as watch from "./watch.js"; // before anything that it watches
import { clock } from "./clock.js";
import { createAuthFetch } from "../../../authfetch.js";

const { promise, resolve } = Promise.withResolvers();

const tab = {
  create: createAuthFetch,
  clock,
  watch,
  /** Which document this is: another one after a reload, the same one from the back/forward cache. */
  id: crypto.randomUUID(),
  /** Whether the page came from the back/forward cache when it was shown last. */
  persisted: false,
  /** Settles when the page has been loaded. */
  loaded: promise,
};
addEventListener("pageshow", ({ persisted }) => {
  tab.persisted = persisted;
  resolve(undefined);
});
/** @type {any} */ (globalThis).tab = tab;
if (parent !== window) parent.postMessage("ready", location.origin);
