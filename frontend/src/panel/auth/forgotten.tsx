/** Asking for a link to choose another password. The answer is the same whether there is such an account. */
import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { post } from "../api";
import { messages } from "../messages";
import { Door } from "./door";
import { sentence } from "./words";

const words = messages.auth;

export function Forgotten({ email, back }: { email: string; back: () => void }) {
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await post("/api/auth/forgot-password", { email: String(form.get("email")).trim() });
      setAsked(true);
    } catch (failure) {
      setError(sentence(failure));
    }
    setBusy(false);
  }

  if (asked) {
    return (
      <Door title={words.asked} intro={words.askedIntro}>
        <Button fullWidth onClick={back}>{words.toSignIn}</Button>
      </Door>
    );
  }
  return (
    <Door title={words.forgottenTitle} intro={words.forgottenIntro}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          {error && <Alert color="red" role="alert">{error}</Alert>}
          <TextInput name="email" type="email" label={words.email} defaultValue={email} autoComplete="username" required withAsterisk={false} autoFocus />
          <Button type="submit" loading={busy} fullWidth mt="xs">{words.ask}</Button>
          <Button variant="subtle" fullWidth onClick={back}>{words.toSignIn}</Button>
        </Stack>
      </form>
    </Door>
  );
}
