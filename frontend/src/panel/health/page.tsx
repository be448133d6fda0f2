/** Data health: what the checks found, the checks themselves, their runs, and what was set aside. */
import { Tabs } from "@mantine/core";
import { useSearchParams } from "wouter";
import { messages } from "../messages";
import "../parts/parts.css";
import { Breakers } from "./breakers";
import { HealthCard } from "./card";
import { Checks } from "./checks";
import { Findings } from "./findings";
import { Quarantine } from "./quarantine";
import "./health.css";
import { Runs } from "./runs";
import { words } from "./words";
import { TabRow } from "../ui/choices";

const TABS = { findings: Findings, checks: Checks, runs: Runs, breakers: Breakers, quarantine: Quarantine };
type Tab = keyof typeof TABS;
const NAMES = Object.keys(TABS) as Tab[];

export default function HealthPage() {
  const [params, setParams] = useSearchParams();
  const wanted = params.get("tab") as Tab | null;
  const tab = wanted && NAMES.includes(wanted) ? wanted : "findings";
  const List = TABS[tab];
  return (
    <div className="page">
      <HealthCard full />
      <Tabs value={tab} onChange={(name) => setParams(name === "findings" || name === null ? {} : { tab: name })} keepMounted={false}>
        <TabRow chosen={tab} label={messages.health.title}>
          {NAMES.map((name) => (
            <Tabs.Tab key={name} value={name}>{name === "breakers" ? words.breakers : messages.health.tabs[name]}</Tabs.Tab>
          ))}
        </TabRow>
        {NAMES.map((name) => (
          <Tabs.Panel key={name} value={name}>{name === tab && <List />}</Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}
