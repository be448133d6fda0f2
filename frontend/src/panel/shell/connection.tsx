/** The light: live, polling or offline, since when, and how far the stream has come. */
import { Popover, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect, useState, type KeyboardEvent } from "react";
import { reasonInWords, useConnection, type Connection } from "../../realtime";
import { messages } from "../messages";
import { exactly, Time } from "../ui/time";

const words = messages.connection;
const EXPLAIN = { live: words.explainLive, polling: words.explainPolling, offline: words.explainOffline };
/** A page that just opened is connecting, not down. Milliseconds. */
const PATIENCE = 4_000;

function useLook(connection: Connection): "live" | "polling" | "offline" | "connecting" {
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setPatient(false), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  const fresh = patient && connection.state === "polling" && connection.lastSeen === undefined;
  return fresh ? "connecting" : connection.state;
}

export function ConnectionLight() {
  const connection = useConnection();
  const look = useLook(connection);
  const [opened, { toggle, close }] = useDisclosure();
  const leave = ({ key }: KeyboardEvent) => {
    if (key === "Escape") close();
  };
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-end" shadow="md" width={290} withinPortal={false}>
      <Popover.Target>
        <UnstyledButton className="light" data-state={look} aria-label={`${words.title}: ${words[look]}`} onClick={toggle} onKeyDown={leave}>
          <span className="light-dot" />
          <span className="light-word" aria-live="polite">{words[look]}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.details}>
        <p className="light-explain">{reasonInWords(connection) ?? EXPLAIN[connection.state]}</p>
        <dl className="facts">
          <dt>{words.since}</dt>
          <dd>{exactly(connection.since)}</dd>
          <dt>{words.lastSeen}</dt>
          <dd><Time value={connection.lastSeen} /></dd>
          <dt>{words.position}</dt>
          <dd className="mono">{connection.position ?? messages.app.none}</dd>
          {connection.attempts > 0 && <dt>{words.attempts}</dt>}
          {connection.attempts > 0 && <dd>{connection.attempts}</dd>}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
