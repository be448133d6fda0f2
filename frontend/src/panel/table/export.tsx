/** The list as a file: all that its question finds, or what is selected. The server streams it. */
import { Button, Menu } from "@mantine/core";
import { explain, useSend, type Realtime } from "../../realtime";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toasts";
import { escaped, type Filters } from "./url";
import { words } from "./words";

/** An address may not grow without end. */
export const MOST_NAMED = 90;

export function exportAddress(resource: string, format: "csv" | "json", question: Filters, sort: string): string {
  return `/api/admin/${resource}/export?${new URLSearchParams({ format, sort, ...question })}`;
}

export function namedQuestion(ids: Iterable<string>): Filters {
  return { id: [...ids].map(escaped).join(",") };
}

/** A download carries cookies but cannot renew them, so a request that can goes first. */
export async function download(send: Realtime["send"], address: string): Promise<void> {
  try {
    await send("/api/auth/me");
  } catch (failure) {
    return toast(explain(failure), "bad");
  }
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

interface Props {
  resource: Resource;
  question: Filters;
  sort: string;
  total: number;
  label?: string;
}

export function Export({ resource, question, sort, total, label = words.exportAll(total) }: Props) {
  const send = useSend();
  const take = (format: "csv" | "json") => void download(send, exportAddress(resource.name, format, question, sort));
  return (
    <Menu position="bottom-end" shadow="md" width={230} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" className="tool" leftSection={<Icon name="download" size={16} />} aria-label={words.export}><span className="tool-word">{words.export}</span></Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{label}</Menu.Label>
        <Menu.Item onClick={() => take("csv")}>{words.exportCsv}</Menu.Item>
        <Menu.Item onClick={() => take("json")}>{words.exportJson}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
