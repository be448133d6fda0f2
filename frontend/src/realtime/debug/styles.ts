/** The debug view's own look, taken on by the document as a stylesheet object: no <style>, so that a strict policy holds. */
import { useInsertionEffect } from "react";

/** Colours come from the page's own text colour, so that light and dark need no word from anybody. */
const CSS = `
.dgs { --dgs-line: color-mix(in srgb, currentColor 16%, transparent); --dgs-soft: color-mix(in srgb, currentColor 5%, transparent);
  --dgs-quiet: color-mix(in srgb, currentColor 72%, transparent); --dgs-bar: #4a7fd6;
  display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; align-items: start; font-size: 13px; line-height: 1.45; }
.dgs-part { min-width: 0; padding: 14px 16px; border: 1px solid var(--dgs-line); border-radius: 10px; background: var(--dgs-ground, transparent); }
.dgs-column { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.dgs-column .dgs-scroll { max-height: 220px; }
.dgs-wide { grid-column: 1 / -1; }
.dgs h2 { margin: 0; font-size: 15px; font-weight: 600; }
.dgs p { margin: 0; }
.dgs-head { display: flex; flex-wrap: wrap; gap: 8px 10px; align-items: center; margin-bottom: 10px; }
.dgs-head h2 { margin-right: auto; }
.dgs-quiet { color: var(--dgs-quiet); }
.dgs .dgs-note { margin-top: 8px; font-size: 12px; }
.dgs-mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12px; overflow-wrap: anywhere; }
.dgs button, .dgs input { font: inherit; color: inherit; border: 1px solid var(--dgs-line); border-radius: 6px; background: transparent; padding: 3px 10px; }
.dgs button { cursor: pointer; white-space: nowrap; }
.dgs button:hover { background: var(--dgs-soft); }
.dgs button[aria-pressed="true"] { background: color-mix(in srgb, currentColor 14%, transparent); }
.dgs input { width: 11em; min-width: 0; }
.dgs :focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
.dgs-scroll { overflow: auto; max-height: 380px; position: relative; }
.dgs table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.dgs th, .dgs td { padding: 4px 10px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--dgs-line); white-space: nowrap; }
.dgs thead th { font-weight: 500; color: var(--dgs-quiet); }
.dgs tbody th { font-weight: 400; }
.dgs tr:last-child > * { border-bottom: 0; }
.dgs .dgs-long { white-space: normal; overflow-wrap: anywhere; min-width: 9em; }
.dgs .dgs-number { text-align: right; }
.dgs-buttons { display: inline-flex; gap: 6px; }
.dgs td button { padding: 0 8px; }
.dgs dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0; }
.dgs dt { color: var(--dgs-quiet); }
.dgs dd { margin: 0; overflow-wrap: anywhere; }
.dgs-dot { display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: #d9403a; }
.dgs-dot[data-state="live"] { background: #24a35f; }
.dgs-dot[data-state="polling"] { background: #dd9015; }
.dgs-bars { display: block; width: 100%; height: auto; margin-top: 12px; }
.dgs-bars rect { fill: var(--dgs-bar); }
.dgs-bars line { stroke: var(--dgs-line); }
.dgs-bars text { fill: currentColor; font-size: 11px; text-anchor: middle; }
.dgs summary { cursor: pointer; }
.dgs pre { margin: 4px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; max-width: 60ch; }
.dgs-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 900px) { .dgs { grid-template-columns: minmax(0, 1fr); } }
`;

let adopted = false;

export function useStyles(): void {
  useInsertionEffect(() => {
    if (adopted) return;
    adopted = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }, []);
}
