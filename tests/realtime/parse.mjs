// Reads {"wire": base64, "cuts": [[place, ...], ...]} and tells for each list of cuts what eventsource-parser made of it.
import { readFileSync } from "node:fs";
import { createParser } from "eventsource-parser";

const { wire, cuts } = JSON.parse(readFileSync(0, "utf8"));
const bytes = Buffer.from(wire, "base64");

const parsed = cuts.map((places) => {
  const found = [];
  let retry = null;
  const parser = createParser({
    onRetry: (value) => (retry = value),
    onError: (error) => { throw error; },
    onEvent: (event) => {
      found.push([event.event ?? "message", event.data, event.id ?? null, retry]);
      retry = null;
    },
  });
  const decoder = new TextDecoder();
  [...places, bytes.length].reduce((from, to) => {
    parser.feed(decoder.decode(bytes.subarray(from, to), { stream: true }));
    return to;
  }, 0);
  return found;
});
process.stdout.write(JSON.stringify(parsed));
