/**
 * Makes a `fetch` with a session. Returns at once: the module behind it is
 * loaded meanwhile, once per page, and calls wait for it in their order.
 *
 * @throws {TypeError} that names the option, if one is unknown or of a wrong type.
 */
export function createAuthFetch(options: AuthFetchOptions & { exposeToken: true }): AuthFetchWithToken;
export function createAuthFetch(options?: AuthFetchOptions): AuthFetch;

/** Settings of an `authFetch`. Each may be left out. */
export interface AuthFetchOptions {
  /**
   * What relative URLs are resolved against, strings and `paths` alike.
   * Default: the page's own URL, as with `fetch`.
   */
  baseURL?: string | URL | undefined;
  /**
   * Where the endpoints are, relative to `baseURL`; with another method in front
   * where the backend wants one: `"POST /logout"`.
   */
  paths?: AuthFetchPaths | undefined;
  /** What the members of an answer are called; with dots where they lie deeper: `"data.token"`. */
  fields?: AuthFetchFields | undefined;
  /**
   * With which statuses from 400 to 499, beside 401, the refresh endpoint says that
   * there is no session (any more). Everything else is trouble that may pass.
   * Default: none.
   */
  sessionOver?: readonly number[] | undefined;
  /** Where the access token is kept. Default: `"memory"`. */
  storage?: TokenStorage | undefined;
  /** The key under which it is stored. Default: `"access_token"`. */
  storageKey?: string | undefined;
  /**
   * Further origins that may see the token, each as `https://host` or
   * `https://host:port`. Default: none but that of `baseURL`.
   */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * How long before its expiry a token is renewed, in milliseconds; honoured up
   * to half of the token's life; 0 means not before it has expired.
   * Default: 30,000, or a tenth of its life if that is less.
   */
  refreshMargin?: number | undefined;
  /**
   * How long a call waits for a refresh, in milliseconds, before it gets its own
   * 401. The refresh itself goes on. Default: 15,000.
   */
  refreshTimeout?: number | undefined;
  /**
   * When the session of an earlier visit is looked for: when the module starts,
   * or with the first call. Default: `"eager"`.
   */
  restore?: "eager" | "lazy" | undefined;
  /** The `fetch` that sends the requests. Default: the page's, as it is now. */
  fetch?: typeof fetch | undefined;
  /**
   * Adds `getToken()`. Leave it out unless something other than `fetch`, such as
   * a WebSocket, needs the token. Default: `false`.
   */
  exposeToken?: boolean | undefined;
  /**
   * Binds the tokens to a key that only this browser has (DPoP, RFC 9449), so that
   * they are worth nothing elsewhere: see `authfetch/dpop`, which the loader fetches
   * from beside itself. The server has to do its part; one that answers with a token
   * of another type is refused, with `not_bound`. Sessions from before are bound by
   * their next refresh.
   *
   * Whoever clears the browser's storage loses the key: the session then ends with
   * `dpop_key_mismatch`, and the user signs in again. Default: `false`.
   */
  dpop?: boolean | undefined;
  /**
   * Where `authfetch.wasm` is; `wasm_exec.js` must lie beside it.
   * Default: `dist/authfetch.wasm` beside this module.
   */
  wasmURL?: string | URL | undefined;
}

export interface AuthFetchPaths {
  /** POST signs in. Default: `"/api/auth"`. */
  login?: string | undefined;
  /** POST renews the tokens. Default: `"/api/auth/refresh"`. */
  refresh?: string | undefined;
  /** DELETE signs out. Default: `"/api/auth"`. */
  logout?: string | undefined;
  /**
   * DELETE, with the access token, ends the user's other sessions, and with
   * `?scope=all` all of them. Default: `"/api/auth/sessions"`.
   */
  sessions?: string | undefined;
}

export interface AuthFetchFields {
  /** Default: `"access_token"`, RFC 6749 section 5.1. */
  accessToken?: string | undefined;
  /**
   * A number of seconds; where it is none, the `exp` of a JWT is used.
   * Default: `"expires_in"`, RFC 6749 section 5.1.
   */
  expiresIn?: string | undefined;
  /** What went wrong, in a refusal. Default: `"code"`. */
  code?: string | undefined;
}

/**
 * - `memory`: script cannot read it; a reload restores the session through the refresh cookie.
 * - `sessionStorage`: survives a reload of this tab; script in the page can read it.
 * - `localStorage`: survives a reload, and a new tab finds it; script in the page can read it.
 */
