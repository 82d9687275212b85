for (const [of, name] of [[Headers, "set"], [Headers, "append"], [Headers, "get"], [Response, "json"], [Response, "text"]]) {
  const original = of.prototype[name];
  of.prototype[name] = function (...args) {
    const result = original.apply(this, args);
    if (result instanceof Promise) result.then(look);
    look([args, result]);
    return result;
  };
}
for (const name of ["Headers", "Request"]) {
  window[name] = new Proxy(window[name], {
    construct(original, args, as) {
      const made = Reflect.construct(original, args, as);
      look(made);
      return made;
    },
  });
}
await user("again");
