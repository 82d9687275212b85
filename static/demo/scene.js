// @ts-check
/**
 * A scene is what followed from one thing that the user did: what authFetch decided,
 * the calls as those decisions make them, and the requests that authFetch made on its
 * own. It only keeps the record; timeline.js draws it, tell.js and story.js tell it.
 *
 * Times are milliseconds of `performance.now()`; null means not yet.
 *
 * @import { Decision } from "../authfetch.js"
 *
 * @typedef {object} Sent a request that really left
 * @property {number} start
 * @property {number | null} end
 * @property {number | null} status null also where no answer came
 * @property {boolean} bearer whether it carried a token
 *
 * @typedef {object} Call what the page's code saw
 * @property {number} number counted from 1
 * @property {number} start
 * @property {number | null} end
 * @property {number | null} status
 * @property {string | null} error why there is no status
 * @property {Sent[]} sent once, and again after a refresh
 *
 * @typedef {"refresh" | "sign in" | "sign out"} Kind
 * @typedef {Sent & { kind: Kind }} Own
 *
 * @typedef {Decision & { time: number }} Note a decision; its call is the scene's own number, 0 where it has none
 *
 * @typedef {object} Queue a refresh that waits for its turn among the tabs
 * @property {number} start
 * @property {number | null} end
 * @property {boolean} needless another tab was faster
 *
 * @typedef {object} Counts
 * @property {number} calls
 * @property {number} refused answers of 401
 * @property {number} refreshes
 * @property {number} again calls that were sent more than once
 * @property {number} answered calls that ended with a 2xx
 * @property {number} failed calls that ended otherwise
 * @property {number} duration in milliseconds
 */

/** Decisions after which a call is on its way. */
const departures = new Set(["sent", "sent_expired", "sent_bare", "sent_nobody"]);
/** Decisions after which a call waits, or goes on. Any other is its last. */
const stops = new Set(["waits", "refused_waits", "refused_late"]);

/** Whether nothing more comes of the call. @param {Decision} decision */
export const isLast = ({ code }) => !departures.has(code) && !stops.has(code);

/** Decisions after which a refresh need not wait any longer; because another tab was faster. */
const faster = new Set(["refresh_needless", "adopted"]);
const turns = new Set([...faster, "refresh_sends", "signed_in", "signed_out", "heard_over", "heard_login"]);

/** What others have done, which is worth showing though nobody here has asked for it. */
const news = new Set(["heard_over", "heard_login", "adopted", "logout_told"]);

export class Scene {
  /** @type {Call[]} */
  calls = [];
  /** @type {Own[]} */
  own = [];
  /** @type {Note[]} */
  decisions = [];

  /**
   * @param {string} title
   * @param {number} start
   * @param {boolean} asked whether the user did something for it
   */
  constructor(title, start, asked) {
    this.title = title;
    this.start = start;
    this.asked = asked;
  }

  /** @param {number} now @returns {Call} */
  addCall(now) {
    const call = { number: this.calls.length + 1, start: now, end: null, status: null, error: null, sent: [] };
    this.calls.push(call);
    return call;
  }

  /** @param {Kind} kind @param {number} now @param {boolean} bearer @returns {Own} */
  addOwn(kind, now, bearer) {
    const own = { kind, start: now, end: null, status: null, bearer };
    this.own.push(own);
    return own;
  }

  /**
   * Takes a decision down, and brings the call that it is about to where it says.
   *
   * @param {Decision} decision
   * @param {Call | null} call
   * @param {number} now
   */
  note(decision, call, now) {
    this.decisions.push({ ...decision, call: call?.number ?? 0, time: now });
    if (call) advance(call, decision, now);
  }

  /** How often something was decided. @param {string} code */
  said(code) {
    return this.decisions.filter((decision) => decision.code === code).length;
  }

  get isEmpty() {
    return !this.calls.length && !this.own.length && !this.decisions.length;
  }

  /** Whether it is worth showing: a refresh in the background alone is not. */
  get isWorthwhile() {
    if (this.asked) return !this.isEmpty;
    return this.calls.length > 0 || this.decisions.some(({ code }) => news.has(code));
  }

  /** Whether something in it has not ended. */
  get isOpen() {
    return [...this.calls, ...this.own].some((item) => item.end === null);
  }

  /** When its last item ended; now while one is open. @param {number} now */
  end(now) {
    if (this.isOpen) return now;
    const ends = [...this.calls, ...this.own].map((item) => item.end ?? now);
    return Math.max(this.start, ...ends, this.decisions.at(-1)?.time ?? this.start);
  }

  /** When a refresh was wanted, and had to wait for other tabs. @returns {Queue[]} */
  get queues() {
    /** @type {Queue[]} */
    const queues = [];
    for (const { code, time } of this.decisions) {
      const last = queues.at(-1);
      if (code === "refresh") queues.push({ start: time, end: null, needless: false });
      else if (last?.end === null && turns.has(code)) Object.assign(last, { end: time, needless: faster.has(code) });
    }
    return queues;
  }

  /** @param {number} now @returns {Counts} */
  count(now) {
    const answered = this.calls.filter(({ status }) => status !== null && status >= 200 && status < 300).length;
    return {
      calls: this.calls.length,
      refused: this.calls.flatMap(({ sent }) => sent).filter(({ status }) => status === 401).length,
      refreshes: this.own.filter(({ kind }) => kind === "refresh").length,
      again: this.calls.filter(({ sent }) => sent.length > 1).length,
      answered,
      failed: this.calls.filter(({ end }) => end !== null).length - answered,
      duration: this.end(now) - this.start,
    };
  }
}

/** @param {Call} call @param {Decision} decision @param {number} now */
const advance = (call, decision, now) => {
  const { code, text, detail } = decision;
  if (departures.has(code)) {
    call.sent.push({ start: now, end: null, status: null, bearer: code === "sent" || code === "sent_expired" });
    return;
  }
  const status = code.startsWith("refused_") ? 401 : code === "answered" ? Number(detail) : null;
  const last = call.sent.at(-1);
  if (last?.end === null) Object.assign(last, { end: now, status });
  if (isLast(decision)) Object.assign(call, { end: now, status, error: status === null ? text : null });
};
