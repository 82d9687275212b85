const { room } = await (await fetch("room.json")).json();
const { createAuthFetch } = await import(new URL("authfetch.js", document.baseURI).href);
const own = createAuthFetch({ ...room.options, exposeToken: true });
await own.ready;
look(await own.getToken());
