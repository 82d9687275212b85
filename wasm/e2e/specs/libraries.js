// @ts-check
// Libraries that take a fetch, each the real one, over authFetch: what holds for a
// call holds for a call of theirs.

import { REFRESH } from "../harness/context.js";
import { clients } from "../harness/clients.js";
import { spec } from "../harness/spec.js";

const form = () => {
  const data = new FormData();
  data.append("file", new File([new Uint8Array(70_000).fill(7)], "photo.jpg", { type: "image/jpeg" }));
  return data;
};
const bodies = {
  "JSON": () => ({ n: "zwölf" }),
  "a form with a file": form,
  "a Blob": () => new Blob([new Uint8Array(70_000).fill(9)], { type: "image/png" }),
};

for (const [name, make] of Object.entries(clients)) {
  spec(`C45 C13 ${name}, expired token: one refresh, and the caller sees what it asked for`, async (t) => {
    const client = make(await t.expired());
    t.equal(await client.read("7"), "7", "what it reads");
    const hits = await t.server.hits(client.reads ?? "GET /api/test/echo");
    t.same(hits.map(({ status }) => status), [401, 200], "statuses");
    await t.hits(REFRESH, 1);
    await t.rotations(1);
  });

  spec(`C45 C14 ${name}, 24 calls at once: one refresh, each with its own answer`, async (t) => {
    const client = make(await t.expired());
    const numbers = Array.from({ length: 24 }, (_, n) => String(n));
    t.same(await Promise.all(numbers.map((n) => client.read(n))), numbers, "what they read");
    await t.hits(REFRESH, 1);
    await t.rotations(1);
  });

  spec(`C45 C17 ${name}, bodies: the second is byte for byte the first`, async (t) => {
    const authFetch = await t.signedIn();
    const client = make(authFetch);
    for (const [kind, body] of Object.entries(bodies)) {
      if (client.onlyJSON && kind !== "JSON") continue;
      await t.server.expire();
      await t.server.mark();
      await client.write(body());
      const [first, second, ...more] = await t.server.hits(client.writes ?? "POST /api/test/echo");
      t.same([first?.status, second?.status, more], [401, 200, []], `statuses, ${kind}`);
      t.equal(second?.body, first?.body, `digest of the second body, ${kind}`);
      t.ok(Number(first?.headers["content-length"]) > 10, `something was sent, ${kind}`);
      t.equal(second?.headers["content-type"], first?.headers["content-type"], `second Content-Type, ${kind}`);
      await t.hits(REFRESH, 1, kind);
    }
  });
}
