// What the demo makes of a session's details, and of a refusal.
import assert from "node:assert/strict";
import test from "node:test";

import { Refusal } from "../demo/api.js";
import { deviceName } from "../demo/device.js";
import { ago, errorInWords } from "../demo/words.js";

const mozilla = "Mozilla/5.0";
for (const [want, userAgent] of [
  ["Chrome on Linux", `${mozilla} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36`],
  ["Chrome on Linux", `${mozilla} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36`],
  ["Edge on Windows", `${mozilla} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`],
  ["Firefox on macOS", `${mozilla} (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0`],
  ["Safari on iPhone", `${mozilla} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1`],
  ["Chrome on iPad", `${mozilla} (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.0.0 Mobile/15E148 Safari/604.1`],
  ["Samsung Internet on Android", `${mozilla} (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
  ["Opera on ChromeOS", `${mozilla} (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/122.0.0.0`],
  ["curl/8.5.0", "curl/8.5.0"],
  ["<b>Linux</b>", "<b>Linux</b>"],
  ["x".repeat(60), "x".repeat(60)],
  [`${"x".repeat(60)}…`, "x".repeat(61)],
  ["A device without a name", ""],
]) {
  test(`a device: ${want}, of ${userAgent.length} characters`, () => assert.equal(deviceName(userAgent), want));
}

const now = new Date("2026-03-01T12:00:00Z");
for (const [moment, want] of [
  ["2026-03-01T12:00:20Z", "just now"], // the server's clock is ahead
  ["2026-03-01T11:59:01Z", "just now"],
  ["2026-03-01T11:59:00Z", "1 minute ago"],
  ["2026-03-01T11:00:01Z", "59 minutes ago"],
  ["2026-03-01T11:00:00Z", "1 hour ago"],
  ["2026-02-28T12:00:01Z", "23 hours ago"],
  ["2026-02-28T12:00:00Z", "yesterday"],
  ["2025-12-01T12:00:00Z", "90 days ago"],
]) {
  test(`${moment} was ${want}`, () => assert.equal(ago(new Date(moment), now), want));
}

for (const [name, refusal, want] of [
  ["a known code", new Refusal(403, { code: "wrong_password", detail: "the old password is not right" }, 0), "That is not the password until now. Nothing has changed."],
  ["what is wrong with a field", new Refusal(400, { code: "invalid_request", detail: 'the field "email" is missing' }, 0), 'The field "email" is missing.'],
  ["to wait", new Refusal(429, { code: "throttled" }, 12), "Too many attempts. Try again in 12 seconds."],
  ["a code of tomorrow", new Refusal(418, { code: "teapot", detail: "it is a teapot" }, 0), "it is a teapot"],
  ["a proxy's page", new Refusal(502, {}, 0), "The server answered 502."],
]) {
  test(`a refusal: ${name}`, () => assert.equal(errorInWords(refusal), want));
}
