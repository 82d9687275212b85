/** What a driver for one browser exports: a function `launch` of this type. */
export type Launch = (executable: string) => Promise<Browser>;

export interface Browser {
  version(): Promise<string>;
  /**
   * Opens url in a page of its own: no cookie, storage or cache of another one.
   * Resolves when navigation has begun; onError gets every error that the page's
   * console shows, uncaught exceptions and rejections included, until the page is
   * closed. Answers with an error status are not errors of the page.
   */
  open(url: string, onError: (text: string) => void): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  close(): Promise<void>;
}
