/** Several findings at once: ignored, or repaired by the rules of every run. */
import { Button } from "@mantine/core";
import { useRealtime } from "../../realtime";
import type { FindingsDone } from "../generated/wire";
import { Confirm } from "../parts/confirm";
import { useJson } from "../parts/send";
import { toast } from "../ui/toasts";
import { words as all } from "./words";

const words = all.finding;

interface Props {
  ids: string[];
  /** All that this page of the list shows. */
  all: string[];
  choose: (ids: string[]) => void;
}

export function Bulk({ ids, all: shown, choose }: Props) {
  const json = useJson();
  const realtime = useRealtime();
  const act = async (action: "ignore" | "repair") => {
    const { done, failed } = await json<FindingsDone>("POST", "/api/admin/integrity/findings/bulk", { ids, action });
    if (done.length > 0) toast((action === "ignore" ? words.ignored : words.queued)(done.length));
    if (failed.length > 0) toast(words.failed(failed.length) + String(failed[0]?.["detail"] ?? ""), "bad");
    choose([]);
    realtime.store.refresh(["integrity"]);
  };
  if (shown.length === 0) return null;
  return (
    <div className="findings-bulk">
      <Button size="compact-sm" variant="subtle" onClick={() => choose(ids.length === shown.length ? [] : shown)}>{words.selectAll}</Button>
      {ids.length > 0 && <span className="quiet" aria-live="polite">{words.chosen(ids.length)}</span>}
      {ids.length > 0 && <Confirm size="compact-sm" label={words.ignore} title={words.ignoreTitle(ids.length)} confirm={words.ignore} act={() => act("ignore")}><p>{words.ignoreText}</p></Confirm>}
      {ids.length > 0 && <Confirm size="compact-sm" label={words.repair} title={words.repairTitle(ids.length)} confirm={words.repair} act={() => act("repair")}><p>{words.repairText}</p></Confirm>}
    </div>
  );
}
