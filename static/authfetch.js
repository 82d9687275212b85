// @ts-check
/**
 * authfetch: the page's `fetch` with a session. This file is the loader: it
 * makes `authFetch` at once, and calls wait while the module that holds the
 * access token (WebAssembly, built from `wasm/`) is fetched, once per page.
 *
 *     import { createAuthFetch } from "authfetch";
 *     const authFetch = createAuthFetch({ storage: "memory" });
 *     await authFetch.login({ email, password });
 *     const response = await authFetch("/api/users/me");
 *
 * Types, and what each option means, are in authfetch.d.ts.
 */

const scope = /** @type {any} */ (globalThis);

// Taken now: the page may put an authFetch in the place of its fetch, and then
// the module would be needed to load the module.
const download = scope.fetch;

// Workers have a location too; a server that renders the page has none.
const inBrowser = "location" in scope;

/** An error of authfetch itself. What `fetch` rejects with is never wrapped in it. */
export class AuthFetchError extends Error {
  constructor(/** @type {string} */ code, /** @type {string} */ message, { cause, retryAfter, reason } = /** @type {any} */ ({})) {
    super(message, cause == null ? undefined : { cause });
    this.name = "AuthFetchError";
    this.code = code;
    this.retryAfter = retryAfter ?? undefined;
    this.reason = reason ?? undefined;
  }
}

/**
 * Makes a `fetch` with a session and starts to load the module.
 * @type {typeof import("./authfetch.d.ts").createAuthFetch}
 */
export const createAuthFetch = (given = {}) => {
  const { wasmURL, ...options } = check(given, rules);
  if (options.baseURL) options.baseURL = absolute(options.baseURL).href;
  options.fetch ??= scope.fetch; // the one of now, for the same reason as download

  const program = programAt(wasmURL);
  const target = new EventTarget();
  const calls = new Set(); // all that are not settled
  const waiting = new Set(); // those of them that the module has not got yet
  let inner; // what the running module made for this instance
  let ready;
  let debugging;
  let destroyed = false;

  const instance = {
    attach(root) {
      try {
        const made = root.create(options, { target, AuthFetchError, debug: debugging });
        if (made instanceof Error) throw made; // an option that only the module can judge
        inner = made;
        for (const call of waiting) call.send();
      } catch (error) {
        instance.detach(error);
      }
    },
    detach(error) {
      inner = ready = undefined;
      for (const call of calls) call.reject(error);
    },
  };

  /**
   * Runs something on the module's instance, now or when there is one.
   * @param {AbortSignal} [signal] ends the wait; after that the module watches it
   * @returns {Promise<any>}
   */
  const call = (run, signal) =>
    new Promise((resolve, reject) => {
      if (destroyed) throw new AuthFetchError("destroyed", "authFetch: this instance was destroyed; create a new one");
      const leave = () => {
        waiting.delete(self);
        signal?.removeEventListener("abort", abort);
      };
      const end = (settle, value) => {
        leave();
        calls.delete(self);
        settle(value);
        if (destroyed && !calls.size) program.instances.delete(instance);
      };
      const self = {
        async send() {
          leave();
          try {
            end(resolve, await run());
          } catch (error) {
            end(reject, error);
          }
        },
        reject: (error) => end(reject, error),
      };
      const abort = () => end(reject, signal?.reason);

      calls.add(self);
      if (inner) return void self.send();
      waiting.add(self);
      signal?.addEventListener("abort", abort);
      if (program.root) instance.attach(program.root);
      else program.start();
    });

  // One declared parameter, because the length of the platform's fetch is 1.
  const authFetch = /** @type {any} */ (
    function fetch(input) {
      const args = [...arguments];
      try {
        const signal = args[1]?.signal === undefined ? input?.signal : args[1].signal;
        if (inner && !signal?.aborted) return call(() => inner(...args));
        const captured = capture(args, options.baseURL);
        // Rejected on return, not a microtask later: that is what fetch does.
        if (signal?.aborted && !destroyed) return Promise.reject(signal.reason);
        return call(() => inner(...captured), signal);
      } catch (error) {
        return Promise.reject(error);
      }
    }
  );
  for (const name of ["login", "refresh", "getToken"]) {
    if (name !== "getToken" || options.exposeToken) authFetch[name] = (...args) => call(() => inner[name](...args));
  }
  authFetch.logout = async (options = {}) => {
    const checked = check(options, scopes);
    return call(() => inner.logout(checked));
  };
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) {
    authFetch[name] = target[name].bind(target);
  }
  authFetch.debug = (to) => {
    debugging = to; // also for the module that is still to come
    inner?.debug(to);
  };
  authFetch.destroy = () => {
    inner?.destroy();
    destroyed = true;
    inner = ready = undefined;
    // What the module has it still answers; the others nobody would send.
    const error = new AuthFetchError("destroyed", "authFetch: this instance was destroyed while the call waited");
    for (const call of waiting) call.reject(error);
    if (!calls.size) program.instances.delete(instance);
  };
  Object.defineProperties(authFetch, {
    session: { enumerable: true, get: () => inner?.session ?? null },
    ready: {
      enumerable: true,
      get() {
        ready ??= inBrowser ? call(() => inner.ready) : Promise.resolve(null);
        ready.catch(() => {}); // who does not ask learns it from the next call
        return ready;
      },
    },
  });

  program.instances.add(instance);
  if (program.root) instance.attach(program.root);
  else if (inBrowser) program.start();
  return authFetch;
};

/** A module, and the Go program that runs in it: again after it has stopped. */
class Program {
  instances = new Set();
  root; // what the running program exports
  #starting;
  #loading;
  #loads = 0;

