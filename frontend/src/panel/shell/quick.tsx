/** The quick ways: Ctrl K for the palette, ? for the keys, g and a letter to a page. What they open comes when it is first wanted. */
import { UnstyledButton } from "@mantine/core";
import { Suspense, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Icon } from "../ui/icons";
import { room } from "../ui/room";
import { reachNote } from "../ui/toasts";
import { fetchAhead } from "./ahead";
import { Early } from "./early";
import { useShortcuts } from "./keys";
import { words } from "./words";

const Palette = room(() => import("./palette"));
const KeySheet = room(() => import("./key-sheet"));

const PLACES: Record<string, string> = {
  o: "/", h: "/data-health", b: "/records/businesses", p: "/records/professionals", c: "/records/categories", i: "/records/inquiries",
  l: "/records/business-listing-inquiries", r: "/records/registration-inquiries", u: "/records/users",
};
/** How long a letter may follow its g. Milliseconds. */
const PATIENCE = 1_200;

export function Quick() {
  const [shown, setShown] = useState<"palette" | "keys">();
  const open = useRef(false);
  open.current = shown === "palette";
  const [early] = useState(() => new Early());
  const close = () => setShown(undefined);
  useEffect(fetchAhead, []);
  useEffect(() => {
    if (shown === "palette") return () => early.stop();
  }, [shown, early]);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      if (!open.current) early.begin();
      setShown(open.current ? undefined : "palette");
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, [early]);
  useShortcuts({ "?": () => setShown("keys"), z: reachNote });
  useGoing();
  return (
    <>
      <UnstyledButton className="quick" onClick={() => (early.begin(), setShown("palette"))} aria-label={`${words.open}, ${words.hint}`} aria-keyshortcuts="Control+K">
        <Icon name="search" size={15} />
        <kbd>{words.hint}</kbd>
      </UnstyledButton>
      <Suspense fallback={null}>
        {shown === "palette" && <Palette early={early} close={close} showKeys={() => setShown("keys")} />}
        {shown === "keys" && <KeySheet close={close} />}
      </Suspense>
    </>
  );
}

function useGoing(): void {
  const [path, go] = useLocation();
  const since = useRef(0);
  const follow = (key: string) => {
    const place = PLACES[key];
    const soon = Date.now() - since.current < PATIENCE;
    since.current = 0;
    if (!soon || place === undefined) return false; // a key of the page at hand
    go(place);
    return true;
  };
  const resource = /^\/records\/([^/]+)$/.exec(path)?.[1];
  const letters = Object.fromEntries(Object.keys(PLACES).map((key) => [key, () => follow(key)]));
  useShortcuts({ ...letters, g: () => void (since.current = Date.now()), n: () => (resource ? go(`/records/${resource}/new`) : false) });
}
