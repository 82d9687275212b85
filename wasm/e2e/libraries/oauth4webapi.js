export { DPoP, WWWAuthenticateChallengeError, allowInsecureRequests, isDPoPNonceError, protectedResourceRequest } from "oauth4webapi";
