/** The door: e-mail and password, then the code where the account has a second factor. */
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { RequestFailed } from "../../realtime";
import { post, userOf } from "../api";
import { messages } from "../messages";
import type { User } from "../types";
import { Door } from "./door";
import { Forgotten } from "./forgotten";
import { sentence } from "./words";

const words = messages.auth;

interface Credentials {
  email: string;
  password: string;
}

interface Props {
  /** The password goes along in memory: a one-time one is replaced next. */
  onDone: (user: User, password: string) => void;
}

export function SignIn({ onDone }: Props) {
  const [known, setKnown] = useState<Credentials>();
  const [forgotten, setForgotten] = useState<string>();
  if (forgotten !== undefined) return <Forgotten email={forgotten} back={() => setForgotten(undefined)} />;
  if (known) return <Code known={known} back={() => setKnown(undefined)} onDone={onDone} />;
  return <Password onDone={onDone} onCode={setKnown} onForgotten={setForgotten} />;
}

interface PasswordProps extends Props {
  onCode: (known: Credentials) => void;
  onForgotten: (email: string) => void;
}

function Password({ onDone, onCode, onForgotten }: PasswordProps) {
  const [email, setEmail] = useState("");
  const { busy, error, submit } = useSubmit(async (form) => {
    const known = { email: email.trim(), password: String(form.get("password")) };
    try {
      onDone(userOf(await post("/api/auth/login", known)), known.password);
    } catch (failure) {
      if (!(failure instanceof RequestFailed) || failure.code !== "totp-required") throw failure;
      onCode(known);
    }
  });
  return (
    <Door title={words.title} intro={words.intro}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {error && <Alert color="red" role="alert">{error}</Alert>}
          <TextInput name="email" type="email" label={words.email} value={email} onChange={(event) => setEmail(event.currentTarget.value)} autoComplete="username" required withAsterisk={false} autoFocus />
          <PasswordInput name="password" label={words.password} autoComplete="current-password" required withAsterisk={false} />
          <Button type="submit" loading={busy} fullWidth mt="xs">{words.submit}</Button>
          <Button variant="subtle" fullWidth onClick={() => onForgotten(email.trim())}>{words.forgotten}</Button>
        </Stack>
      </form>
    </Door>
  );
}

function Code({ known, back, onDone }: Props & { known: Credentials; back: () => void }) {
  const { busy, error, submit } = useSubmit(async (form) => {
    onDone(userOf(await post("/api/auth/login", { ...known, totp: String(form.get("code")).trim() })), known.password);
  });
  return (
    <Door title={words.codeTitle} intro={words.codeIntro}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {error && <Alert color="red" role="alert">{error}</Alert>}
          <TextInput name="code" label={words.code} description={words.codeHint} autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} maxLength={40} required withAsterisk={false} autoFocus />
          <Button type="submit" loading={busy} fullWidth mt="xs">{words.submit}</Button>
          <Button variant="subtle" fullWidth onClick={back}>{words.otherAccount}</Button>
        </Stack>
      </form>
    </Door>
  );
}

/** Sends a form: whether that is under way, and what came of it. */
function useSubmit(send: (form: FormData) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    send(new FormData(event.currentTarget)).catch((failure: unknown) => {
      setError(sentence(failure));
      setBusy(false);
    });
  };
  return { busy, error, submit };
}
