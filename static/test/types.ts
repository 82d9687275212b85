// Checked by tsc and never run: what authfetch.d.ts promises, and, in the lines
// after @ts-expect-error, what it must refuse.
import { AuthFetchError, createAuthFetch } from "../authfetch.js";
import type { AuthFetch, AuthFetchOptions, Session } from "../authfetch.js";
import type {} from "../global.d.ts";
import { bind, heed, prove } from "../dpop.js";
import { createXMLHttpRequest } from "../xhr.js";

// Without options and with all of them.
const authFetch: AuthFetch = createAuthFetch();
const everything: Required<AuthFetchOptions> = {
  baseURL: new URL("https://api.example.com"),
  paths: { login: "/in", refresh: "/again", logout: "/out", sessions: "/sessions" },
  fields: { accessToken: "data.token", expiresIn: "data.seconds", code: "error" },
  sessionOver: [400, 403],
  storage: "localStorage",
  storageKey: "token",
  allowedOrigins: ["https://files.example.com"],
  refreshMargin: 30_000,
  refreshTimeout: 15_000,
  restore: "lazy",
  fetch: globalThis.fetch,
  exposeToken: true,
  dpop: true,
  wasmURL: "/assets/authfetch.wasm",
};
createAuthFetch(everything);
createAuthFetch({ baseURL: undefined });
// @ts-expect-error: it is baseURL
createAuthFetch({ baseUrl: "https://api.example.com" });
// @ts-expect-error: no such storage
createAuthFetch({ storage: "cookie" });
// @ts-expect-error: milliseconds are a number
createAuthFetch({ refreshMargin: "30s" });
// @ts-expect-error: a list
createAuthFetch({ sessionOver: 403 });
// @ts-expect-error: no such path
createAuthFetch({ paths: { signin: "/in" } });
// @ts-expect-error: a list
createAuthFetch({ allowedOrigins: "https://files.example.com" });

// It goes wherever a fetch goes.
const native: typeof fetch = authFetch;
const client = (options: { fetch: (request: Request) => Promise<Response> }) => options;
client({ fetch: authFetch });
native("/api/users/me");
const response: Response = await authFetch(new URL("https://api.example.com"), { method: "POST", body: "x" });
response.headers.get("Content-Type");
// @ts-expect-error: fetch has no such method
authFetch.get("/api/users/me");

// The session.
const session: Session | null = await authFetch.ready;
if (session) {
  const expiry: Date | null = session.expiresAt;
  const subject: string | undefined = session.claims.sub;
  const own: unknown = session.claims["role"];
  void [expiry, subject, own];
  // @ts-expect-error: some servers do not tell
  session.expiresAt.getTime();
  // @ts-expect-error: read only
  session.expiresAt = new Date();
}
// @ts-expect-error: there may be none
authFetch.session.claims;
// @ts-expect-error: read only
authFetch.session = null;

// Methods.
const signedIn: Session = await authFetch.login({ email: "user@example.com", password: "secret" });
const refreshed: Session = await authFetch.refresh();
const { revoked }: { revoked: boolean } = await authFetch.logout();
void [signedIn, refreshed, revoked];
await authFetch.logout({ scope: "others" });
await authFetch.logout({ scope: "all" });
await authFetch.logout({ scope: undefined });
// @ts-expect-error: no such scope
await authFetch.logout({ scope: "this" });
// @ts-expect-error: the event of a button says nothing of a scope
document.addEventListener("click", authFetch.logout);
// @ts-expect-error: credentials are an object
await authFetch.login("user@example.com", "secret");
const token: string | null = await createAuthFetch({ exposeToken: true }).getToken();
void token;
// @ts-expect-error: only with exposeToken
authFetch.getToken();
// @ts-expect-error: only with exposeToken
createAuthFetch({ exposeToken: false }).getToken();

// For XMLHttpRequest.
globalThis.XMLHttpRequest = createXMLHttpRequest(createAuthFetch({ exposeToken: true }));
const request: XMLHttpRequest = new (createXMLHttpRequest(globalThis.authFetch.create({ exposeToken: true }), { origins: ["https://files.example.com"] }))();
request.open("GET", "/api/users/me");
// @ts-expect-error: it needs the token
createXMLHttpRequest(authFetch);
// @ts-expect-error: a list
createXMLHttpRequest(createAuthFetch({ exposeToken: true }), { origins: "https://files.example.com" });

// Bound tokens.
const bound: typeof fetch = bind(fetch, "https://api.example.com/api/auth/refresh");
const proof: string = await prove("https://api.example.com/api/auth/refresh", "GET", "/api/users/me", "DPoP token");
heed("https://api.example.com", response.headers.get("DPoP-Nonce"));
void [bound, proof];
// @ts-expect-error: the loader finds it itself
createAuthFetch({ dpop: bind });

// In the place of fetch.
const uninstall: () => void = authFetch.install();
uninstall();
// @ts-expect-error: the options are those of the instance
authFetch.install({ baseURL: "/" });

// Events.
authFetch.addEventListener("sessionchange", (event) => {
  const after: Session | null = event.detail.session;
  const code: string | null = event.detail.code;
  if (event.detail.reason === "account_switched") void [after, code];
  // @ts-expect-error: that belongs to the other event
  event.detail.retryAt;
});
authFetch.addEventListener("refresherror", { handleEvent: ({ detail }) => detail.retryAt.getTime() }, { once: true });
authFetch.addEventListener("application", (event: Event) => event.type);
authFetch.removeEventListener("sessionchange", null);
const sent: boolean = authFetch.dispatchEvent(new Event("application"));
void sent;

// Errors. The codes are known to an editor, and the list stays open.
try {
  await authFetch("/api/users/me");
} catch (error) {
  if (error instanceof AuthFetchError) {
    if (error.code === "module_failed" || error.code === "a_code_of_another_server") throw error.cause;
    const wait: number = error.retryAfter ?? 0;
    const name: "AuthFetchError" = error.name;
    void [wait, name, error.reason?.length];
    // @ts-expect-error: a string
    error.code.status;
  }
}
const error: Error = new AuthFetchError("throttled", "later", { retryAfter: 30, cause: null });
void error;

// Without the loader.
const other: AuthFetch = globalThis.authFetch.create({ storage: "sessionStorage" });
globalThis.authFetch.create({ exposeToken: true, dpop: bind }).getToken();
void other;
// @ts-expect-error: the module fetches nothing
globalThis.authFetch.create({ dpop: true });
// @ts-expect-error: the page has loaded the module already
globalThis.authFetch.create({ wasmURL: "/authfetch.wasm" });
