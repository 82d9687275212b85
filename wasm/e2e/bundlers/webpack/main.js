import { createAuthFetch } from "authfetch";
import { journey } from "./harness/journey.js";

journey(createAuthFetch({ dpop: true }));
