/** One person's access: role, on or off, password links, second factor, sign-ins. What is refused says why. */
import { Alert, Button, Drawer, Group, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import { Sessions } from "../account/sessions";
import type { EndedSignIns } from "../generated/wire";
import { messages } from "../messages";
import { Confirm } from "../parts/confirm";
import { useAct, useJson } from "../parts/send";
import type { User } from "../types";
import { unlessAsking } from "../ui/dialog";
import { Badge } from "../ui/badge";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { ROLES } from "./invite";
import { words } from "./words";

export function AccessDrawer({ id, me, onClose }: { id: string; me: string | undefined; onClose: () => void }) {
  return (
    <Drawer.Root opened={id !== ""} onClose={unlessAsking(onClose)} position="right" size={540}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.access}>{id !== "" && <Opened key={id} id={id} own={id === me} />}</Drawer.Content>
    </Drawer.Root>
  );
}

function Opened({ id, own }: { id: string; own: boolean }) {
  const { data: user, error } = useRealtimeData<User>(`/api/admin/users/${encodeURIComponent(id)}`);
  return (
    <>
      <div className="drawer-head">
        <div className="drawer-title"><span className="quiet">{words.access}</span><Drawer.Title>{user?.email ?? id}</Drawer.Title></div>
        <Drawer.CloseButton aria-label={messages.app.close} />
      </div>
      <Drawer.Body className="drawer-body stack">
        {error !== null && !user && <Alert color="red" role="alert">{error}</Alert>}
        {user && <Access user={user} own={own} />}
      </Drawer.Body>
    </>
  );
}

function Access({ user, own }: { user: User; own: boolean }) {
  const path = `/api/admin/users/${encodeURIComponent(user.id)}`;
  return (
    <>
      {own && <Alert color="blue">{words.own} <Link href="/account">{words.toOwn}</Link></Alert>}
      <Group gap="xs">
        <Badge tone={user.isActive ? "good" : "bad"}>{user.isActive ? words.active : words.disabled}</Badge>
        {user.mustChangePassword && <Badge tone="warn">{words.mustChange}</Badge>}
        <span className="quiet">{words.columns.last}: {user.lastLoginAt ? <Time value={user.lastLoginAt} /> : words.never}</span>
      </Group>
      {!own && <Role user={user} path={path} />}
      {!own && <Ways user={user} path={path} />}
      {!own && <Factor user={user} path={path} />}
      <SignIns path={path} own={own} />
      <Group gap="md">
        <Link href={`/records/users?record=${encodeURIComponent(user.id)}`}>{words.record}</Link>
        <Link href={`/audit?actor=${encodeURIComponent(`user:${user.id}`)}`}>{words.audit}</Link>
      </Group>
    </>
  );
}

function Role({ user, path }: { user: User; path: string }) {
  const json = useJson();
  const [role, setRole] = useState<string>(user.role);
  const write = (fields: Record<string, unknown>) => json("PATCH", path, fields, { "If-Match": `"${user.version}"` });
  const named = messages.values[role] ?? role;
  const give = async () => (await write({ role }), toast(`${user.email} ${words.setRole(named)}`));
  const enable = async (isActive: boolean) => (await write({ isActive }), toast(isActive ? words.isEnabled : words.isDisabled));
  const act = useAct();
  return (
    <section className="stack">
      <div className="access-role">
        <NativeSelect label={words.role} value={role} onChange={(event) => setRole(event.currentTarget.value)} data={ROLES.map((value) => ({ value, label: messages.values[value] ?? value }))} />
        {role !== user.role && <Confirm label={words.roleConfirm} title={words.roleTitle} confirm={words.roleConfirm} act={give}><p>{words.roleText(user.email, named)}</p></Confirm>}
        {user.isActive ? (
          <Confirm label={words.disable} title={words.disableTitle} confirm={words.disable} dangerous act={() => enable(false)}><p>{words.disableText(user.email)}</p></Confirm>
        ) : (
          <Button variant="default" loading={act.busy} onClick={() => void act.run(() => enable(true), true)}>{words.enable}</Button>
        )}
      </div>
    </section>
  );
}

function Ways({ user, path }: { user: User; path: string }) {
  const json = useJson();
  const act = useAct();
  const mail = (way: string) => act.run(async () => (await json("POST", `${path}/${way}`), toast(words.linkSent)));
  const force = async () => toast(words.forced((await json<EndedSignIns>("POST", `${path}/force-password-change`)).ended.length));
  return (
    <section aria-label={words.ways}>
      <h3>{words.ways}</h3>
      {act.error !== null && <Alert color="red" role="alert" mb="xs">{act.error}</Alert>}
      <Group gap="xs">
        {user.lastLoginAt === null && <Button size="xs" variant="default" disabled={act.busy} onClick={() => void mail("invite")}>{words.inviteAgain}</Button>}
        <Button size="xs" variant="default" disabled={act.busy} onClick={() => void mail("password-link")}>{words.link}</Button>
        <Confirm size="xs" label={words.force} title={words.forceTitle} confirm={words.force} act={force}><p>{words.forceText}</p></Confirm>
      </Group>
    </section>
  );
}

function Factor({ user, path }: { user: User; path: string }) {
  const json = useJson();
  const reset = async () => (await json("DELETE", `${path}/totp`), toast(words.reset));
  return (
    <section aria-label={words.factor}>
      <h3>{words.factor}</h3>
      <Group gap="xs">
        {user.totpSince ? <span>{words.setUp} <Time value={user.totpSince} /></span> : <span className="quiet">{words.noFactor}</span>}
        {user.totpSince && <Confirm size="xs" label={words.resetFactor} title={words.resetTitle} confirm={words.resetFactor} dangerous act={reset}><p>{words.resetText}</p></Confirm>}
      </Group>
    </section>
  );
}

function SignIns({ path, own }: { path: string; own: boolean }) {
  const json = useJson();
  const [round, setRound] = useState(0);
  const endAll = async () => (toast(words.forced((await json<EndedSignIns>("DELETE", `${path}/sessions`)).ended.length)), setRound(round + 1));
  return (
    <section aria-label={words.sessions}>
      <div className="card-head">
        <h3>{words.sessions}</h3>
        <span className="grow" />
        {!own && <Confirm size="xs" label={words.endAll} title={words.endAllTitle} confirm={words.endAll} dangerous act={endAll}><p>{words.endAllText}</p></Confirm>}
      </div>
      <Sessions key={round} list={`${path}/sessions`} />
    </section>
  );
}
