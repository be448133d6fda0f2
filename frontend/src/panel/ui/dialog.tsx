/** A dialog with a title and a way out; its head is no landmark of the page. */
import { Modal } from "@mantine/core";
import { useEffect } from "react";
import { messages } from "../messages";

/** Mantine puts what opens at 200, what hangs on it at 300. */
const ABOVE = 290;

interface Props {
  opened: boolean;
  title: string;
  onClose: () => void;
  /** Asked in whatever is open: a drawer, another dialog. */
  above?: boolean;
  children: React.ReactNode;
}

export function Dialog({ opened, title, onClose, above = false, children }: Props) {
  useQuestion(opened);
  return (
    <Modal.Root opened={opened} onClose={onClose} {...(above ? { zIndex: ABOVE } : {})}>
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

/** How many dialogs are open, or were when the key was pressed that is being dealt with. */
let questions = 0;

function useQuestion(opened: boolean): void {
  useEffect(() => {
    if (!opened) return;
    questions += 1;
    return () => void setTimeout(() => (questions -= 1));
  }, [opened]);
}

/** For a drawer that opens dialogs: Escape closes the dialog alone, not what it was asked in. */
export function unlessAsking(close: () => void): () => void {
  return () => {
    if (questions === 0) close();
  };
}
