/** The frame of every page: sections at the side, the state of the connection at the top. */
import { AppShell, Burger, Button, Loader } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useState } from "react";
import { Link, Route, Router, Switch, useLocation } from "wouter";
import { EditsPill } from "../edits/pill";
import { messages, wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import type { User } from "../types";
import { Crash } from "../ui/crash";
import { room } from "../ui/room";
import { Empty } from "../ui/states";
import { Toasts } from "../ui/toasts";
import { aroundNav, LeaveQuestion } from "../ui/unsaved";
import { ConnectionLight } from "./connection";
import { keepFocus } from "./focus";
import { Late } from "./late";
import { Navigation } from "./navigation";
import { pageAt, PAGES } from "./pages";
import { Quick } from "./quick";
import { SchemeSwitch } from "./scheme";
import { UserMenu } from "./user-menu";

/** A page that is not here by then waits for the server. Milliseconds. */
const LATE = 4_000;
const TablePage = room(() => import("../table/page"));
const RecordPage = room(() => import("../record/page"));

interface Props {
  user: User;
  signOut: () => Promise<void>;
}

export function Shell(props: Props) {
  return (
    <Router aroundNav={aroundNav}>
      <Frame {...props} />
      <LeaveQuestion />
    </Router>
  );
}

function Frame({ user, signOut }: Props) {
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  useEffect(close, [path, close]);
  useEffect(() => keepFocus(), []);
  return (
    <AppShell layout="alt" header={{ height: 52 }} navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }}>
      <a href="#content" className="skip">{messages.app.skip}</a>
      <AppShell.Header className="header">
        <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label={messages.nav.open} aria-expanded={opened} />
        <PageTitle path={path} />
        <span className="grow" />
        <Quick />
        <EditsPill />
        <ConnectionLight />
        <SchemeSwitch />
        <UserMenu user={user} signOut={signOut} />
      </AppShell.Header>
      <AppShell.Navbar className="navbar" aria-label={messages.nav.label}>
        <Navigation close={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" className="main" tabIndex={-1}>
        <Late path={path} />
        <Crash key={path}>
          <Pages />
        </Crash>
      </AppShell.Main>
      <Toasts />
    </AppShell>
  );
}

function titleOf(path: string): string {
  const resource = resourceNamed(path.split("/")[2] ?? "");
  return pageAt(path)?.title ?? (resource ? wordsOf(resource.name).title : messages.app.name);
}

function PageTitle({ path }: { path: string }) {
  const title = titleOf(path);
  useEffect(() => void (document.title = `${title} · ${messages.app.name}`), [title]);
  return <h1 className="page-title">{title}</h1>;
}

function Pages() {
  return (
    <Suspense fallback={<Coming />}>
      <Switch>
        {PAGES.map(({ path, component }) => (
          <Route key={path} path={path === "/" ? path : `${path}/*?`} component={component} />
        ))}
        <Route path="/records/:name/:id">{({ name, id }) => <Records name={name} id={id} />}</Route>
        <Route path="/records/:name">{({ name }) => <Records name={name} />}</Route>
        <Route><NotFound /></Route>
      </Switch>
    </Suspense>
  );
}

/** A page on its way: nothing for a moment, so that what comes at once does not flicker; when it stays away, why and what to do. */
function Coming() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div className="center coming" aria-busy="true"><Loader size="sm" aria-label={messages.app.loading} /></div>;
  return (
    <div role="status">
      <Empty icon="alert" title={messages.app.notHere} hint={messages.app.notHereHint}>
        <Button variant="default" onClick={() => location.reload()}>{messages.app.reload}</Button>
      </Empty>
    </div>
  );
}

function Records({ name, id }: { name: string; id?: string }) {
  const resource = resourceNamed(name);
  if (!resource) return <NotFound />;
  return id === undefined ? <TablePage key={name} resource={resource} /> : <RecordPage key={`${name}/${id}`} resource={resource} id={decodeURIComponent(id)} />;
}

function NotFound() {
  return <Empty icon="search" title={messages.app.notFound}><Link href="/">{messages.app.toOverview}</Link></Empty>;
}
