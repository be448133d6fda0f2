/** Why an endpoint's answer is missing: that nothing is there is something else than that it could not be asked for. */
import { RequestFailed, useRealtime } from "../../realtime";
import { KEY } from "../../realtime/answers";

const GONE = new Set([404, 410]);

/** Whether the server said that there is no such thing (any more). */
export function useIsGone(endpoint: string): boolean {
  const error = useRealtime().client.getQueryState([KEY, endpoint])?.error;
  return error instanceof RequestFailed && GONE.has(error.status);
}
