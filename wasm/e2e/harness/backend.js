// @ts-check
// A backend inside the page, for specs with more calls than a network has time for.
// It knows one token, and answers a refresh when it is told to.

export class Backend {
  /** Its own: with those of the real server it would mean the same session. */
  paths = { login: "/backend/login", refresh: "/backend/refresh", logout: "/backend/logout" };
  refreshes = 0;
  #issued = 0;
  #accepted = 0;
  /** @type {Array<() => void>} */
  #arrived = [];
  /** @type {Array<() => void>} */
  #held = [];

  /** No token is accepted until there has been a refresh. */
  expire() {
    this.#accepted = this.#issued + 1;
  }

  /** Resolves once a refresh has come. @returns {Promise<void>} */
  refreshing() {
    return new Promise((resolve) => (this.#held.length ? resolve() : this.#arrived.push(resolve)));
  }

  /** Answers the refresh that has come. */
  answer() {
    for (const answer of this.#held.splice(0)) answer();
  }

  /** @param {RequestInfo | URL} input @param {RequestInit} [init] @returns {Promise<Response>} */
  fetch = async (input, init) => {
    const request = new Request(input, init);
    switch (new URL(request.url).pathname) {
      case this.paths.login:
        return this.#grant();
      case this.paths.refresh:
        await new Promise((resolve) => {
          this.#held.push(() => resolve(undefined));
          for (const arrived of this.#arrived.splice(0)) arrived();
        });
        this.refreshes++;
        return this.#grant();
      case "/api/test/lost":
        throw new TypeError("Failed to fetch");
    }
    const accepted = request.headers.get("Authorization") === `Bearer token-${this.#accepted}`;
    return accepted
      ? new Response(await request.text())
      : new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
  };

  #grant() {
    this.#accepted = ++this.#issued;
    return new Response(JSON.stringify({ access_token: `token-${this.#issued}`, token_type: "Bearer", expires_in: 3600 }));
  }
}
