for (const name of ["apply", "construct", "get", "set"]) {
  const original = Reflect[name];
  Reflect[name] = (...args) => {
    const result = original(...args);
    look([args, result]);
    return result;
  };
}
await user();
