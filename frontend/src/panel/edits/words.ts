/** What is said of edits that wait for the server, and of those it refused once they had. */
import { count } from "../messages";

const changes = (n: number) => count(n, "change", "changes");

export const words = {
  /** Begins with how many there are in all: where there is little room, that alone is shown. */
  told: (waiting: number, refused: number) => {
    if (waiting > 0 && refused > 0) return `${count(waiting + refused, "edit", "edits")}: ${waiting} ${waiting === 1 ? "waits" : "wait"}, ${refused} refused`;
    if (refused > 0) return `${count(refused, "edit", "edits")} refused`;
    return waiting > 0 ? count(waiting, "edit waits", "edits wait") : "";
  },
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
  nothing: "Nothing waits, and nothing is left to decide.",
  arrived: (n: number) => `The server is back: ${changes(n)} that waited ${n === 1 ? "is" : "are"} saved.`,
  toDecide: (n: number) => `${changes(n)} that waited ${n === 1 ? "was" : "were"} refused.`,
  look: "Look",
  emptied: "emptied",
  leaveTitle: "Sign out without saving?",
  leaveText: (n: number) => `${changes(n)} of yours ${n === 1 ? "is" : "are"} not saved yet. Signing out drops ${n === 1 ? "it" : "them"}.`,
};
