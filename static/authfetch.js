// @ts-check
/**
 * authfetch: the page's `fetch` with a session. This is the loader: it makes
 * `authFetch` at once, and calls wait while the module that holds the token
 * (WebAssembly, built from `wasm/`) is fetched, once per page.
 *
 * Types, and what each option means, are in authfetch.d.ts.
 */

const scope = /** @type {any} */ (globalThis);

// Taken now: later it may be an authFetch, which needs the module.
const download = scope.fetch;

// Workers have a location too; a server that renders the page has none.
const inBrowser = "location" in scope;

/** An error of authfetch itself, never one of fetch. */
export class AuthFetchError extends Error {
  constructor(code, message, { cause, retryAfter, reason } = /** @type {any} */ ({})) {
    super(message, cause == null ? undefined : { cause });
    this.name = "AuthFetchError";
    this.code = code;
    this.retryAfter = retryAfter ?? undefined;
    this.reason = reason ?? undefined;
  }
}

/** @type {typeof import("./authfetch.d.ts").createAuthFetch} */
export const createAuthFetch = (given = {}) => {
  const { wasmURL, dpop, ...options } = checkOptions(given);
  if (options.baseURL) options.baseURL = absolute(options.baseURL);
  options.fetch ??= scope.fetch; // the one of now, too

  const program = programAt(wasmURL);
  const target = new EventTarget();
  const calls = new Set(); // all that are not settled
  let inner; // what the running module has made; without it, calls wait
  let ready, debugging, destroyed;

  const instance = {
    async attach() {
      try {
        program.start();
        if (dpop) options.dpop ??= (await proofs()).bind;
        if (inner || destroyed || !program.root) return;
        inner = program.root.create(options, { target, AuthFetchError, debug: debugging, relay });
        if (inner instanceof Error) throw inner; // an option that only the module can judge
        for (const call of [...calls]) call.send(); // which may make further ones, sent already
      } catch (error) {
        instance.detach(error);
      }
    },
    detach(error) {
      inner = ready = undefined;
      for (const call of calls) call.end(error);
    },
  };
  const leave = () => calls.size || program.instances.delete(instance);
  const gone = () => new AuthFetchError("destroyed", "authFetch: this instance was destroyed; create a new one");

  // Runs something on the module's instance, now or when there is one. The signal
  // ends the wait; after that the module watches it.
  const call = (run, signal) =>
    new Promise((resolve, reject) => {
      if (destroyed) throw gone();
      const self = {
        async send() {
          try {
            self.end(await run(), resolve);
          } catch (error) {
            self.end(error);
          }
        },
        end(value, settle = reject) {
          calls.delete(self);
          signal?.removeEventListener("abort", abort);
          settle(value);
          if (destroyed) leave();
        },
      };
      const abort = () => inner || self.end(signal.reason);

      signal?.addEventListener("abort", abort);
      calls.add(self);
      if (inner) self.send();
      else instance.attach();
    });

  // As fetch, a method is no constructor, and this one has a length of 1.
  const { fetch: authFetch } = /** @type {any} */ ({
    fetch(input) {
      const args = [...arguments];
      try {
        const given = args[1]?.signal === undefined ? input?.signal : args[1].signal;
        const signal = given instanceof AbortSignal ? given : null; // WebKit takes others
        if (inner && !signal?.aborted) return call(() => inner(...args));
        const captured = capture(args, options.baseURL);
        if (signal?.aborted && !destroyed) return Promise.reject(signal.reason); // at once, as by fetch
        return call(() => inner(...captured), signal);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  });
  let before, installed;
  const uninstall = () => {
    if (scope.fetch === installed) scope.fetch = before;
    installed = null;
  };
  authFetch.install = () => {
    if (inBrowser && !installed) {
      before = scope.fetch;
      const origins = [absolute(options.baseURL ?? scope.location).origin].concat(options.allowedOrigins);
      const apply = (fetch, self, args) => {
        try {
          const [input, init] = args;
          const url = absolute(input.url ?? input);
          if (installed && (self ?? scope) === scope && origins.includes(url.origin)) {
            return authFetch(input.url ? input : url, init);
          }
        } catch {} // fetch says why
        return fetch.apply(self, args);
      };
      scope.fetch = installed = new Proxy(before, { apply });
    }
    return uninstall;
  };
  for (const name of ["login", "refresh", "getToken"]) {
    if (name !== "getToken" || options.exposeToken) authFetch[name] = (...args) => call(() => inner[name](...args));
  }
  authFetch.logout = async (given = {}) => {
    const options = checkLogout(given);
    return call(() => inner.logout(options));
  };
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) authFetch[name] = target[name].bind(target);
  authFetch.debug = (to) => {
    debugging = to; // also for the module that is still to come
    inner?.debug(to);
  };
  authFetch.destroy = () => {
    if (destroyed) return;
    destroyed = true;
    uninstall();
    // What the module has it still answers; what waits nobody would send.
    if (inner) inner.destroy();
    else instance.detach(gone());
    inner = ready = undefined;
    leave();
  };
  Object.defineProperties(authFetch, {
    session: { enumerable: true, get: () => inner?.session ?? null },
    ready: {
      enumerable: true,
      get() {
        ready ??= inBrowser ? call(() => inner.ready) : Promise.resolve(null);
        ready.catch(() => {}); // the next call tells as well
        return ready;
      },
    },
  });

  program.instances.add(instance);
  if (inBrowser) instance.attach();
  return authFetch;
};

// Spares the module a callback for each answer, with what it has captured.
const relay = (fetch, then, resolve, status, headers, set, refused) => (request, authorization, known, content) => {
  set(headers(request), "Authorization", authorization);
  return then(resolve(fetch(request)), (response) =>
    status(response) === 401 ? refused(request, known, content, response) : response,
  );
};

const proofs = () =>
  import("./dpop.js").catch((cause) => {
    throw new AuthFetchError("module_failed", "authFetch: dpop.js, which is beside the loader, did not load", { cause });
  });

/** A module, and the Go program that runs in it: again after it has stopped. */
class Program {
  instances = new Set();
  root; // what the running program exports
  #starting;
  #loading;

  constructor(wasm, exec) {
    this.wasm = wasm;
    this.exec = exec;
  }

  /** Does nothing while the program runs or starts. */
  start() {
    this.#starting ??= this.#run().catch((cause) => {
      this.#loading = undefined;
      const hint =
        `: check that ${this.wasm} and ${this.exec} answer 200 with their MIME types, ` +
        `and that the Content-Security-Policy allows script-src 'self' 'wasm-unsafe-eval'`;
      this.#end("module_failed", `the module did not start (${cause?.message ?? cause})${inBrowser ? hint : ""}`, cause);
    });
  }

  async #run() {
    if (!inBrowser) throw new Error("there is no browser here");
    const [module, Go] = await (this.#loading ??= Promise.all([compile(this.wasm), support(this.exec)]));
    const go = new Go();
    let stopped = false;
    const stop = (cause) => {
      if (!stopped) this.#end("module_stopped", "the module stopped; the next call starts it again", cause);
      stopped = true;
    };
    // A trap does not settle what run returns: it is thrown at whoever woke the
    // program, be it a timer. Afterwards nothing wakes it.
    const resume = go._resume;
    go._resume = () => {
      try {
        if (!stopped) resume.call(go);
      } catch (cause) {
        stop(cause);
        throw cause;
      }
    };
    const wasm = await WebAssembly.instantiate(module, go.importObject);
    scope.__authfetch_started = (root) => (this.root = root);
    go.run(wasm).then(stop, stop);
    delete scope.__authfetch_started;
    stopped = !this.root;
    if (stopped) throw new Error("it ended at once, or is another program");
    for (const instance of this.instances) instance.attach();
  }

  #end(code, message, cause) {
    this.root = this.#starting = undefined;
    const error = new AuthFetchError(code, `authFetch: ${message}`, { cause });
    for (const instance of this.instances) instance.detach(error);
  }
}

