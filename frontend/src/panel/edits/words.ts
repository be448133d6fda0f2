/** What is said of edits that wait for the server, and of those it refused once they had. */
import { count } from "../messages";

const changes = (n: number) => count(n, "change", "changes");

export const words = {
  wait: (n: number) => `${count(n, "edit waits", "edits wait")}`,
  refused: (n: number) => `${count(n, "edit", "edits")} refused`,
  title: "Edits not saved yet",
  waits: "Waits for the server",
  waitsToast: "The server cannot be reached. Your change waits, and is sent as soon as it is back.",
  waiting: "They are sent in this order as soon as the server is back. They are in this tab only, ten minutes at most, and end with it or with your sign-out.",
  callOff: "Call off",
  callOffOf: (title: string) => `Call off the change of ${title}`,
  callOffAll: "Call off all",
  calledOff: "Called off. It had left before: whether it was made is looked up.",
  tooLate: (title: string) => `Too late: the change of ${title} had been made already.`,
  refusedTitle: "Refused: yours to decide",
  overtaken: "Somebody else changed the same field meanwhile.",
  decide: "Decide",
  decideOn: (title: string) => `Decide on the change of ${title}`,
  drop: "Drop",
  dropOf: (title: string) => `Drop the change of ${title}`,
  nothing: "Everything is saved.",
  arrived: (n: number) => `The server is back: ${changes(n)} that waited ${n === 1 ? "is" : "are"} saved.`,
  toDecide: (n: number) => `${changes(n)} that waited ${n === 1 ? "was" : "were"} refused.`,
  look: "Look",
  emptied: "emptied",
  leaveTitle: "Sign out without saving?",
  leaveText: (n: number) => `${changes(n)} of yours ${n === 1 ? "is" : "are"} not saved yet. Signing out drops ${n === 1 ? "it" : "them"}.`,
};
