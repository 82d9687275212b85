// @ts-check
/**
 * The second tab: this page once more, in a frame beside it. To the browser that is
 * another page of the same origin, with the same cookies, storage, locks and channels;
 * so it is to authFetch.
 *
 * @typedef {{ signIn: { name: string, email: string } }} Request what one page asks of the one in its frame
 */

import { byId, el } from "./dom.js";

/** Whether this page is that second tab. */
export const isPeer = parent !== window && new URLSearchParams(location.search).has("tab");

/** For the second tab: it can take requests from now on. @param {(request: Request) => void} listener */
export const attend = (listener) => {
  addEventListener("message", ({ source, origin, data }) => {
    if (source === parent && origin === location.origin) listener(data);
  });
  parent.postMessage("ready", location.origin);
};

export class Peer {
  /** @type {HTMLIFrameElement | undefined} */
  #frame;
  /** Resolves when the second tab takes requests. @type {Promise<void> | undefined} */
  #ready;

  constructor() {
    byId("peer-open").addEventListener("click", () => this.toggle());
    byId("peer-close").addEventListener("click", () => {
      this.toggle();
      byId("peer-open").focus(); // what the keyboard was at is gone
    });
  }

  get isOpen() {
    return !byId("peer").hidden;
  }

  /** The address of the second tab: this page's, so that it keeps the token in the same place. */
  get #address() {
    const address = new URL(location.href);
    address.searchParams.set("tab", "2");
    return address.href;
  }

  toggle() {
    const open = !this.isOpen;
    byId("peer").hidden = !open;
    byId("tabs").classList.toggle("split", open);
    document.body.classList.toggle("split", open);
    byId("peer-open").setAttribute("aria-expanded", String(open));
    byId("peer-open").textContent = open ? "Close the second tab" : "Show a second tab";
    if (open) this.load();
    else byId("peer-page").replaceChildren();
  }

  /** Loads the second tab, again where this one has changed what both go by. */
  load() {
    if (!this.isOpen) return;
    // A new frame each time: one that navigates would be in the way of the back button.
    const frame = el("iframe", { title: "The second tab", src: this.#address });
    this.#ready = new Promise((resolve) => {
      const listener = (/** @type {MessageEvent} */ { source, data }) => {
        if (source !== frame.contentWindow || data !== "ready") return;
        removeEventListener("message", listener);
        resolve();
      };
      addEventListener("message", listener);
    });
    byId("peer-page").replaceChildren(frame);
    this.#frame = frame;
  }

  /** @param {Request} request */
  async ask(request) {
    if (!this.isOpen) this.toggle();
    await this.#ready;
    this.#frame?.contentWindow?.postMessage(request, location.origin);
  }
}
