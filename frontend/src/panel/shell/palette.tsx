/** One field for everything: records of every resource, pages, commands. */
import { Modal, useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { explain, useRealtimeMultipleData, type Rec, type Snapshot } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { useJson } from "../parts/send";
import { RESOURCES } from "../resources";
import { Icon, type IconName } from "../ui/icons";
import { toast } from "../ui/toasts";
import type { Early } from "./early";
import { PAGES } from "./pages";
import "./palette.css";
import { words } from "./words";

interface Offer {
  key: string;
  group: string;
  icon: IconName;
  label: string;
  under?: string | undefined;
  run: () => void;
}

const EACH = 4;
const SHORTEST = 2;

interface Props {
  /** What was typed while this was on its way. */
  early: Early;
  close: () => void;
  showKeys: () => void;
}

export default function Palette({ early, close, showKeys }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { offers, searching } = useOffers(text, showKeys);
  const place = Math.min(at, offers.length - 1);
  const run = (offer: Offer | undefined) => {
    if (!offer) return;
    close();
    offer.run();
  };
  const key = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by !== 0) setAt((place + by + offers.length) % Math.max(1, offers.length));
    if (event.key === "Enter") run(offers[place]);
    if (by !== 0 || event.key === "Enter") event.preventDefault();
  };
  return (
    <Modal opened onClose={close} withCloseButton={false} padding={0} size={620} yOffset="12vh" centered={false} aria-label={words.open}>
      <div className="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={offers[place] ? `palette-${place}` : undefined}
          aria-label={words.placeholder}
          placeholder={words.placeholder}
          value={text}
          onChange={(event) => (setText(event.currentTarget.value), setAt(0))}
          onKeyDown={key}
          onFocus={() => setText((before) => before + early.take())}
          data-autofocus
          spellCheck={false}
        />
      </div>
      <Offers offers={offers} place={place} run={run} />
      {offers.length === 0 && <p className="palette-none quiet" role="status">{searching ? words.searching : words.nothing}</p>}
    </Modal>
  );
}

function Offers({ offers, place, run }: { offers: Offer[]; place: number; run: (offer: Offer) => void }) {
  return (
    <ul className="palette-list" id="palette-list" role="listbox" aria-label={words.results}>
      {offers.map((offer, index) => (
        <li
          key={offer.key}
          id={`palette-${index}`}
          role="option"
          aria-selected={index === place}
          className="palette-offer"
          data-first={offers[index - 1]?.group !== offer.group || undefined}
          ref={index === place ? intoView : null}
          onClick={() => run(offer)}
        >
          <Icon name={offer.icon} size={16} />
          <span className="clip">{offer.label}</span>
          {offer.under && <span className="quiet clip">{offer.under}</span>}
          <span className="quiet palette-group">{offer.group}</span>
        </li>
      ))}
    </ul>
  );
}

function intoView(element: HTMLLIElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function useOffers(text: string, showKeys: () => void): { offers: Offer[]; searching: boolean } {
  const [settled] = useDebouncedValue(text.trim(), 180);
  const commands = useCommands(showKeys);
  const asked = settled.length >= SHORTEST;
  const endpoints = Object.fromEntries(RESOURCES.map(({ name }) => [name, `/api/admin/${name}?${new URLSearchParams({ search: settled, page: "1", limit: String(EACH) })}`]));
  const found = useRealtimeMultipleData<string>(endpoints, { enabled: asked }) as Record<string, Snapshot<Rec[]>>;
  const [, go] = useLocation();
  const records = RESOURCES.flatMap((resource): Offer[] => {
    const answer = found[resource.name];
    if (!asked || !answer || answer.loading) return [];
    const under = resource.columns[0]?.under ?? "";
    return (answer.data ?? []).map((record) => ({
      key: `${resource.name}/${record.id}`,
      group: wordsOf(resource.name).one,
      icon: resource.icon,
      label: resource.title(record),
      under: typeof record[under] === "string" ? record[under] : undefined,
      run: () => go(`/records/${resource.name}/${encodeURIComponent(record.id)}`),
    }));
  });
  const searching = text.trim() !== settled || (asked && Object.values(found).some(({ loading }) => loading));
  return { offers: [...commands.filter(({ label }) => matches(label, text)), ...records], searching };
}

/** Every word begins a word of the label. */
export function matches(label: string, text: string): boolean {
  const parts = label.toLowerCase().split(/\s+/);
  return text.toLowerCase().split(/\s+/).filter(Boolean).every((word) => parts.some((part) => part.startsWith(word)));
}

function useCommands(showKeys: () => void): Offer[] {
  const [, go] = useLocation();
  const send = useJson();
  const { setColorScheme } = useMantineColorScheme();
  const check = () => {
    send("POST", "/api/admin/integrity/runs", { repair: false, dryRun: false }).then(
      () => toast(words.checking),
      (failure: unknown) => toast(explain(failure), "bad"),
    );
  };
  const pages = [...PAGES.map(({ path, icon, title }) => ({ path, icon, title })), ...RESOURCES.map(({ name, icon }) => ({ path: `/records/${name}`, icon, title: wordsOf(name).title }))];
  const told = (label: string, icon: IconName, run: () => void): Offer => ({ key: label, group: words.commands, icon, label, run });
  return [
    ...pages.map(({ path, icon, title }): Offer => ({ key: path, group: words.pages, icon, label: title, run: () => go(path) })),
    ...RESOURCES.map(({ name }) => told(words.create(wordsOf(name).one), "plus", () => go(`/records/${name}/new`))),
    told(words.check, "play", check),
    told(words.light, "sun", () => setColorScheme("light")),
    told(words.dark, "moon", () => setColorScheme("dark")),
    told(words.keys, "key", showKeys),
    told(messages.auth.changeOwn, "key", () => go("/account")),
  ];
}
