/** What a page shows when there is nothing to show: empty, failed. */
import { Button } from "@mantine/core";
import { messages } from "../messages";
import { Icon, type IconName } from "./icons";

export function Empty({ icon, title, hint, children }: { icon: IconName; title: string; hint?: string; children?: React.ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={28} />
      <p className="state-title">{title}</p>
      {hint && <p className="quiet">{hint}</p>}
      {children}
    </div>
  );
}

export function Failed({ message, retry }: { message: string; retry: () => void }) {
  return (
    <div className="state" role="alert">
      <Icon name="alert" size={28} />
      <p className="state-title">{messages.table.errorTitle}</p>
      <p className="quiet">{message}</p>
      <Button variant="default" onClick={retry}>
        {messages.app.retry}
      </Button>
    </div>
  );
}
