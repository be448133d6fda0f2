import { expect, test } from "vitest";
import { agentName } from "../../src/panel/realtime/agent";
import { bytes } from "../../src/panel/realtime/words";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome 156, Linux"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge 141, Windows"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari 18, macOS"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox 140, Android"],
  ["python-httpx/0.28.1", "python-httpx/0.28.1"],
  ["", ""],
])("%s is %s", (agent, name) => {
  expect(agentName(agent)).toBe(name);
});

test("sizes are short", () => {
  expect([0, 999, 1_000, 4_230, 1_100_000_000].map(bytes)).toEqual(["0 B", "999 B", "1 KB", "4.2 KB", "1.1 GB"]);
});
