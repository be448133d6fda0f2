/** Rows of choices that a narrow screen cuts off: what is chosen is never out of sight. */
import { Tabs } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";

const CHOSEN = "[aria-selected='true'], input:checked + label";

function useChosenInSight(chosen: string | null) {
  const row = useRef<HTMLDivElement>(null);
  const seen = useRef("");
  useEffect(() => {
    const [outer, one] = [row.current, row.current?.querySelector<HTMLElement>(CHOSEN)];
    const now = `${chosen} ${outer?.scrollWidth}`; // numbers that come later make it wider
    if (!outer || !one || now === seen.current) return;
    seen.current = now;
    const [frame, box] = [outer.getBoundingClientRect(), one.getBoundingClientRect()];
    outer.scrollLeft += (box.left + box.right - frame.left - frame.right) / 2; // to its middle, as far as that goes
  });
  return row;
}

export function TabRow({ chosen, label, children }: { chosen: string | null; label: string; children: ReactNode }) {
  return <Tabs.List ref={useChosenInSight(chosen)} aria-label={label}>{children}</Tabs.List>;
}

export function ChoiceRow({ chosen, children }: { chosen: string; children: ReactNode }) {
  return <div ref={useChosenInSight(chosen)} className="scroll-x">{children}</div>;
}
