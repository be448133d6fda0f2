/** A record that is no more: what happened to it, and the way back while it is in quarantine. */
import { Button } from "@mantine/core";
import { useRealtime, useRealtimeData } from "../../realtime";
import { useAct, useJson } from "../parts/send";
import type { Resource } from "../resources";
import type { QuarantineEntry } from "../types";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import { toast } from "../ui/toasts";
import { RecordHistory } from "./history";
import { words } from "./words";

export function Gone({ resource, id, why }: { resource: Resource; id: string; why: string }) {
  const params = new URLSearchParams({ resource: resource.name, recordId: id, page: "1", limit: "1" });
  const { data } = useRealtimeData<QuarantineEntry[]>(`/api/admin/quarantine?${params}`);
  const realtime = useRealtime();
  const send = useJson();
  const act = useAct();
  const entry = data?.[0];
  const restore = (one: QuarantineEntry) =>
    act.run(async () => {
      await send("POST", `/api/admin/quarantine/${encodeURIComponent(one.id)}/restore`);
      toast(words.restored(resource.title({ ...one.snapshot, id, version: 0 })));
      await realtime.refresh(`/api/admin/${resource.name}/${encodeURIComponent(id)}`);
    }, true);
  return (
    <>
      <Empty icon="search" title={entry ? words.gone : why} hint={words.goneHint}>
        {entry && <Button loading={act.busy} leftSection={<Icon name="restore" size={16} />} onClick={() => void restore(entry)}>{words.restore}</Button>}
      </Empty>
      <RecordHistory resource={resource} id={id} record={undefined} />
    </>
  );
}
