const frame = document.body.appendChild(document.createElement("iframe"));
const fresh = frame.contentWindow;
look([{ ...fresh.localStorage }, { ...fresh.sessionStorage }, fresh.document.cookie]);
const response = await fresh.fetch(new URL("api/auth/refresh", document.baseURI), { method: "POST", headers: { "X-Auth-Fetch": "1" } });
look(await response.text());
frame.remove();
