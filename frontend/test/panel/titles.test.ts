import { expect, test } from "vitest";
import { addressesOf, titlesOf } from "../../src/panel/parts/titles";

test("records are asked for once, many at once, of what has records only", () => {
  const about = (resource: string, ...ids: (string | null)[]) => ids.map((recordId) => ({ resource, recordId }));
  const asked = addressesOf([...about("users", "b", "a", "b", null), ...about("categories", "x,y"), ...about("audit", "z")]);
  expect(asked).toEqual({
    users: "/api/admin/users?id=a%2Cb&page=1&limit=2",
    categories: "/api/admin/categories?id=x%5C%2Cy&page=1&limit=1",
  });
});

test("each is called as its resource calls it; of one that is gone nothing is told", () => {
  const found = titlesOf({ users: [{ id: "a", version: 1, name: "Ada", email: "ada@example.org" }], categories: undefined });
  expect([...found]).toEqual([["users/a", "ada@example.org"]]);
});
