/** The last net: a page that throws says so instead of turning white. */
import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { messages } from "../messages";
import { Empty } from "./states";

export class Crash extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="center">
        <Empty icon="alert" title={messages.app.crashed}>
          <Button onClick={() => location.reload()}>{messages.app.reload}</Button>
        </Empty>
      </div>
    );
  }
}
