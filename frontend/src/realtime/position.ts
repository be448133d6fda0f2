/** Positions are compared as two whole numbers; as text "9-0" would come after "10-0". */
import type { Position } from "./types";

const FORM = /^(\d+)-(\d+)$/;

function parse(position: Position): [bigint, bigint] | undefined {
  const match = FORM.exec(position);
  return match ? [BigInt(match[1]!), BigInt(match[2]!)] : undefined;
}

/** Negative when `a` lies before `b`, 0 when equal. What is no position lies before everything. */
export function compare(a: Position | undefined, b: Position | undefined): number {
  const left = a === undefined ? undefined : parse(a);
  const right = b === undefined ? undefined : parse(b);
  if (!left || !right) return Number(Boolean(left)) - Number(Boolean(right));
  if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1;
  if (left[1] !== right[1]) return left[1] < right[1] ? -1 : 1;
  return 0;
}

export function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  return compare(a, b) >= 0 ? a : b;
}
