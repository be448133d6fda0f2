/** A mail as its reader will see it: the server's own template, with the values known by now. */
import { useRealtimeData } from "../../realtime";
import type { MailTemplate } from "../generated/wire";
import { words } from "./words";

/** The text with its `$name`s filled in; what is not known yet stays as it is. */
export function filled(text: string, values: Record<string, string>): string {
  return text.replace(/\$(\w+)/g, (placeholder, name: string) => values[name] ?? placeholder);
}

export function useTemplate(name: string): MailTemplate | undefined {
  const { data } = useRealtimeData<{ items: MailTemplate[] }>("/api/admin/mails/templates");
  const items = Array.isArray(data) ? (data as MailTemplate[]) : data?.items;
  return items?.find((template) => template.name === name);
}

interface Props {
  template: string;
  to?: string | undefined;
  values: Record<string, string>;
}

export function MailPreview({ template, to, values }: Props) {
  const found = useTemplate(template);
  const known = { link: words.mail.link, ...values };
  if (!found) return <p className="quiet">{words.mail.waiting}</p>;
  return (
    <article className="mail">
      <dl className="mail-head">
        {to !== undefined && <div><dt>{words.mail.to}</dt><dd>{to}</dd></div>}
        <div><dt>{words.mail.subject}</dt><dd>{filled(found.subject, known)}</dd></div>
      </dl>
      <p className="mail-body">{filled(found.body, known)}</p>
    </article>
  );
}
