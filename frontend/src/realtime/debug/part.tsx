/** What the parts of the debug view share: a titled frame, a table that scrolls in itself, a clock that ticks. */
import { useEffect, useId, useState, type ReactNode } from "react";

interface PartProps {
  title: string;
  wide?: boolean;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Part({ title, wide = false, actions, children }: PartProps) {
  const id = useId();
  return (
    <section className={wide ? "dgs-part dgs-wide" : "dgs-part"} aria-labelledby={id}>
      <div className="dgs-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

interface TableProps {
  caption: string;
  /** Heads of the columns; those of numbers are set to the right. */
  columns: readonly string[];
  numbers?: readonly string[];
  children: ReactNode;
}

export function Table({ caption, columns, numbers = [], children }: TableProps) {
  return (
    <div className="dgs-scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="dgs-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className={numbers.includes(column) ? "dgs-number" : undefined}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** The time, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
