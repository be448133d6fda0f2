/** The door. */
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { RequestFailed } from "../../realtime";
import { post, userOf } from "../api";
import { messages } from "../messages";
import type { User } from "../types";
import { Door } from "./door";

const words = messages.auth;

function sentence(error: unknown): string {
  if (!(error instanceof RequestFailed)) return String(error);
  if (error.code === "invalid-credentials") return words.invalid;
  if (error.status === 429) return words.slowDown(error.retryAfter);
  return error.message;
}

export function SignIn({ onDone }: { onDone: (user: User) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      const body = { email: String(form.get("email")).trim(), password: String(form.get("password")) };
      onDone(userOf(await post("/api/auth/login", body)));
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  }

  return (
    <Door title={words.title} intro={words.intro}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          {error && <Alert color="red" role="alert">{error}</Alert>}
          <TextInput name="email" type="email" label={words.email} autoComplete="username" required withAsterisk={false} autoFocus />
          <PasswordInput name="password" label={words.password} autoComplete="current-password" required withAsterisk={false} />
          <Button type="submit" loading={busy} fullWidth mt="xs">
            {words.submit}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
