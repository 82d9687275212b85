// @ts-check
// Tokens kept by authFetch, with the options of the room.

/** @type {import("./app.d.ts").Open} */
export const open = async ({ options }, ended) => {
  const { createAuthFetch } = await import(/** @type {any} */ ("../authfetch.js"));
  const authFetch = createAuthFetch(options);
  await authFetch.ready;
  authFetch.addEventListener("sessionchange", (/** @type {CustomEvent} */ { detail }) => {
    if (!detail.session && detail.reason !== "logout") ended(detail.code ?? detail.reason);
  });
  return {
    signedIn: () => authFetch.session !== null,
    signIn: async (credentials) => void (await authFetch.login(credentials)),
    signOut: async () => void (await authFetch.logout()),
    call: (path) => authFetch(path),
  };
};
