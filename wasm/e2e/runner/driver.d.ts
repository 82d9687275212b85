/** What a driver for one browser exports: a function `launch` of this type. */
export type Launch = (executable: string) => Promise<Browser>;

/**
 * Told of what a page's console shows, until the page is closed: the level ("error",
 * "warn", "log", …) and the text. Uncaught exceptions and rejections are errors;
 * answers with an error status are not.
 */
export type Tell = (level: string, text: string) => void;

export interface Browser {
  /** The name and version that a person would tell. */
  version(): Promise<string>;
  /**
   * Opens url in a page of its own. Its profile may be another one's, whose URL has
   * another host. Resolves when navigation has begun.
   */
  open(url: string, tell: Tell): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  /** Opens url in another tab of the same profile, as a user does. */
  tab(url: string, tell: Tell): Promise<Page>;
  /**
   * The value of an expression in the page, and of its promise once that has
   * settled. The page's Content-Security-Policy has no say in it.
   */
  evaluate(expression: string): Promise<unknown>;
  /** Closes the page as its user does; of the first one, what it had to itself goes too. */
  close(): Promise<void>;
  /** Ends the process that the page runs in. */
  crash(): Promise<void>;
}
