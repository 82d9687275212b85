// @ts-check
// The demo page in a frame, which is a page of its own, and what a visitor does there.

/** @typedef {import("./context.js").Context} Context */

export class Demo {
  /** @param {Context} t @param {HTMLIFrameElement} frame */
  constructor(t, frame) {
    this.t = t;
    this.frame = frame;
  }

  /** @param {Context} t @param {string} [query] */
  static async open(t, query = "") {
    const frame = document.createElement("iframe");
    frame.width = "1200";
    frame.height = "900";
    frame.src = `/${query}`;
    document.body.append(frame);
    t.cleanups.push(() => frame.remove());
    const demo = new Demo(t, frame);
    await demo.loaded();
    await demo.until("#state", /^Signed (in|out)$/);
    return demo;
  }

  /** The second tab that it shows beside itself. */
  async second() {
    this.find("#peer-open").click();
    const second = new Demo(this.t, this.find("#peer-page iframe"));
    await second.loaded();
    second.frame.scrollIntoView(); // WebKit draws what is out of sight every ten seconds
    await second.until("#state", /^Signed (in|out)$/);
    return second;
  }

  async loaded() {
    await new Promise((resolve) => this.frame.addEventListener("load", resolve, { once: true }));
    const { t, page } = this;
    page.addEventListener("securitypolicyviolation", (event) => t.fail(`refused by the policy: ${event.violatedDirective}`));
    this.frame.contentWindow?.addEventListener("error", ({ message }) => t.fail(`uncaught in the demo: ${message}`));
  }

  get page() {
    return /** @type {Document} */ (this.frame.contentDocument);
  }

  /** @param {string} selector @returns {any} */
  find(selector) {
    return this.page.querySelector(selector) ?? this.t.fail(`the demo has no ${selector}`);
  }

  /** @param {string} selector */
  text(selector) {
    return this.find(selector).textContent.replace(/\s+/g, " ").trim();
  }

  /** Waits until an element says something. @param {string} selector @param {RegExp} pattern */
  async until(selector, pattern) {
    const said = new Promise((resolve) => {
      const look = () => pattern.test(this.text(selector)) && resolve(observer.disconnect());
      const observer = new MutationObserver(look);
      observer.observe(this.find(selector), { childList: true, characterData: true, subtree: true });
      look();
    });
    await this.t.within(said, 10_000, `${selector} says ${pattern}`);
  }

  async signIn() {
    this.find("#sign-in button").click();
    await this.until("#state", /^Signed in$/);
    await this.until("#name", /./);
    await this.until("#outcome", /^Signed in/);
  }

  /** Fills a form and sends it. @param {string} selector @param {Record<string, string>} fields */
  submit(selector, fields) {
    const form = this.find(selector);
    for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
    form.requestSubmit();
  }

  /** What it says of decisions: each line's code, whom it is about, and what was decided. */
  get decisions() {
    return [...this.page.querySelectorAll("#decisions li")].map((line) => {
      const [subject, code] = [line.querySelector("b")?.textContent ?? "", line.querySelector("code")?.textContent ?? ""];
      const words = line.querySelector("b")?.parentElement?.textContent ?? "";
      return { code, subject, words: words.slice(subject.length).trim() };
    });
  }

  /** The rows of the list of sessions, as texts. */
  get sessions() {
    return [...this.page.querySelectorAll("#sessions-list li")].map(({ textContent }) => textContent?.replace(/\s+/g, " ").trim() ?? "");
  }

  get counts() {
    return [...this.page.querySelectorAll("#counts dd[data-count]")].slice(0, 5).map(({ textContent }) => Number(textContent));
  }
}
