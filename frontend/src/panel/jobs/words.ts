/** The words of the pages about jobs. */
import { titles } from "../shell/titles";
const number = new Intl.NumberFormat("en");

export const words = {
  title: titles.jobs,
  tabs: { queue: "Under way and done", schedule: "All jobs and their schedule" },
  explain: "What Redis still knows: jobs that wait, run, failed or are done. Results are kept an hour, failures a week.",
  columns: { job: "Job", state: "State", progress: "Progress", when: "When", took: "Took", result: "Result", act: "Action", every: "Comes by itself", next: "Next", limit: "At most" },
  states: { queued: "Waiting", started: "Running", finished: "Done", failed: "Failed", stopped: "Stopped", canceled: "Called off", scheduled: "Planned", deferred: "Deferred" } as Record<string, string>,
  none: "No job is known",
  noneHint: "Whatever is asked for or due appears here.",
  cancel: "Cancel",
  cancelOf: (name: string) => `Cancel ${name}`,
  cancelTitle: "Call this job off?",
  cancelText: "A job that waits does not begin. One that runs ends at its next step, or is stopped; nothing is left half done.",
  cancelConfirm: "Call it off",
  cancelled: "It was called off.",
  start: "Start",
  startOf: (name: string) => `Start ${name}`,
  startTitle: (name: string) => `Start ${name}`,
  startConfirm: "Put it on the queue",
  started: (name: string) => `${name} is on the queue.`,
  noArguments: "It takes no arguments.",
  required: "needed",
  optional: "may be left empty",
  every: (time: string) => `every ${time}`,
  onDemand: "only when asked",
  off: "stopped",
  never: "—",
  dead: { worker: "No worker is at work: jobs wait. `digisence up` or `digisence worker` starts one.", scheduler: "The scheduler does not run: nothing comes by itself. `digisence up` or `digisence scheduler` starts it." },
  done: (n: number, total: number | null) => (total === null ? number.format(n) : `${number.format(n)} of ${number.format(total)}`),
  details: "Arguments and result",
};
