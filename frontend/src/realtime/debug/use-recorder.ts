/** The recorder of the transport at hand, followed: whoever uses it is drawn anew when something was written down. */
import { useSyncExternalStore } from "react";
import { useRealtime } from "../react";
import { recorderOf, type Recorder } from "./recorder";

export function useRecorder(): Recorder {
  const recorder = recorderOf(useRealtime());
  useSyncExternalStore(recorder.subscribe, recorder.snapshot);
  return recorder;
}
