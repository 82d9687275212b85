// @ts-check
// Both tokens in a storage of the page, as in the article's first workflow. How it
// should not be done.

const ACCESS = "access_token";
const REFRESH = "refresh_token";

/** @type {import("./app.d.ts").Open} */
export const open = async ({ id }, ended) => {
  const storage = id === "session" ? sessionStorage : localStorage;

  /** @param {Response} response */
  const keep = async (response) => {
    const body = await response.json();
    if (!response.ok) throw body;
    storage.setItem(ACCESS, body.access_token);
    storage.setItem(REFRESH, body.refresh_token);
  };
  const drop = () => {
    storage.removeItem(ACCESS);
    storage.removeItem(REFRESH);
  };
  /** @param {string} method @param {string} path @param {object} [body] */
  const send = (method, path, body) =>
    fetch(path, {
      method,
      headers: { Authorization: `Bearer ${storage.getItem(ACCESS)}`, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });

  return {
    signedIn: () => storage.getItem(REFRESH) !== null,
    signIn: async (credentials) => {
      drop();
      await keep(await fetch("api/auth", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(credentials) }));
    },
    signOut: async () => {
      await send("DELETE", "api/auth");
      drop();
    },
    call: async (path) => {
      const response = await send("GET", path);
      if (response.status !== 401) return response;
      try {
        await keep(await send("POST", "api/auth/refresh", { refresh_token: storage.getItem(REFRESH) }));
      } catch (problem) {
        drop();
        ended(/** @type {any} */ (problem).code);
        return response;
      }
      return send("GET", path);
    },
  };
};
