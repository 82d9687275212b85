// @ts-check

import { createAuthFetch } from "../../../authfetch.js";
import { timed } from "./turns.js";

const taken = timed(() => createAuthFetch().ready);
parent.postMessage(await taken.catch(String), location.origin);
