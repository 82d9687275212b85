import type { Context } from "./context.js";

export interface Spec {
  /** Starts with the scenario that it holds. */
  name: string;
  options: Options;
  run: (t: Context) => Promise<void>;
}

export interface Options {
  /** The page's server speaks HTTP/2 over TLS. */
  http2?: boolean;
  /** t.create makes its instance from the module alone, without the loader. */
  bare?: boolean;
  /** Nothing else runs in that browser meanwhile. */
  alone?: boolean;
  /** In ms; 30,000 where it is left out. */
  timeout?: number;
  /** The browsers that cannot do it, and why: listed, never left out silently. */
  except?: Partial<Record<Engine, string>>;
  /** What happens in those browsers in place of it. */
  instead?: Spec["run"];
}

export type Engine = "chromium" | "firefox" | "webkit";

/** The origins that are foreign to the API: another host, another port, and a host that begins like the API's. */
export interface Origins {
  host: string;
  port: string;
  suffix: string;
}
