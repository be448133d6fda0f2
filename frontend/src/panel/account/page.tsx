/** One's own account: the password, the second factor, and where one is signed in. */
import { Alert, Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type FormEvent } from "react";
import { useRealtimeData } from "../../realtime";
import { post } from "../api";
import { PasswordForm } from "../auth/change-password";
import { useUser } from "../auth/user";
import type { RecoveryCodes, TotpState } from "../generated/wire";
import { messages } from "../messages";
import "../parts/parts.css";
import { useAct } from "../parts/send";
import { Badge } from "../ui/badge";
import { Dialog } from "../ui/dialog";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { Codes, SetUp } from "./second-factor";
import { Sessions } from "./sessions";
import { words } from "./words";

const TOTP = "/api/auth/totp";

export default function AccountPage() {
  const me = useUser();
  const [round, setRound] = useState(0);
  return (
    <div className="page">
      <div className="two">
        <section className="card stack" aria-labelledby="password">
          <h2 id="password">{words.password}</h2>
          <p className="quiet">{words.passwordHint}</p>
          <PasswordForm key={round} email={me.email} oneTime={false} onDone={() => (setRound(round + 1), toast(words.passwordDone))} />
        </section>
        <Factor />
      </div>
      <section className="card stack" aria-labelledby="sessions">
        <h2 id="sessions">{words.sessions}</h2>
        <Sessions key={round} list="/api/auth/sessions" />
      </section>
    </div>
  );
}

function Factor() {
  const { data, refresh, error } = useRealtimeData<TotpState>(TOTP);
  const [settingUp, setSettingUp] = useState(false);
  const done = () => {
    setSettingUp(false);
    void refresh();
  };
  return (
    <section className="card stack" aria-labelledby="factor">
      <div className="card-head">
        <h2 id="factor">{words.factor}</h2>
        {data && <Badge tone={data.enabled ? "good" : "warn"}>{data.enabled ? words.on : words.off}</Badge>}
        {data?.since && <span className="quiet">{words.since} <Time value={data.since} /></span>}
      </div>
      {error !== null && <Alert color="red" role="alert">{error}</Alert>}
      {settingUp && <SetUp onTurnedOn={() => void refresh()} onDone={done} />}
      {data && !data.enabled && !settingUp && <><p className="quiet">{words.why}</p><Button className="fit-left" onClick={() => setSettingUp(true)}>{words.setUp}</Button></>}
      {data?.enabled && !settingUp && <Standing state={data} refresh={() => void refresh()} />}
    </section>
  );
}

function Standing({ state, refresh }: { state: TotpState; refresh: () => void }) {
  const [codes, setCodes] = useState<string[]>();
  const renew = async (proof: Record<string, string>) => setCodes((await post<RecoveryCodes>(`${TOTP}/recovery-codes`, proof)).recoveryCodes);
  const off = async (proof: Record<string, string>) => (await post(`${TOTP}/off`, proof), toast(words.turnedOff), refresh());
  if (codes) return <Codes codes={codes} onDone={() => (setCodes(undefined), refresh())} />;
  return (
    <>
      <p className={state.recoveryCodes < 3 ? "bad" : "quiet"}>{words.left(state.recoveryCodes)}. {state.recoveryCodes < 3 && words.few}</p>
      <Group gap="xs">
        <Proven label={words.renew} title={words.renewTitle} text={words.renewText} act={renew} />
        <Proven label={words.turnOff} title={words.turnOffTitle} text={words.turnOffText} act={off} dangerous />
      </Group>
    </>
  );
}

interface ProvenProps {
  label: string;
  title: string;
  text: string;
  dangerous?: boolean;
  act: (proof: Record<string, string>) => Promise<unknown>;
}

/** What only the owner may do: it asks for the password and a code. */
function Proven({ label, title, text, dangerous = false, act }: ProvenProps) {
  const [opened, { open, close }] = useDisclosure();
  const acting = useAct();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (await acting.run(() => act({ password: String(form.get("password")), code: String(form.get("code")).trim() }))) close();
  };
  return (
    <>
      <Button variant="default" {...(dangerous ? { className: "danger" } : {})} onClick={open}>{label}</Button>
      <Dialog opened={opened} onClose={close} title={title}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="md">
            <p>{text}</p>
            {acting.error !== null && <Alert color="red" role="alert">{Object.values(acting.wrong).join(" ") || acting.error}</Alert>}
            <PasswordInput name="password" label={words.proof} autoComplete="current-password" required withAsterisk={false} data-autofocus />
            <TextInput name="code" label={words.anyCode} description={words.anyCodeHint} autoComplete="one-time-code" maxLength={40} required withAsterisk={false} />
            <Group gap="xs" justify="flex-end">
              <Button variant="default" onClick={close}>{messages.app.cancel}</Button>
              <Button type="submit" loading={acting.busy} {...(dangerous ? { color: "red.9" } : {})}>{label}</Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
