/** Whether the chain of seals holds: said plainly, with the first link that does not. */
import { Alert, Button } from "@mantine/core";
import { useState } from "react";
import type { AuditVerdict } from "../generated/wire";
import { formatNumber } from "../messages";
import { useAct, useJson } from "../parts/send";
import { Icon } from "../ui/icons";
import { words } from "./words";

export function Verify() {
  const json = useJson();
  const act = useAct();
  const [verdict, setVerdict] = useState<AuditVerdict>();
  const verify = () => act.run(async () => setVerdict(await json<AuditVerdict>("GET", "/api/admin/audit/verify")));
  return (
    <>
      <Button size="xs" variant="default" loading={act.busy} leftSection={<Icon name="audit" size={15} />} onClick={() => void verify()}>{words.verify}</Button>
      {act.busy && <span className="quiet" role="status">{words.verifying}</span>}
      {act.error !== null && <Alert className="verdict" color="red" role="alert">{act.error}</Alert>}
      {verdict && !act.busy && <Verdict verdict={verdict} />}
    </>
  );
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  const { intact, sealed, unsealed, witnessed, compacted, broken, newest, digest } = verdict;
  return (
    <Alert className="verdict" color={intact ? "green" : "red"} role={intact ? "status" : "alert"} icon={<Icon name={intact ? "check" : "alert"} />} title={intact ? words.intact(sealed) : words.broken}>
      <ul className="notes">
        {broken && <li><strong>{broken.seq === null ? null : words.link(broken.seq)}{broken.changeId === null ? null : `, ${words.change(broken.changeId)}`}</strong></li>}
        {broken && <li>{words.kinds[broken.kind] ?? broken.kind}</li>}
        {broken && <li className="mono">{broken.detail}</li>}
        {broken && <li>{words.heldUntil(sealed)}</li>}
        <li>{words.unsealed(unsealed)}</li>
        <li>{words.witnessed(witnessed)}</li>
        {compacted > 0 && <li>{words.compacted(compacted)}</li>}
        {newest !== null && digest !== null && <li>{words.newest}: {formatNumber(newest)} <span className="mono verdict-digest">{digest}</span></li>}
      </ul>
    </Alert>
  );
}
