/** Positions are compared as two whole numbers; as text "9-0" would come after "10-0". */
import type { Position } from "./types";

const FORM = /^(\d+)-(\d+)$/;

/** Both numbers as one: the second has at most 64 bits. */
function order(position: Position | undefined): bigint {
  const match = FORM.exec(position ?? "");
  return match ? (BigInt(match[1]!) << 64n) + BigInt(match[2]!) : -1n;
}

/** Negative when `a` lies before `b`, 0 when equal. What is no position lies before everything. */
export function compare(a: Position | undefined, b: Position | undefined): number {
  return Number(order(a) - order(b));
}

export function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  return compare(a, b) >= 0 ? a : b;
}
