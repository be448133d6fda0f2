/** Nobody tells of streams that come and go, or of the feed itself: so an answer about them is asked for every few seconds. */
import { useEffect } from "react";
import { useRealtime } from "../../realtime";

const ASK_EVERY = 5_000;

export function useFresh(endpoint: string): void {
  const realtime = useRealtime();
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void realtime.refresh(endpoint), ASK_EVERY);
    return () => clearInterval(timer);
  }, [realtime, endpoint]);
}
