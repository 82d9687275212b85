const memories = new Set();
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  memories.add((made.instance ?? made).exports.mem);
  return made;
};
const { decode } = TextDecoder.prototype;
TextDecoder.prototype.decode = function (view, ...rest) {
  if (view?.buffer?.byteLength >= 1 << 20) memories.add(view);
  return decode.call(this, view, ...rest);
};
await user();
for (const { buffer } of memories) {
  if (buffer.byteLength) look(decode.call(new TextDecoder("latin1"), new Uint8Array(buffer)));
}
