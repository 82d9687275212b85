export { EmbeddedJWK, SignJWT, base64url, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from "jose";
