/** The transport at work, in this tab and on the server: how fresh the screen is, and why. */
import { RealtimeDebug } from "../../realtime/debug";
import "./realtime.css";
import { Status } from "./status";

export default function DebugPage() {
  return (
    <div className="page">
      <RealtimeDebug />
      <Status />
    </div>
  );
}
