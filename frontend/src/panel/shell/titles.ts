/** What the pages are called. Each room has more words of its own, which come with it when it is first opened. */
export const titles = {
  account: "My account",
  analytics: "Analytics",
  audit: "Audit",
  connections: "Connections",
  debug: "Debug",
  jobs: "Jobs",
  mails: "Mails",
  people: "People",
  plugins: "Plugins",
  transfer: "Import and export",
  work: "Work queues",
};
