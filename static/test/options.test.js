// Wrong options throw at once, and the message names them. Right ones do not.
import assert from "node:assert/strict";
import test from "node:test";

import { createAuthFetch } from "../authfetch.js";

const wrong = [
  ["null", null, "authFetch: options must be an object"],
  ["a list", [], "authFetch: options must be an object"],
  ["a string", "https://api.example.com", "authFetch: options must be an object"],
  ["an unknown one", { baseUrl: "https://api.example.com" }, 'authFetch: unknown option "baseUrl"'],
  ["a member of every object", { constructor: Object }, 'authFetch: unknown option "constructor"'],
  ["an unknown path", { paths: { signin: "/" } }, 'authFetch: unknown option "paths.signin"'],
  ["paths: no object", { paths: "/auth" }, 'authFetch: option "paths" must be an object'],
  ["paths.login: empty", { paths: { login: "" } }, 'authFetch: option "paths.login" must be a path or a URL'],
  ["paths.sessions: empty", { paths: { sessions: "" } }, 'authFetch: option "paths.sessions" must be a path or a URL'],
  ["paths.refresh: no URL", { paths: { refresh: "https://" } }, 'authFetch: option "paths.refresh" must be a path or a URL'],
  ["fields: null", { fields: null }, 'authFetch: option "fields" must be an object'],
  ["fields.expiresIn", { fields: { expiresIn: 300 } }, 'authFetch: option "fields.expiresIn" must be a string that is not empty'],
  ["sessionOver: a number", { sessionOver: 403 }, 'authFetch: option "sessionOver" must be an array of statuses from 400 to 499'],
  ["sessionOver: no trouble", { sessionOver: [200] }, 'authFetch: option "sessionOver" must be an array of statuses from 400 to 499'],
  ["sessionOver: passing trouble", { sessionOver: [403, 500] }, 'authFetch: option "sessionOver" must be an array of statuses from 400 to 499'],
  ["sessionOver: text", { sessionOver: ["403"] }, 'authFetch: option "sessionOver" must be an array of statuses from 400 to 499'],
  ["baseURL: no URL", { baseURL: "https://" }, 'authFetch: option "baseURL" must be an http or https URL'],
  ["baseURL: other scheme", { baseURL: "ftp://example.com" }, 'authFetch: option "baseURL" must be an http or https URL'],
  ["baseURL: empty", { baseURL: "" }, 'authFetch: option "baseURL" must be an http or https URL'],
  ["baseURL: a number", { baseURL: 8080 }, 'authFetch: option "baseURL" must be an http or https URL'],
  ["storage", { storage: "cookie" }, 'authFetch: option "storage" must be one of "memory", "sessionStorage", "localStorage"'],
  ["storageKey", { storageKey: 1 }, 'authFetch: option "storageKey" must be a string that is not empty'],
  ["allowedOrigins: a string", { allowedOrigins: "https://a.example" }, 'authFetch: option "allowedOrigins" must be an array of origins such as "https://api.example.com"'],
  ["allowedOrigins: a path", { allowedOrigins: ["https://a.example/x"] }, 'authFetch: option "allowedOrigins" must be an array of origins such as "https://api.example.com"'],
  ["allowedOrigins: all", { allowedOrigins: ["*"] }, 'authFetch: option "allowedOrigins" must be an array of origins such as "https://api.example.com"'],
  ["refreshMargin: text", { refreshMargin: "30s" }, 'authFetch: option "refreshMargin" must be a number of milliseconds, from zero to a year'],
  ["refreshMargin: negative", { refreshMargin: -1 }, 'authFetch: option "refreshMargin" must be a number of milliseconds, from zero to a year'],
  ["refreshMargin: no number", { refreshMargin: NaN }, 'authFetch: option "refreshMargin" must be a number of milliseconds, from zero to a year'],
  ["refreshMargin: endless", { refreshMargin: Infinity }, 'authFetch: option "refreshMargin" must be a number of milliseconds, from zero to a year'],
  ["refreshTimeout: zero", { refreshTimeout: 0 }, 'authFetch: option "refreshTimeout" must be a number of milliseconds, more than zero, a year at most'],
  ["refreshTimeout: seconds since 1970", { refreshTimeout: 1.8e12 }, 'authFetch: option "refreshTimeout" must be a number of milliseconds, more than zero, a year at most'],
  ["restore", { restore: true }, 'authFetch: option "restore" must be one of "eager", "lazy"'],
  ["fetch", { fetch: {} }, 'authFetch: option "fetch" must be a function'],
  ["exposeToken", { exposeToken: 1 }, 'authFetch: option "exposeToken" must be true or false'],
  ["dpop", { dpop: "required" }, 'authFetch: option "dpop" must be true or false'],
  ["wasmURL", { wasmURL: "data:application/wasm," }, 'authFetch: option "wasmURL" must be an http or https URL'],
];
for (const [name, options, message] of wrong) {
  test(`wrong: ${name}`, () => assert.throws(() => createAuthFetch(options), { name: "TypeError", message }));
}

const right = {
  "none": undefined,
  "nothing set": {},
  "undefined is absent": { baseURL: undefined, paths: undefined, fields: { accessToken: undefined }, fetch: undefined },
  "all": {
    baseURL: new URL("https://api.example.com/v1/"),
    paths: { login: "/in", refresh: "GET /again", logout: "POST https://api.example.com/out", sessions: "/sessions" },
    fields: { accessToken: "data.token", expiresIn: "data.seconds", code: "error" },
    sessionOver: [400, 403],
    storage: "sessionStorage",
    storageKey: "token",
    allowedOrigins: ["https://files.example.com", "http://localhost:9000"],
    refreshMargin: 0,
    refreshTimeout: 1.5,
    restore: "lazy",
    fetch: globalThis.fetch,
    exposeToken: true,
    dpop: true,
    wasmURL: "/assets/authfetch.wasm",
  },
};
for (const [name, options] of Object.entries(right)) {
  test(`right: ${name}`, () => assert.equal(typeof createAuthFetch(options), "function"));
}

const wrongScopes = [
  ["unknown", { scope: "this" }, 'authFetch: option "scope" must be one of "others", "all"'],
  ["null", { scope: null }, 'authFetch: option "scope" must be one of "others", "all"'],
  ["no object", "all", "authFetch: options must be an object"],
  ["another option", { scopes: "all" }, 'authFetch: unknown option "scopes"'],
];
for (const [name, options, message] of wrongScopes) {
  test(`logout rejects a wrong scope: ${name}`, () =>
    assert.rejects(createAuthFetch().logout(options), { name: "TypeError", message }));
}

test("getToken is there only on request", () => {
  assert.equal("getToken" in createAuthFetch(), false);
  assert.equal(typeof createAuthFetch({ exposeToken: true }).getToken, "function");
});
