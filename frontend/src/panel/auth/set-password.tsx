/** Choosing a password by a one-time link. The token stands in the address's fragment, which no server is ever sent. */
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { post } from "../api";
import { messages } from "../messages";
import { SET_PASSWORD } from "./address";
import { wrong } from "./change-password";
import { Door } from "./door";
import { sentence } from "./words";

const words = messages.auth;

/** Reads the token once, and takes it out of the address bar and the history. */
function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", SET_PASSWORD);
  return token;
}

function toSignIn() {
  location.assign("/");
}

export function SetPassword() {
  const [token] = useState(takeToken);
  const [owner, setOwner] = useState<string>();
  if (owner !== undefined) {
    return (
      <Door title={words.isSet} intro={words.isSetIntro(owner)}>
        <Button fullWidth onClick={toSignIn}>{words.submit}</Button>
      </Door>
    );
  }
  return (
    <Door title={words.setTitle} intro={token ? words.setIntro : words.noToken}>
      {token ? <Form token={token} onDone={setOwner} /> : <Button fullWidth onClick={toSignIn}>{words.toSignIn}</Button>}
    </Door>
  );
}

function Form({ token, onDone }: { token: string; onDone: (email: string) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [password, again] = ["next", "again"].map((name) => String(form.get(name)));
    const reason = wrong(password!, again!);
    setError(reason);
    if (reason) return;
    setBusy(true);
    try {
      onDone((await post<{ email: string }>("/api/auth/set-password", { token, password })).email);
    } catch (failure) {
      setError(sentence(failure));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {error && <Alert color="red" role="alert">{error}</Alert>}
        <PasswordInput name="next" label={words.next} description={words.nextHint} autoComplete="new-password" required withAsterisk={false} autoFocus />
        <PasswordInput name="again" label={words.again} autoComplete="new-password" required withAsterisk={false} />
        <Button type="submit" loading={busy} fullWidth mt="xs">{words.change}</Button>
      </Stack>
    </form>
  );
}
