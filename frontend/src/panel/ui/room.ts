/** A part of the panel that comes when it is first wanted: asked for again, until it is there, when the server cannot be reached. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

/** Between two tries; doubled each time, up to the longest. Milliseconds. */
const PAUSE = 500;
const LONGEST = 8_000;

/** What browsers call it, and the bundler. */
const UNFETCHED = /dynamically imported module|Importing a module script failed|Unable to preload/;

type Loaded<T> = { default: T };

export async function fetched<T>(load: () => Promise<T>): Promise<T> {
  for (let pause = PAUSE; ; pause = Math.min(2 * pause, LONGEST)) {
    try {
      await failedStyles();
      return await load();
    } catch (error) {
      if (!(error instanceof Error && UNFETCHED.test(error.message))) throw error; // it came, and failed by itself
      await new Promise((go) => setTimeout(go, pause));
    }
  }
}

/** Asks again for the style sheets that did not come: the bundler does so once, and shows a part without them at the next try. */
async function failedStyles(): Promise<void> {
  const failed = [...document.querySelectorAll<HTMLLinkElement>("link[rel='stylesheet']")].filter(({ dataset }) => dataset["failed"]);
  await Promise.all(failed.map(again));
}

function again(link: HTMLLinkElement): Promise<void> {
  const next = link.cloneNode() as HTMLLinkElement;
  delete next.dataset["failed"];
  return new Promise((done, failed) => {
    next.addEventListener("load", () => done());
    next.addEventListener("error", () => failed(new Error(`Unable to preload ${next.href}`)));
    link.replaceWith(next);
  });
}

/** A style sheet that fails is marked: what a link's `sheet` tells differs between browsers, and while it loads. */
document.addEventListener("error", ({ target }) => target instanceof HTMLLinkElement && (target.dataset["failed"] = "yes"), true);

export function room<T extends ComponentType<any>>(load: () => Promise<Loaded<T>>): LazyExoticComponent<T> {
  return lazy(() => fetched(load));
}
