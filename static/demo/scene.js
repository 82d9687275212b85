// @ts-check
/**
 * A scene is what followed from one thing that the user did: calls, what was
 * sent for them, and requests that authFetch made on its own. It only keeps
 * the record; timeline.js draws it and words.js tells it.
 *
 * Times are milliseconds of `performance.now()`; null means not yet.
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
 * @typedef {object} Counts
 * @property {number} calls
 * @property {number} refused answers of 401
 * @property {number} refreshes
 * @property {number} again calls that were sent more than once
 * @property {number} answered calls that ended with a 2xx
 * @property {number} failed calls that ended otherwise
 * @property {number} duration in milliseconds
 */

export class Scene {
  /** @type {Call[]} */
  calls = [];
  /** @type {Own[]} */
  own = [];

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

  get isEmpty() {
    return !this.calls.length && !this.own.length;
  }

  /** Whether something in it has not ended. */
  get isOpen() {
    return [...this.calls, ...this.own].some((item) => item.end === null);
  }

  /** When its last item ended; now while one is open. @param {number} now */
  end(now) {
    if (this.isOpen) return now;
    return Math.max(this.start, ...[...this.calls, ...this.own].map((item) => item.end ?? now));
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
