/** A part of the panel that comes when it is first wanted: asked for again, until it is there, when the server cannot be reached. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

/** Between two tries; doubled each time, up to the longest. Milliseconds. */
const PAUSE = 500;
const LONGEST = 8_000;

/** What browsers call it, and the bundler. */
const UNFETCHED = /dynamically imported module|Importing a module script failed|Unable to preload/;

type Loaded<T> = { default: T };

export async function fetched<T>(load: () => Promise<T>, pause = PAUSE): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && UNFETCHED.test(error.message))) throw error; // it came, and failed by itself
    await new Promise((go) => setTimeout(go, pause));
    return fetched(load, Math.min(2 * pause, LONGEST));
  }
}

export function room<T extends ComponentType<any>>(load: () => Promise<Loaded<T>>): LazyExoticComponent<T> {
  return lazy(() => fetched(load));
}
