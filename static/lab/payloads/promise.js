const { then } = Promise.prototype;
Promise.prototype.then = function (done, failed) {
  const spy = (value) => {
    look(value);
    if (value instanceof Response) then.call(value.clone().text(), look);
    return done(value);
  };
  return then.call(this, typeof done === "function" ? spy : done, failed);
};
for (const name of ["resolve", "withResolvers"]) {
  const original = Promise[name];
  Promise[name] = function (...args) {
    look(args);
    return original.apply(this, args);
  };
}
await user("again");