const programs = {};

const programAt = (wasmURL) => {
  // Written out, so that bundlers find them.
  const wasm = wasmURL ? absolute(wasmURL) : new URL("./dist/authfetch.wasm", import.meta.url);
  const exec = wasmURL ? new URL("wasm_exec.js", wasm) : new URL("./dist/wasm_exec.js", import.meta.url);
  return (programs[wasm.href] ??= new Program(wasm, exec));
};

const compile = async (url) => {
  const response = await download(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  // Compiling while it arrives is for this very type alone.
  return response.headers.get("Content-Type") === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
};

let loads = 0;

const support = async (url) => {
  const before = scope.Go;
  // Another fragment has it run again, and fetched where that has failed.
  await import(/* webpackIgnore: true */ /* @vite-ignore */ url.href + (before || loads++ ? `#${Math.random()}` : ""));
  const { Go } = scope;
  // The page may run another Go program, built by another version.
  if (before) scope.Go = before;
  return Go;
};

/** What fetch would see now: the caller may change it while the module is awaited. */
const capture = (args, base) => {
  // A Request would hide that a stream can be sent only once.
  if (args[1]?.body instanceof ReadableStream) return args;
  if (base && typeof args[0] === "string") args[0] = new URL(args[0], base);
  return [Reflect.construct(Request, args)];
};

const absolute = (url) => new URL(url, scope.document?.baseURI ?? scope.location ?? "http://localhost");

const parse = (value) => {
  try {
    if ((value && typeof value === "string") || value instanceof URL) return absolute(value);
  } catch {}
};

// What an option must be: each returns what is right, of an object a copy, or throws
// a TypeError that names the option.
const must = (be, test) => (value, name) => {
  if (test(value)) return value;
  throw new TypeError(`authFetch: option${name ? ` "${name}"` : "s"} must be ${be}`);
};
const oneOf = (...values) => must(`one of "${values.join('", "')}"`, (value) => values.includes(value));
const time = (be, test) =>
  must(`a number of milliseconds, ${be}`, (value) => typeof value === "number" && test(value) && value <= 31536e6);
const text = must("a string that is not empty", (value) => value && typeof value === "string");
const path = must("a path or a URL", (value) => typeof value === "string" && parse(value));
const url = must("an http or https URL", (value) => /^https?:/.test(String(parse(value))));
const boolean = must("true or false", (value) => typeof value === "boolean");
const list = (be, test) => {
  const all = must(`an array of ${be}`, (value) => Array.isArray(value) && value.every(test));
  return (value, name) => [...all(value, name)];
};
const object = must("an object", (value) => Object(value) === value && !Array.isArray(value));
const members = (rules) => (given, path) => {
  const copy = /** @type {any} */ ({});
  for (const [key, value] of Object.entries(object(given, path))) {
    const name = path ? `${path}.${key}` : key;
    if (!Object.hasOwn(rules, key)) throw new TypeError(`authFetch: unknown option "${name}"`);
    if (value !== undefined) copy[key] = rules[key](value, name);
  }
  return copy;
};

const checkOptions = members({
  baseURL: url,
  paths: members({ login: path, refresh: path, logout: path, sessions: path }),
  fields: members({ accessToken: text, expiresIn: text, code: text }),
  sessionOver: list("statuses from 400 to 499", (value) => Number.isInteger(value) && value >= 400 && value < 500),
  storage: oneOf("memory", "sessionStorage", "localStorage"),
  storageKey: text,
  allowedOrigins: list('origins such as "https://api.example.com"', (value) => /^http/.test(value) && parse(value)?.origin === value),
  refreshMargin: time("from zero to a year", (value) => value >= 0),
  refreshTimeout: time("more than zero, a year at most", (value) => value > 0),
  restore: oneOf("eager", "lazy"),
  fetch: must("a function", (value) => typeof value === "function"),
  exposeToken: boolean,
  dpop: boolean,
  wasmURL: url,
});
const checkLogout = members({ scope: oneOf("others", "all") });
