import { createAuthFetch } from "authfetch";
import wasmURL from "authfetch/dist/authfetch.wasm";
import { journey } from "./harness/journey.js";

const authFetch = createAuthFetch({ wasmURL: new URL(wasmURL, import.meta.url) });
journey(authFetch);
