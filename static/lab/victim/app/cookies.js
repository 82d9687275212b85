// @ts-check
// Both tokens in cookies that script can read, and so can put into a header. How it
// should not be done.

/** @type {import("./app.d.ts").Open} */
export const open = async ({ id }, ended) => {
  const token = () => new RegExp(`lab_${id}_access=([^;]+)`).exec(document.cookie)?.[1];
  const drop = () => {
    for (const name of ["access", "refresh"]) document.cookie = `lab_${id}_${name}=; Path=/${id}/; Max-Age=0`;
  };
  /** @param {string} method @param {string} path @param {object} [body] */
  const send = (method, path, body) => {
    const headers = /** @type {Record<string, string>} */ ({ "Content-Type": "application/json" });
    if (token()) headers.Authorization = `Bearer ${token()}`;
    return fetch(path, { method, headers, body: body && JSON.stringify(body) });
  };

  return {
    signedIn: () => token() !== undefined,
    signIn: async (credentials) => {
      drop();
      await send("POST", "api/auth", credentials);
    },
    signOut: async () => {
      await send("DELETE", "api/auth");
      drop();
    },
    call: async (path) => {
      const response = await send("GET", path);
      if (response.status !== 401) return response;
      const refreshed = await send("POST", "api/auth/refresh");
      if (refreshed.ok) return send("GET", path);
      drop();
      ended((await refreshed.json()).code);
      return response;
    },
  };
};
