/** A dialog with a title and a way out; its head is no landmark of the page. */
import { Modal } from "@mantine/core";
import { messages } from "../messages";

interface Props {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: React.ReactNode;
}

export function Dialog({ opened, title, onClose, children }: Props) {
  return (
    <Modal.Root opened={opened} onClose={onClose}>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <div className="dialog-head">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={messages.app.close} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
