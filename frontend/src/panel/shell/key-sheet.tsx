/** Which keys do what. */
import { Dialog } from "../ui/dialog";
import "./palette.css";
import { words } from "./words";

export default function KeySheet({ close }: { close: () => void }) {
  return (
    <Dialog opened onClose={close} title={words.keys}>
      {(["everywhere", "lists"] as const).map((where) => (
        <section key={where}>
          <h3 className="key-title">{words.sheet[where]}</h3>
          <dl className="key-sheet">
            {words.shortcuts[where].map(([keys, what]) => [<dt key={keys}>{keys}</dt>, <dd key={what}>{what}</dd>])}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
