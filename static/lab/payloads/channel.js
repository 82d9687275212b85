const frame = document.body.appendChild(document.createElement("iframe"));
const channel = new frame.contentWindow.BroadcastChannel("authfetch " + new URL("api/auth/refresh", document.baseURI));
channel.onmessage = ({ data }) => send(data);
frame.contentWindow.addEventListener("storage", ({ key, newValue }) => send({ key, newValue }));
await user("again");
frame.remove();
