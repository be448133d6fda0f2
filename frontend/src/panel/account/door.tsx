/** The door of an installation that asks for a second factor: who has none sets it up here, then goes on. */
import { Button } from "@mantine/core";
import { post } from "../api";
import { Door } from "../auth/door";
import { messages } from "../messages";
import { SetUp } from "./second-factor";
import { words } from "./words";

export default function FactorDoor({ onDone, leave }: { onDone: () => void; leave: () => void }) {
  return (
    <Door title={words.required} intro={words.requiredIntro}>
      <SetUp onDone={onDone} />
      <Button mt="md" variant="subtle" fullWidth onClick={() => void post("/api/auth/logout").finally(leave)}>{messages.auth.signOut}</Button>
    </Door>
  );
}
