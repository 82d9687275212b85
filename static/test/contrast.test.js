// The colours of the demo, in both themes, against WCAG 2.2 level AA: 4.5 to 1 for
// text (1.4.3), 3 to 1 for what else has to be seen (1.4.11).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const css = readFileSync(new URL("../demo/colours.css", import.meta.url), "utf8");
const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) =>
  Object.fromEntries([...rules.matchAll(/--([\w-]+):\s*#([0-9a-f]{6})([0-9a-f]{2})?;/g)].map(([, name, ...hex]) => [name, hex])),
);

const channels = (hex) => hex.match(/../g).map((pair) => parseInt(pair, 16) / 255);

/** A colour as seen: one that lets the ground through is mixed with it. */
const seen = ([hex, alpha = "ff"], ground) => {
  const [opacity] = channels(alpha);
  return channels(hex).map((value, index) => value * opacity + (ground?.[index] ?? 0) * (1 - opacity));
};

/** Relative luminance, as WCAG defines it. */
const luminance = (colour) =>
  colour
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);

const contrast = (a, b) => {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
};

const text = {
  "ground": ["ink", "soft", "refresh"],
  "card": ["ink", "soft", "refresh", "good", "refused", "failed"],
  "sunk": ["ink", "soft", "refresh", "failed"],
  "refresh-soft": ["ink", "soft"],
  "refresh": ["on-strong"],
  "good": ["on-strong"],
  "failed": ["on-strong"],
  "refused-ground": ["ink"],
  "refused-stripe": ["ink"],
};
const shapes = {
  "ground": ["refresh"],
  "card": ["edge", "soft", "refresh", "good", "refused", "failed"],
  "sunk": ["edge", "refresh", "good", "refused", "failed"],
  "line": ["good"],
  "good": ["card"],
  "edge": ["card"],
  "refresh-soft": ["soft", "refused", "good"],
  "refused-ground": ["refused"],
};
for (const [theme, colours] of Object.entries({ light, dark: { ...light, ...dark } })) {
  for (const [least, pairs] of [[4.5, text], [3, shapes]]) {
    for (const [ground, names] of Object.entries(pairs)) {
      for (const name of names) {
        test(`${theme}: ${name} on ${ground}, at least ${least} to 1`, () => {
          const under = seen(colours[ground], seen(colours.card));
          const ratio = contrast(seen(colours[name]), under);
          assert.ok(ratio >= least, `it is ${ratio.toFixed(2)} to 1`);
        });
      }
    }
  }
}
