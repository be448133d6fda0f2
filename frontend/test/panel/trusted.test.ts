import { expect, test, vi } from "vitest";

test("the one policy of the page takes text without elements, and knows no script", async () => {
  const createPolicy = vi.fn();
  vi.stubGlobal("trustedTypes", { createPolicy });
  const { plainOnly } = await import("../../src/panel/trusted");
  expect(createPolicy).toHaveBeenCalledExactlyOnceWith("default", { createHTML: plainOnly });
  expect(plainOnly(":root { --ink: #123 } a > b { color: red }")).toContain("--ink");
  expect(() => plainOnly("<img src=x onerror=alert(1)>")).toThrow(TypeError);
  expect(() => plainOnly("</style><script>1</script>")).toThrow(TypeError);
});
