/** Answers that the stream does not keep true by itself: fetched again on a message that matters, or every so often. */
import { useCallback, useEffect, useRef } from "react";
import { useMessages, useRealtime, useRealtimeData, type Message, type RealtimeData } from "../../realtime";
import { KEY } from "../../realtime/answers";

/** At most one refetch in this time, however many messages come. Milliseconds. */
const PAUSE = 600;

export interface Following {
  /** Messages after which the answer may be another one. */
  on?: readonly Message["type"][];
  /** Milliseconds. */
  every?: number | undefined;
  enabled?: boolean;
}

export function useFollowed<T>(endpoint: string, { on = [], every, enabled = true }: Following): RealtimeData<T> {
  const realtime = useRealtime();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const kinds = on.join();
  const again = useCallback(() => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      if (!document.hidden) void realtime.refresh(endpoint);
    }, PAUSE);
  }, [realtime, endpoint]);
  useEffect(() => () => (clearTimeout(waiting.current), void (waiting.current = undefined)), [endpoint]);
  useMessages(useCallback((message) => void (kinds.split(",").includes(message.type) && again()), [kinds, again]));
  useEffect(() => {
    if (every === undefined || !enabled) return;
    const timer = setInterval(() => document.hidden || void realtime.refresh(endpoint), every);
    return () => clearInterval(timer);
  }, [realtime, endpoint, every, enabled]);
  useEffect(() => {
    if (enabled) void realtime.client.invalidateQueries({ queryKey: [KEY, endpoint], exact: true });
  }, [realtime, endpoint, enabled]);
  return useRealtimeData<T>(endpoint, { enabled });
}
