/** What stands before the panel: signing in, a password to choose, and the way out for who may not enter. */
import { Button } from "@mantine/core";
import { post } from "../api";
import { messages } from "../messages";
import { PasswordForm } from "./change-password";
import { Door } from "./door";

export { SetPassword } from "./set-password";
export { SignIn } from "./sign-in";

export function ForcedPassword({ email, present, onDone }: { email: string; present: string | undefined; onDone: () => void }) {
  return (
    <Door title={messages.auth.changeTitle} intro={messages.auth.changeIntro}>
      <PasswordForm email={email} oneTime present={present} onDone={onDone} />
    </Door>
  );
}

export function NotAllowed({ onDone }: { onDone: (user: undefined) => void }) {
  return (
    <Door title={messages.auth.title} intro={messages.auth.notAllowed}>
      <Button fullWidth onClick={() => void post("/api/auth/logout").finally(() => onDone(undefined))}>
        {messages.auth.signOut}
      </Button>
    </Door>
  );
}
