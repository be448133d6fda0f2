/** Whether the chain of seals holds: said plainly, with the first link that does not. Step by step, for it may be long. */
import { Alert, Button, Progress } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { AuditVerdict } from "../generated/wire";
import { formatNumber } from "../messages";
import { address } from "../parts/params";
import { useAct, useJson } from "../parts/send";
import { Icon } from "../ui/icons";
import { standing, together } from "./steps";
import { words } from "./words";

export function Verify() {
  const json = useJson();
  const act = useAct();
  const [told, setTold] = useState<AuditVerdict>();
  const going = useRef(false);
  const stop = () => void (going.current = false);
  useEffect(() => stop, []);
  const verify = (before?: AuditVerdict) => act.run(async () => {
    let sum = before;
    going.current = true;
    setTold(sum);
    do {
      sum = together(sum, await json<AuditVerdict>("GET", address("/api/admin/audit/verify", sum?.next ? { after: sum.next } : {})));
      setTold(sum);
    } while (sum.next !== null && going.current);
  });
  const halfway = told !== undefined && told.next !== null;
  return (
    <>
      <Button size="xs" variant="default" loading={act.busy} leftSection={<Icon name="audit" size={15} />} onClick={() => void verify()}>{words.verify}</Button>
      {act.busy && <UnderWay told={told} onStop={stop} />}
      {act.error !== null && <Alert className="verdict" color="red" role="alert">{act.error}</Alert>}
      {!act.busy && halfway && (
        <div className="verdict verify-way">
          <span role="status">{words.stopped(told.sealed)}</span>
          <Button size="xs" variant="default" onClick={() => void verify(told)}>{words.goOn}</Button>
        </div>
      )}
      {told && !act.busy && !halfway && <Verdict verdict={told} />}
    </>
  );
}

function UnderWay({ told, onStop }: { told: AuditVerdict | undefined; onStop: () => void }) {
  const { part, share } = standing(told);
  return (
    <div className="verdict verify-way">
      <Progress className="verify-bar" value={share === null ? 100 : 100 * share} animated={share === null} striped={share === null} size="sm" aria-label={words.verifying} />
      <span className="quiet" role="status">{part === "seals" ? words.proven(told?.sealed ?? 0, told?.newest ?? null) : words.parts[part]}</span>
      <Button size="xs" variant="subtle" onClick={onStop}>{words.stop}</Button>
    </div>
  );
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  const { intact, sealed, unsealed, witnessed, compacted, broken, verifiedTo, digest } = verdict;
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
        {verifiedTo !== null && digest !== null && <li>{words.newest}: {formatNumber(verifiedTo)} <span className="mono verdict-digest">{digest}</span></li>}
      </ul>
    </Alert>
  );
}
