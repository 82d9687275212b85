const original = window.fetch;
window.fetch = async (input, init) => {
  look([input, init]);
  const response = await original(input, init);
  look(await response.clone().text());
  return response;
};
await user("again");
