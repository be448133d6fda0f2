/** Taking a file: the browser saves it as it comes, after a look whether we are still signed in. */
import { useRealtime } from "../../realtime";
import { useAct } from "./send";

export function useDownload(): { busy: boolean; take: (path: string) => Promise<boolean> } {
  const realtime = useRealtime();
  const act = useAct();
  const take = (path: string) =>
    act.run(async () => {
      await realtime.send("/api/auth/me");
      const link = document.createElement("a");
      link.href = path;
      link.download = "";
      link.click();
    }, true);
  return { busy: act.busy, take };
}
