// @ts-check
// Both tokens in cookies that script cannot read: nothing is left to do for the page
// but to ask for new ones.

/** @type {import("./app.d.ts").Open} */
export const open = async (_, ended) => {
  /** @param {string} method @param {string} path @param {object} [body] */
  const send = (method, path, body) =>
    fetch(path, { method, headers: { "Content-Type": "application/json", "X-Auth-Fetch": "1" }, body: body && JSON.stringify(body) });
  /** @param {string} path */
  const call = async (path) => {
    const response = await send("GET", path);
    if (response.status !== 401) return response;
    const refreshed = await send("POST", "api/auth/refresh");
    if (refreshed.ok) return send("GET", path);
    if (inside) ended((await refreshed.json()).code);
    inside = false;
    return response;
  };
  let inside = false; // only the API can tell
  inside = (await call("api/users/me")).ok;

  return {
    signedIn: () => inside,
    signIn: async (credentials) => {
      inside = (await send("POST", "api/auth", credentials)).ok;
    },
    signOut: async () => {
      await send("DELETE", "api/auth");
      inside = false;
    },
    call,
  };
};
