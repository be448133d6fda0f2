/** Setting a second factor up: the password, the QR code, a first code, then the recovery codes, shown this once. */
import { Alert, Button, CopyButton, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { post } from "../api";
import type { RecoveryCodes, TotpEnrolment } from "../generated/wire";
import { useAct } from "../parts/send";
import { words } from "./words";
import "./account.css";

/** `onTurnedOn`: it is asked for from now on, while the recovery codes are still shown. */
export function SetUp({ onTurnedOn, onDone }: { onTurnedOn?: () => void; onDone: () => void }) {
  const [enrolment, setEnrolment] = useState<TotpEnrolment>();
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <Codes codes={codes} onDone={onDone} />;
  if (enrolment) return <Scan enrolment={enrolment} onCodes={(given) => (setCodes(given), onTurnedOn?.())} />;
  return <Proof onBegun={setEnrolment} />;
}

function Proof({ onBegun }: { onBegun: (enrolment: TotpEnrolment) => void }) {
  const act = useAct();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    void act.run(async () => onBegun(await post<TotpEnrolment>("/api/auth/totp", { password })));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {act.error !== null && <Alert color="red" role="alert">{Object.values(act.wrong).join(" ") || act.error}</Alert>}
        <PasswordInput name="password" label={words.proof} autoComplete="current-password" required withAsterisk={false} autoFocus />
        <Button type="submit" loading={act.busy}>{words.next}</Button>
      </Stack>
    </form>
  );
}

function Scan({ enrolment: { svg, secret, uri }, onCodes }: { enrolment: TotpEnrolment; onCodes: (codes: string[]) => void }) {
  const act = useAct();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code")).trim();
    void act.run(async () => onCodes((await post<RecoveryCodes>("/api/auth/totp/confirm", { code })).recoveryCodes));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <p><strong>{words.scan}.</strong> <span className="quiet">{words.scanHint}</span></p>
        <img className="qr" src={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={words.qr} />
        <p><span className="quiet">{words.byHand}:</span> <a href={uri} className="mono secret">{secret}</a></p>
        {act.error !== null && <Alert color="red" role="alert">{Object.values(act.wrong).join(" ") || act.error}</Alert>}
        <TextInput name="code" label={words.code} inputMode="numeric" autoComplete="one-time-code" maxLength={10} required withAsterisk={false} autoFocus />
        <Button type="submit" loading={act.busy}>{words.confirm}</Button>
      </Stack>
    </form>
  );
}

export function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const text = codes.join("\n");
  return (
    <Stack gap="md">
      <p><strong>{words.codesTitle}.</strong> <span className="quiet">{words.codesIntro}</span></p>
      <ul className="codes mono">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
      <Group gap="xs">
        <CopyButton value={text}>{({ copied, copy }) => <Button variant="default" size="xs" onClick={copy}>{copied ? words.copied : words.copy}</Button>}</CopyButton>
        <Button variant="default" size="xs" onClick={() => save(`${words.fileHead}\n\n${text}\n`)}>{words.download}</Button>
      </Group>
      <Button onClick={onDone}>{words.kept}</Button>
    </Stack>
  );
}

function save(text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = words.fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
