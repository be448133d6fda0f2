/** The frame of the pages outside the shell. */
import { messages } from "../messages";
import { Mark } from "../ui/icons";

export function Door({ title, intro, children }: { title: string; intro: string; children: React.ReactNode }) {
  return (
    <main className="door">
      <div className="door-card">
        <div className="brand door-brand">
          <Mark size={34} />
          <span>{messages.app.name}</span>
        </div>
        <h1>{title}</h1>
        <p className="quiet door-intro">{intro}</p>
        {children}
      </div>
    </main>
  );
}
