/** Who did something: a user by e-mail, the product by what part of it. */
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import type { User } from "../types";
import { words } from "./words";

export function Who({ actor, link = false }: { actor: string; link?: boolean }) {
  const [kind, ...rest] = actor.split(":");
  const name = rest.join(":");
  if (kind === "user") return <Person id={name} link={link} />;
  if (kind === "system") return <span title={actor}>{words.systems[name] ?? `${words.system} (${name})`}</span>;
  return <span title={actor}>{words.actors[actor] ?? actor}</span>;
}

export function Person({ id, link = false }: { id: string; link?: boolean }) {
  const { data } = useRealtimeData<User>(`/api/admin/users/${encodeURIComponent(id)}`, { retryAttempts: 0 });
  const shown = data ? <Address email={data.email} /> : <span className="mono">{id}</span>;
  if (!link || !data) return <span className="who" title={data?.email ?? id}>{shown}</span>;
  return <Link className="who" title={data.email} href={`/records/users?record=${encodeURIComponent(id)}`}>{shown}</Link>;
}

/** Where it has to be broken, before the @; a part that is too long even so ends in dots. */
function Address({ email }: { email: string }) {
  const at = email.lastIndexOf("@");
  if (at < 1) return <span>{email}</span>;
  return <><span>{email.slice(0, at)}</span><wbr /><span>{email.slice(at)}</span></>;
}
