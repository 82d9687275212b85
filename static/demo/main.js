// @ts-check
import { createAuthFetch } from "../authfetch.js";

createAuthFetch();
