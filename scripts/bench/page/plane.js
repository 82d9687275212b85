// @ts-check
// The program that has opened the page, and the server's own API without authFetch.

/** @param {string} path @param {string} [body] @param {Record<string, string>} [headers] */
const post = (path, body, headers) => fetch(path, { method: "POST", body, headers });

export const plane = {
  say: (/** @type {string} */ text) => post("/bench/say", text),
  found: (/** @type {object} */ figures) => post("/bench/found", JSON.stringify(figures)),
  /** The server takes no access token of now any more, and counts refreshes anew. */
  expire: () => post("/bench/expire"),
  refreshes: async () => Number(await (await post("/bench/refreshes")).text()),
};

export const credentials = Object.freeze({ email: "user@example.com", password: "correct horse battery staple" });

/** @param {Response} response @returns {Promise<string>} the access token */
const token = async (response) => {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return (await response.json()).access_token;
};

export const login = async () =>
  token(await post("/api/auth", JSON.stringify(credentials), { "Content-Type": "application/json" }));

export const refresh = async () => token(await post("/api/auth/refresh", undefined, { "X-Auth-Fetch": "1" }));
