document.querySelector("#sign-in").addEventListener("submit", ({ target }) => {
  send({ email: target.email.value, password: target.password.value });
}, { capture: true });
await user("again");
