/** Beside a value that is shown as made, but waits for the server. */
import { Icon } from "../ui/icons";
import { words } from "./words";

export function WaitsMark() {
  return <span className="waits-mark" title={words.waits}><Icon name="clock" size={13} /><span className="hidden">{words.waits}</span></span>;
}