export type TokenStorage = "memory" | "sessionStorage" | "localStorage";

/**
 * The page's `fetch` with a session: call it like `fetch`, or hand it to a
 * library that takes a `fetch`.
 *
 * It answers with real Responses and rejects where `fetch` would; beyond that
 * only with an {@link AuthFetchError} of code `module_failed`, `module_stopped`
 * or `destroyed`.
 */
export interface AuthFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

  /**
   * Settles when the session of an earlier visit has been looked for, with that
   * session or null; with `restore: "lazy"` when the storage has been. Rejects if
   * the module does not come, with `module_failed`.
   */
  readonly ready: Promise<Session | null>;

  /** The session as it is now; null without one, and until the module is there. */
  readonly session: Session | null;

  /**
   * Signs in: posts the credentials as JSON. A failed login leaves the session
   * that there was as it is.
   *
   * Rejects with an {@link AuthFetchError} that has the server's code, such as
   * `invalid_credentials`, or `throttled` with `retryAfter`; with `invalid_credentials`
   * where a refusal (400, 401, 403, 422) has none; with `refresh_failed` where no
   * readable answer came.
   */
  login(credentials: Credentials): Promise<Session>;

  /**
   * Signs out: at once in the page, then on the server. With a scope it ends the
   * user's other sessions as well, or only them.
   *
   * `revoked` is false where the server has not ended all of them: it could not be
   * told, or would not. Rejects with a `TypeError` for an unknown scope, before
   * anything has happened.
   */
  logout(options?: LogoutOptions): Promise<{ revoked: boolean }>;

  /**
   * Renews the tokens now; together with calls that wait for a refresh, once.
   * Without a session it looks for one, as at the start.
   *
   * Rejects with the server's code; with `session_over` where a refusal has none;
   * with `refresh_failed` where no readable answer came; and with `throttled` and
   * `retryAfter` where the server has asked to be left alone for that long.
   */
  refresh(): Promise<Session>;

  /**
   * Tells from now on why everything happens as it does: `true` in the console, among
   * the verbose messages, a function by being called. `false` ends that. There is no
   * secret in it, and a listener that makes calls of its own does no harm.
   */
  debug(to: boolean | ((decision: Decision) => void)): void;

  /**
   * Takes the place of the page's `fetch`, for code that cannot be changed, and
   * returns a function that undoes it. To install it twice is to install it once.
   *
   * Calls to the API's origin and the allowed ones then have the session. All
   * others go to the `fetch` that was there before, and a relative URL is one of
   * the page, whatever `baseURL` says. Where something else has taken the place of
   * `fetch` since, to undo it means that it passes everything on.
   *
   * Without a browser it does nothing. A page without the loader has no `install`.
   */
  install(): () => void;

  /** Lets go of everything this instance holds, `install` included. Later calls reject with `destroyed`. */
  destroy(): void;

  addEventListener<K extends keyof AuthFetchEventMap>(
    type: K,
    listener: AuthFetchListener<AuthFetchEventMap[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof AuthFetchEventMap>(
    type: K,
    listener: AuthFetchListener<AuthFetchEventMap[K]> | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

/** What `createAuthFetch` returns with `exposeToken: true`. */
export interface AuthFetchWithToken extends AuthFetch {
  /**
   * The access token, renewed first if it is about to expire; null where there is
   * none. Where it cannot be renewed at the moment, the old one.
   */
  getToken(): Promise<string | null>;
}

/** A session: the same object until it changes, and after a refresh another one. */
export interface Session {
  /** The claims of the access token, frozen; empty if it is no JWT. Nobody has verified them. */
  readonly claims: Claims;
  /**
   * When the access token expires, by this machine's clock. Null where neither
   * the answer nor the token says, which does not happen with the server of this project.
   */
  readonly expiresAt: Date | null;
}

/** What an access token says (RFC 9068 section 2.2), and what the application adds. */
export interface Claims {
  /** Who issued it. */
  readonly iss?: string;
  /** The user. */
  readonly sub?: string;
  /** Whom it is for. */
  readonly aud?: string | readonly string[];
  /** When it expires, in seconds since 1970. */
  readonly exp?: number;
  /** When it was issued, in seconds since 1970. */
  readonly iat?: number;
  /** Its own identifier. */
  readonly jti?: string;
  /** The session. */
  readonly sid?: string;
  /** How often the session was refreshed. */
  readonly gen?: number;
  /** When the user signed in, in seconds since 1970. */
  readonly auth_time?: number;
  readonly [name: string]: unknown;
}

/** The body of a login. The server of this project wants an email address and a password. */
export interface Credentials {
  readonly [name: string]: unknown;
}

export interface LogoutOptions {
  /**
   * - `others`: every session of the user but this one, which goes on.
   * - `all`: every session of the user; this one too, whether the server can be told or not.
   *
   * The server learns of them by the access token, which is renewed first where
   * that is due. Default: this session alone.
   */
  scope?: "others" | "all" | undefined;
}

/** The events of an `authFetch`. Listeners run after its state has changed. */
export interface AuthFetchEventMap {
  /** There is a session, another one, or none any more. */
  sessionchange: CustomEvent<SessionChange>;
  /** A refresh failed for a reason that may pass; the session is kept. */
  refresherror: CustomEvent<RefreshError>;
}

export type AuthFetchListener<E extends Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown };

export interface SessionChange {
  readonly session: Session | null;
  readonly reason: SessionChangeReason;
  /** The code that the server named, or null. */
  readonly code: ErrorCode | null;
}

export interface RefreshError {
  readonly code: ErrorCode;
  /** When it is tried again; sooner if the network comes back, unless the server has named the time. */
  readonly retryAt: Date;
}

/** One thing that authfetch has decided, as {@link AuthFetch.debug} tells it. */
export interface Decision {
  /** A stable name, such as `refused_late`. New ones may be added. */
  readonly code: string;
  /** What was decided, and why, in words. */
  readonly text: string;
  /** A status, a code or a time that belongs to the words; mostly empty. */
  readonly detail: string;
  /** The number of the call that it is about, from 1; 0 where it is about the session. */
  readonly call: number;
  /** The method and the address of that call, without the query. */
  readonly request: string;
}

/** Why the session changed. New reasons may be added. */
export type SessionChangeReason =
  | "login"
  | "restore"
  | "refresh"
  | "logout"
  | "expired"
  | "revoked"
  | "account_switched"
  | (string & {});

/** An error of authfetch itself. What `fetch` rejects a call with is never wrapped in it. */
export class AuthFetchError extends Error {
  constructor(code: ErrorCode, message: string, init?: AuthFetchErrorInit);
  readonly name: "AuthFetchError";
  readonly code: ErrorCode;
  /** How long to wait before trying again, in seconds, where the server said so. */
  readonly retryAfter: number | undefined;
  /** How the session ended, with the code `session_revoked`. */
  readonly reason: string | undefined;
}

export interface AuthFetchErrorInit {
  cause?: unknown;
  retryAfter?: number | null | undefined;
  reason?: string | null | undefined;
}

/** A stable name for what went wrong. New codes may be added, and another server may have its own. */
export type ErrorCode = ClientErrorCode | ServerErrorCode | (string & {});

/** Codes that authfetch itself uses. */
export type ClientErrorCode =
  /** The module could not be loaded or started; the next call tries again. */
  | "module_failed"
  /** The module stopped while the call was under way; the next call starts it again. */
  | "module_stopped"
  /** This instance was destroyed. */
  | "destroyed"
  /** The server issued a token that is not bound, with the option `dpop`. */
  | "not_bound"
  /** There is no session any more, and the server named no code. */
  | "session_over"
  /** No readable answer came from an auth endpoint; worth trying again. The `cause` says more. */
  | "refresh_failed";

/** Codes of the companion server's problem documents (RFC 9457). */
export type ServerErrorCode =
  | "invalid_request"
  | "ambiguous_cookie"
  | "use_dpop_nonce"
  | "invalid_dpop_proof"
  | "invalid_credentials"
  | "invalid_token"
  | "refresh_missing"
  | "refresh_malformed"
  | "refresh_reused"
  | "session_revoked"
  | "session_expired"
  | "session_unknown"
  | "dpop_key_mismatch"
  | "csrf_rejected"
  | "wrong_password"
  | "registration_closed"
  | "not_found"
  | "method_not_allowed"
  | "request_timeout"
  | "account_switched"
  | "refresh_superseded"
  | "email_taken"
  | "payload_too_large"
  | "unsupported_media_type"
  | "throttled"
  | "refresh_storm"
  | "internal"
  | "temporarily_unavailable";
