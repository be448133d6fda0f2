/** A view of the transport at work, for whoever builds on it: `import { RealtimeDebug } from "@digisence/realtime/debug"`. */
import { CacheTable } from "./cache";
import { ConnectionState } from "./connection";
import { Latency } from "./latency";
import { Messages } from "./messages";
import { useStyles } from "./styles";
import { ConnectionTimeline } from "./timeline";
import { words } from "./words";

export { figures, type Figures, type Sample } from "./meter";
export { recorderOf, type Heard, type Recorder } from "./recorder";

/** Needs a `<RealtimeProvider>` above it. What it shows is written down from when it first appears. */
export function RealtimeDebug() {
  useStyles();
  return (
    <div className="dgs" role="group" aria-label={words.title}>
      <Latency />
      <div className="dgs-column">
        <ConnectionState />
        <ConnectionTimeline />
      </div>
      <Messages />
      <CacheTable />
    </div>
  );
}
