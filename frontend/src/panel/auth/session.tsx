/** Who is signed in decides what is shown: the door, the forced new password, or the panel. */
import { Button, Loader } from "@mantine/core";
import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { createRealtime, explain, keepInTab, RealtimeProvider, RequestFailed, type Realtime } from "../../realtime";
import { call } from "../../realtime/fetching";
import { post, request, steadily, whoAmI } from "../api";
import { forget, tell } from "../edits/refused";
import { messages } from "../messages";
import { forgetTexts } from "../parts/kept-text";
import { forgetRecent, remember } from "../overview/history";
import { Shell } from "../shell/shell";
import type { User } from "../types";
import { Empty } from "../ui/states";
import { forgetToasts } from "../ui/toasts";
import { room } from "../ui/room";
import { SET_PASSWORD } from "./address";
import { isSignedIn, noteSignedIn, onAnother } from "./signed-in";
import { UserProvider } from "./user";

/** `lacking`: this installation asks superadmins for a second factor, and the user has none. */
type Session = { known: false; error?: string } | { known: true; user: User | undefined; lacking?: boolean; oneTime?: string | undefined };

/** What one sees before one is in comes only when it is needed. */
const FactorDoor = room(() => import("../account/door"));
const ForcedPassword = room(() => import("./doors").then((doors) => ({ default: doors.ForcedPassword })));
const NotAllowed = room(() => import("./doors").then((doors) => ({ default: doors.NotAllowed })));
const SetPassword = room(() => import("./doors").then((doors) => ({ default: doors.SetPassword })));
const SignIn = room(() => import("./doors").then((doors) => ({ default: doors.SignIn })));

export function SessionGate() {
  return <Suspense fallback={<Waiting error={undefined} retry={() => undefined} />}>{location.pathname === SET_PASSWORD ? <SetPassword /> : <Gate />}</Suspense>;
}

function Gate() {
  const [session, setSession] = useState<Session>({ known: false });
  const enter = useCallback((user: User | undefined, password?: string) => {
    if (!user) clear();
    noteSignedIn(user);
    const oneTime = user?.mustChangePassword ? password : undefined;
    lacks(user).then((lacking) => setSession({ known: true, user, lacking, oneTime }), (error: unknown) => setSession({ known: false, error: explain(error) }));
  }, []);
  const look = useCallback(() => {
    whoAmI().then((user) => enter(user), (error: unknown) => setSession({ known: false, error: explain(error) }));
  }, [enter]);
  useEffect(look, [look]);
  const shown = session.known ? session.user : undefined;
  useEffect(() => onAnother(shown, look), [shown, look]);

  if (!session.known) return <Waiting error={session.error} retry={look} />;
  if (!session.user) return <SignIn onDone={enter} />;
  if (session.user.mustChangePassword) return <ForcedPassword email={session.user.email} present={session.oneTime} onDone={look} />;
  if (session.user.role !== "SUPER_ADMIN") return <NotAllowed onDone={enter} />;
  if (session.lacking) return <FactorDoor onDone={look} leave={() => enter(undefined)} />;
  return <Panel key={session.user.id} user={session.user} leave={() => enter(undefined)} look={look} />;
}

/** What the tab has kept of somebody whose session is over, also when only a reload found that. */
function clear(): void {
  forgetTexts();
  keepInTab("").drop();
}

/** Only a superadmin without a second factor can lack one; the server says whether it is asked for. */
async function lacks(user: User | undefined): Promise<boolean> {
  if (user?.role !== "SUPER_ADMIN" || user.mustChangePassword || user.totpSince !== null) return false;
  try {
    await call(request, "/api/admin/sync");
    return false;
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return error.code === "second-factor-required";
  }
}

function Waiting({ error, retry }: { error: string | undefined; retry: () => void }) {
  if (error === undefined) return <div className="center"><Loader size="sm" aria-label={messages.app.loading} /></div>;
  return (
    <div className="center">
      <Empty icon="alert" title={messages.app.unreachable} hint={error}>
        <Button onClick={retry}>{messages.app.retry}</Button>
      </Empty>
    </div>
  );
}

/** `look`: finds out anew who is signed in. */
function Panel({ user, leave, look }: { user: User; leave: () => void; look: () => void }) {
  const realtime = useMemo(() => opened(user, leave, look), []);
  const signOut = useCallback(async () => {
    await post("/api/auth/logout");
    realtime.close(true);
    leave();
  }, [realtime, leave]);
  useEffect(() => {
    const stop = realtime.onMessage(remember);
    return () => {
      stop();
      realtime.close();
      forget();
      forgetTexts();
      forgetRecent();
      forgetToasts();
    };
  }, [realtime]);
  return (
    <RealtimeProvider realtime={realtime}>
      <UserProvider value={user}>
        <Shell user={user} signOut={signOut} />
      </UserProvider>
    </RealtimeProvider>
  );
}

/** Their client: edits that wait are theirs alone, and outlive a reload. What finds the session over leads to the door, or to the next one's. */
function opened(user: User, leave: () => void, look: () => void): Realtime {
  const mine = () => isSignedIn(user);
  const over = () => (mine() ? leave() : look());
  const realtime: Realtime = createRealtime("", {
    fetch: async (path, init) => {
      const reply = mine() ? await steadily(path, init, mine) : undefined;
      if (!reply || reply.status === 401) over();
      return reply ?? Promise.reject(new RequestFailed(401, "signed-out", "Another person is signed in."));
    },
    onSignedOut: over,
    onLate: (late) => tell(late, realtime.status().waiting),
    keep: keepInTab(user.id),
  });
  return realtime;
}
