/** What has the focus may go away: its row, its button, its dialog. Then the focus goes to what stands next to its place,
 *  not to the top of the page. Knows no React. */

const REACH = "a[href], button, summary, [tabindex], input, select, textarea";
/** A key meant for the page would be typed into these. */
const TYPING = "input, select, textarea, [tabindex='-1']";
/** For whoever has a better place in mind. Milliseconds. */
const PATIENCE = 120;
/** What opens over the rest: of each, and of the page, the last place is remembered, so what it was opened from is known. */
const ROOM = "[role=dialog], [role=menu]";
const REMEMBERED = 6;

interface Place {
  element: Element;
  room: Element | null;
  /** From near to far, the page itself left out. */
  around: Element[];
  /** All that could have had the focus instead, as it stood. */
  order: Element[];
}

/** Keeps it on the page. Returns how to stop. */
export function keepFocus(page: HTMLElement = document.body): () => void {
  let trail: Place[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const remember = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || target === page) return;
    const place = placeOf(target, page);
    trail = [place, ...trail.filter(({ room }) => room !== place.room)].slice(0, REMEMBERED);
  };
  const mend = () => {
    timer = undefined;
    const next = isLost(page) && trail[0] && !isThere(trail[0].element) ? near(trail) : undefined;
    next?.focus({ preventScroll: true });
    next?.scrollIntoView?.({ block: "nearest" });
  };
  const look = () => {
    if (isLost(page) && trail[0]) timer ??= setTimeout(mend, PATIENCE);
  };
  /** A button that was disabled while it worked. */
  const back = (records: readonly MutationRecord[]) => {
    const first = trail[0]?.element;
    const isIt = records.some(({ target }) => target === first);
    if (isIt && isLost(page) && first instanceof HTMLElement && isThere(first)) first.focus({ preventScroll: true });
  };
  const removed = new MutationObserver(look);
  const enabled = new MutationObserver(back);
  const clicked = () => (trail = []); // who points at something has the focus there, or wants none
  removed.observe(page, { childList: true, subtree: true });
  enabled.observe(page, { attributes: true, attributeFilter: ["disabled"], subtree: true });
  page.addEventListener("focusin", remember);
  page.addEventListener("pointerdown", clicked);
  return () => {
    clearTimeout(timer);
    removed.disconnect();
    enabled.disconnect();
    page.removeEventListener("focusin", remember);
    page.removeEventListener("pointerdown", clicked);
  };
}

function isLost(page: HTMLElement): boolean {
  return document.activeElement === page || document.activeElement === null;
}

function placeOf(element: Element, page: HTMLElement): Place {
  const around: Element[] = [];
  for (let each = element.parentElement; each !== null && each !== page; each = each.parentElement) around.push(each);
  return { element, room: element.closest(ROOM), around, order: [...page.querySelectorAll(REACH)] };
}

function isThere(element: Element): boolean {
  return element.isConnected && !(element as HTMLButtonElement).disabled && (element.checkVisibility?.() ?? true);
}

/** The last of them that is still there, or what stood next to it: behind, else before, in the smallest part of the page that remains. */
function near(trail: readonly Place[]): HTMLElement | undefined {
  for (const { element, around, order } of trail) {
    if (isThere(element) && !element.matches(TYPING)) return element as HTMLElement;
    const at = order.indexOf(element);
    const others = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at)).reverse()].filter((each) => isThere(each) && !each.matches(TYPING));
    for (const part of around.filter(({ isConnected }) => isConnected)) {
      const found = others.find((other) => part.contains(other));
      if (found) return found as HTMLElement;
    }
  }
  return undefined;
}
