// @ts-check
// The inside of a tab: the same things in another realm.

import { clock } from "./clock.js";
import { createAuthFetch } from "../../../authfetch.js";

/** @type {any} */ (globalThis).tab = { create: createAuthFetch, clock };
parent.postMessage("ready", location.origin);
