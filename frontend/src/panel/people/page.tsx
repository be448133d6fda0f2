/** Who may come in: superadmins first, with their role, second factor and last sign-in; and inviting others. */
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { useRealtimeMultipleData } from "../../realtime";
import { List, type ListColumn } from "../health/list";
import { formatNumber } from "../messages";
import { useUser } from "../auth/user";
import { address, pageOf, useAddress } from "../parts/params";
import "../parts/parts.css";
import { LIMIT } from "../table/url";
import type { User } from "../types";
import { Badge, Value } from "../ui/badge";
import { ChoiceRow } from "../ui/choices";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { AccessDrawer } from "./access";
import { Invite } from "./invite";
import { words } from "./words";

const { columns } = words;
const GROUPS: Record<string, Record<string, string>> = {
  SUPER_ADMIN: { role: "SUPER_ADMIN" }, BUSINESS_ADMIN: { role: "BUSINESS_ADMIN" }, PROFESSIONAL_ADMIN: { role: "PROFESSIONAL_ADMIN" }, disabled: { isActive: "false" }, all: {},
};

export default function PeoplePage() {
  const me = useUser();
  const [params, change] = useAddress(["group", "search", "person", "page"]);
  const [typed, setTyped] = useState(params["search"] ?? "");
  const [inviting, setInviting] = useState(false);
  const find = useDebouncedCallback((search: string) => change({ search }, true), 250);
  const group = params["group"] && params["group"] in GROUPS ? params["group"] : "SUPER_ADMIN";
  const page = pageOf(params["page"]);
  const shown: ListColumn<User>[] = [
    { label: columns.who, priority: 1, show: ({ id, email, name }) => <span className="subject"><span>{email} {id === me.id && <Badge tone="info">{words.you}</Badge>}</span>{name && <span className="quiet">{name}</span>}</span> },
    { label: columns.role, priority: 2, show: ({ role }) => <Value value={role} /> },
    { label: columns.state, priority: 2, show: (user) => <span className="subject"><Badge tone={user.isActive ? "good" : "bad"}>{user.isActive ? words.active : words.disabled}</Badge>{user.mustChangePassword && <span className="quiet">{words.mustChange}</span>}</span> },
    { label: columns.factor, priority: 3, show: ({ totpSince, role }) => (totpSince ? <Time value={totpSince} /> : <span className={role === "SUPER_ADMIN" ? "bad" : "quiet"}>{words.noFactor}</span>) },
    { label: columns.last, priority: 3, show: ({ lastLoginAt }) => (lastLoginAt ? <Time value={lastLoginAt} /> : <span className="quiet">{words.never}</span>) },
    { label: columns.act, priority: 1, show: ({ id, email }) => <Button size="compact-sm" variant="default" aria-label={words.manageOf(email)} onClick={() => change({ person: id, page: params["page"] ?? "" })}>{words.manage}</Button> },
  ];
  return (
    <div className="page">
      <div className="toolbar people-bar">
        <Groups value={group} onChange={(name) => change({ group: name === "SUPER_ADMIN" ? "" : name })} />
        <TextInput size="xs" className="search" type="search" aria-label={words.search} placeholder={words.search} value={typed} onChange={(event) => (setTyped(event.currentTarget.value), find(event.currentTarget.value.trim()))} />
        <span className="grow" />
        <Button size="xs" leftSection={<Icon name="mails" size={15} />} onClick={() => setInviting(true)}>{words.invite}</Button>
      </div>
      <List endpoint={address("/api/admin/users", { ...GROUPS[group], search: params["search"], sort: "email", page, limit: LIMIT })} caption={words.title} columns={shown} empty={{ icon: "users", title: words.none, hint: words.noneHint }} page={page} limit={LIMIT} onPage={(number) => change({ page: String(number) })} />
      <Invite opened={inviting} onClose={() => setInviting(false)} />
      <AccessDrawer id={params["person"] ?? ""} me={me.id} onClose={() => change({ person: "", page: params["page"] ?? "" })} />
    </div>
  );
}

function Groups({ value, onChange }: { value: string; onChange: (group: string) => void }) {
  const counts = useRealtimeMultipleData(Object.fromEntries(Object.entries(GROUPS).map(([name, filter]) => [name, address("/api/admin/users", { ...filter, page: 1, limit: 1 })])));
  const label = (name: string) => {
    const total = counts[name]?.meta.total;
    return <>{words.groups[name]} <span className="quiet">{total === undefined ? "" : formatNumber(total)}</span></>;
  };
  return <ChoiceRow chosen={value}><SegmentedControl size="xs" value={value} onChange={onChange} aria-label={words.group} data={Object.keys(GROUPS).map((name) => ({ value: name, label: label(name) }))} /></ChoiceRow>;
}
