// @ts-check
/**
 * The server's routes for an account. All of them are calls like any other:
 * authFetch attaches the token, and refreshes it where that is due.
 *
 * @import { AuthFetch } from "../authfetch.js"
 */

const SESSIONS = "/api/auth/sessions";

/**
 * One of the user's sessions, as the server lists it.
 * @typedef {{ id: string, created_at: string, last_used_at: string, user_agent: string, address: string, current: boolean }} Session
 */

/** What the server refused, as its problem document says (RFC 9457). */
export class Refusal extends Error {
  /** @param {number} status @param {{ code?: string, detail?: string }} problem @param {number} retryAfter in seconds; 0 where it did not say */
  constructor(status, { code = "", detail = "" }, retryAfter) {
    super(detail || `The server answered ${status}.`);
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** @param {Response} response */
const accepted = async (response) => {
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
};

/** @param {string} method @param {object} body @returns {RequestInit} */
const json = (method, body) => ({ method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });

/** @param {AuthFetch} authFetch @returns {Promise<Session[]>} */
export const listSessions = async (authFetch) => (await (await accepted(await authFetch(SESSIONS))).json()).sessions;

/** @param {AuthFetch} authFetch @param {string} id */
export const endSession = async (authFetch, id) =>
  accepted(await authFetch(`${SESSIONS}/${encodeURIComponent(id)}`, { method: "DELETE" }));

/** @param {AuthFetch} authFetch @param {{ email: string, password: string, name: string }} registration */
export const register = async (authFetch, registration) => accepted(await authFetch("/api/users", json("POST", registration)));

/** @param {AuthFetch} authFetch @param {{ old_password: string, new_password: string }} change */
export const changePassword = async (authFetch, change) =>
  accepted(await authFetch("/api/users/me/password", json("PUT", change)));
