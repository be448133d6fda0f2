/** The words of the page about mails. */
import { titles } from "../shell/titles";
const number = new Intl.NumberFormat("en");

export const words = {
  title: titles.mails,
  explain: "Every mail stands here from the transaction that calls for it on. What it said is encrypted and forgotten once it is sent; the template is shown.",
  state: "State",
  all: "All",
  states: { waiting: "Waiting", claimed: "Being sent", sending: "Being sent", sent: "Sent", failed: "Failed", uncertain: "Uncertain", expired: "Expired" } as Record<string, string>,
  means: {
    failed: "The server will never take it, or did not in 8 tries.",
    uncertain: "The text had left and no answer came: it may have arrived. Sent again, it may arrive twice.",
    expired: "Its link ended before it could be sent. Mail a new link.",
  } as Record<string, string>,
  templates: { "set-password": "Account ready", invitation: "Invitation", "forgotten-password": "New password", approved: "Listing approved", rejected: "Rejected", received: "Received" } as Record<string, string>,
  columns: { to: "To", state: "State", tries: "Tries", about: "About", when: "When", act: "Action" },
  tries: (n: number) => number.format(n),
  next: "next try",
  retry: "Send again",
  retryOf: (to: string) => `Send the mail to ${to} again`,
  uncertainTitle: "It may have arrived already",
  uncertainText: "Sent again, it may arrive twice. Is that better than not at all?",
  retried: "It goes out again.",
  preview: "Preview",
  previewOf: (to: string) => `Preview of the mail to ${to}`,
  previewHint: "Names, reasons and links were filled in when it was written and are not kept; they stand here as $name, $reason and $link.",
  to: "Find a recipient",
  none: "No mail",
  noneHint: "Mails appear here the moment something calls for them.",
};