  constructor(wasm, exec) {
    this.wasm = wasm;
    this.exec = exec;
  }

  /** Starts the program, unless it runs or is about to. */
  start() {
    this.#starting ??= this.#run().catch((cause) => {
      this.#loading = undefined;
      const hint = inBrowser
        ? `: check that ${this.wasm} and ${this.exec} answer 200 with their MIME types, and that the ` +
          `Content-Security-Policy of the page allows script-src 'self' 'wasm-unsafe-eval'`
        : "";
      this.#end("module_failed", `the module did not start (${cause?.message ?? cause})${hint}`, cause);
    });
  }

  async #run() {
    if (!inBrowser) throw new Error("there is no browser here");
    const [module, Go] = await (this.#loading ??= Promise.all([compile(this.wasm), support(this.exec, this.#loads++)]));
    const go = new Go();
    let stopped = false;
    const stop = (cause) => {
      if (!stopped) this.#end("module_stopped", "the module stopped; the next call starts it again", cause);
      stopped = true;
    };
    // A trap does not settle the promise of run: it is thrown at whoever woke
    // the program up, a timer as often as a call. Afterwards nothing wakes it.
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
    const over = go.run(wasm);
    delete scope.__authfetch_started;
    over.catch(() => {});
    if (!this.root) throw new Error("it ended at once, or is another program");
    for (const instance of this.instances) instance.attach(this.root);
    over.then(stop, stop);
  }

  #end(code, message, cause) {
    this.root = this.#starting = undefined;
    const error = new AuthFetchError(code, `authFetch: ${message}`, { cause });
    for (const instance of this.instances) instance.detach(error);
  }
}

const programs = new Map();

const programAt = (wasmURL) => {
  // Both written out, so that bundlers find them.
  const wasm = wasmURL ? absolute(wasmURL) : new URL("./dist/authfetch.wasm", import.meta.url);
  const exec = wasmURL ? new URL("wasm_exec.js", wasm) : new URL("./dist/wasm_exec.js", import.meta.url);
  if (!programs.has(wasm.href)) programs.set(wasm.href, new Program(wasm, exec));
  return programs.get(wasm.href);
};

const compile = async (url) => {
  const response = await download(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  // Compiling while it arrives is for this very type (WebAssembly Web API, section 5).
  return response.headers.get("Content-Type") === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
};

const support = async (url, loads) => {
  const before = scope.Go;
  // Another fragment makes it run again, and be fetched where that has failed.
  await import(/* webpackIgnore: true */ /* @vite-ignore */ url.href + (before || loads ? `#${Math.random()}` : ""));
  const { Go } = scope;
  // The page may run another Go program, built by another version.
  if (before) scope.Go = before;
  return Go;
};

/** What fetch would see now: until the module is there, the caller may change it. */
const capture = (args, base) => {
  // A Request would hide that a stream can be sent only once.
  if (args[1]?.body instanceof ReadableStream) return args;
  if (base && typeof args[0] === "string") args[0] = new URL(args[0], base).href;
  return [Reflect.construct(Request, args)];
};

const absolute = (url) => new URL(url, scope.document?.baseURI ?? scope.location?.href ?? "http://localhost");

const parse = (value) => {
  try {
    return value && (typeof value === "string" || value instanceof URL) ? absolute(value) : null;
  } catch {
    return null;
  }
};

// What an option must be: a test, and the words for it.
const text = [(value) => value && typeof value === "string", "a string that is not empty"];
const path = [(value) => typeof value === "string" && parse(value), "a path or a URL"];
const url = [(value) => /^https?:/.test(parse(value)?.href ?? ""), "an http or https URL"];
const origins = (value) => Array.isArray(value) && value.every((one) => /^http/.test(one) && parse(one)?.origin === one);
const isTime = (value) => typeof value === "number" && value <= 31_536_000_000;
const oneOf = (...values) => [(value) => values.includes(value), `one of "${values.join('", "')}"`];
const rules = {
  baseURL: url,
  paths: { login: path, refresh: path, logout: path, sessions: path },
  fields: { accessToken: text, expiresIn: text },
  storage: oneOf("memory", "sessionStorage", "localStorage"),
  storageKey: text,
  allowedOrigins: [origins, 'an array of origins such as "https://api.example.com"'],
  refreshMargin: [(value) => value >= 0 && isTime(value), "a number of milliseconds, from zero to a year"],
  refreshTimeout: [(value) => value > 0 && isTime(value), "a number of milliseconds, more than zero, a year at most"],
  restore: oneOf("eager", "lazy"),
  fetch: [(value) => typeof value === "function", "a function"],
  exposeToken: [(value) => typeof value === "boolean", "true or false"],
  wasmURL: url,
};
const scopes = { scope: oneOf("others", "all") };

/** Copies options that are right, and throws a TypeError that names the first wrong one. */
const check = (given, allowed, path = "") => {
  if (Object(given) !== given || Array.isArray(given)) {
    throw new TypeError(`authFetch: ${path ? `option "${path}"` : "options"} must be an object`);
  }
  const copy = /** @type {any} */ ({});
  for (const [key, value] of Object.entries(given)) {
    const name = path ? `${path}.${key}` : key;
    const rule = Object.hasOwn(allowed, key) && allowed[key];
    if (!rule) throw new TypeError(`authFetch: unknown option "${name}"`);
    if (value === undefined) continue;
    const nested = !Array.isArray(rule);
    if (!nested && !rule[0](value)) throw new TypeError(`authFetch: option "${name}" must be ${rule[1]}`);
    copy[key] = nested ? check(value, rule, name) : Array.isArray(value) ? [...value] : value;
  }
  return copy;
};
