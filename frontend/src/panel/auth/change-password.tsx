/** Replacing a password: forced after a one-time one, or wished. */
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { RequestFailed } from "../../realtime";
import { changePassword } from "../api";
import { messages } from "../messages";
import { sentence } from "./words";

const words = messages.auth;
const SHORTEST = 12;

interface Props {
  /** Whose password: told to password managers. */
  email: string;
  oneTime: boolean;
  /** The present one, where it was typed a moment ago: it is asked for only when it is refused. */
  present?: string | undefined;
  onDone: () => void;
}

/** What keeps two typed passwords from being taken; null when nothing does. */
export function wrong(next: string, again: string): string | null {
  if (next.length < SHORTEST) return words.tooShort;
  return next === again ? null : words.mismatch;
}

export function PasswordForm({ email, oneTime, present, onDone }: Props) {
  const [known, setKnown] = useState(present);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [typed, newPassword, again] = ["current", "next", "again"].map((name) => String(form.get(name)));
    const reason = wrong(newPassword!, again!);
    setError(reason);
    if (reason) return;
    setBusy(true);
    try {
      await changePassword(known ?? typed, newPassword!);
      onDone();
    } catch (failure) {
      if (failure instanceof RequestFailed && failure.code === "wrong-password") setKnown(undefined);
      setError(sentence(failure));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {error && <Alert color="red" role="alert">{error}</Alert>}
        <input type="email" className="hidden" autoComplete="username" value={email} readOnly tabIndex={-1} aria-hidden="true" />
        {known === undefined && <PasswordInput name="current" label={oneTime ? words.currentOneTime : words.current} autoComplete="current-password" required withAsterisk={false} data-autofocus autoFocus />}
        <PasswordInput name="next" label={words.next} description={words.nextHint} autoComplete="new-password" required withAsterisk={false} autoFocus={known !== undefined} />
        <PasswordInput name="again" label={words.again} autoComplete="new-password" required withAsterisk={false} />
        <Button type="submit" loading={busy} fullWidth mt="xs">
          {words.change}
        </Button>
      </Stack>
    </form>
  );
}
