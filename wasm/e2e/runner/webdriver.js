// @ts-check
// A session of WebDriver, https://www.w3.org/TR/webdriver2/, as far as it is needed.

export class Session {
  /** What has to happen in one window before another one's turn comes. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /** @param {string} address @param {Record<string, any>} capabilities @param {string} id */
  constructor(address, capabilities, id) {
    this.address = address;
    this.capabilities = capabilities;
    this.id = id;
  }

  /** @param {string} address the driver's @param {object} capabilities @returns {Promise<Session>} */
  static async start(address, capabilities) {
    const { sessionId, capabilities: got } = await command(address, "POST", "/session", { capabilities: { alwaysMatch: capabilities } });
    return new Session(address, got, sessionId);
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {number} [longest] ms @returns {Promise<any>} */
  command(method, path, body, longest) {
    return command(this.address, method, `/session/${this.id}${path}`, body, longest);
  }

  /**
   * Commands go to the session's current window, so one window has its turn at a time.
   * @template T @param {string} window @param {() => Promise<T>} fn @returns {Promise<T>}
   */
  inWindow(window, fn) {
    return this.alone(async () => {
      await this.command("POST", "/window", { handle: window });
      return fn();
    });
  }

  /** @template T @param {() => Promise<T>} fn what needs the turn @returns {Promise<T>} */
  alone(fn) {
    const result = this.#turn.then(fn);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** WebKit's driver never answers some commands, when a page goes away at that moment; all others take a moment. */
const LONGEST = 15_000; // ms

/** @param {string} address @param {string} method @param {string} path @param {object} [body] @param {number} [longest] @returns {Promise<any>} */
async function command(address, method, path, body, longest = LONGEST) {
  const response = await fetch(address + path, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(longest) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver, ${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}
