/** The icons, drawn here on a 24 px grid with one stroke, so that no icon set has to be fetched. */

const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  health: "M3 12h4l2.5-6 4 12 2.5-6h5",
  businesses: "M4 20V9l8-5 8 5v11M4 20h16M10 20v-6h4v6",
  professionals: "M4 8h16v11H4zM9 8V5h6v3M4 13h16",
  categories: "M4 5h7v6H4zM13 13h7v6h-7zM13 5h7v6h-7zM4 13h7v6H4z",
  inquiries: "M4 6h16v11h-9l-4 3v-3H4z",
  listings: "M6 4h9l4 4v12H6zM9 12h7M9 16h5",
  registrations: "M10 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M18 8v6M15 11h6",
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M15.5 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .8 3.2 2.7 3.5 5.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  auto: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 4v16M15 5v14M18 7v10",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-4 3.5-6 7.5-6s6.7 2 7.5 6",
  signOut: "M10 4H5v16h5M10 12h10M16.5 8.5 20 12l-3.5 3.5",
  key: "M8 15.5a3.5 3.5 0 1 0 0 .1zM10.5 13 19 4.5M15.5 8l2.5 2.5",
  up: "M12 19V6M6.5 11 12 5.5 17.5 11",
  down: "M12 5v13M6.5 13l5.5 5.5 5.5-5.5",
  left: "M14.5 6 8.5 12l6 6",
  right: "M9.5 6l6 6-6 6",
  refresh: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 4v4.5H15",
  edit: "M5 19l1-4.5L16 4.5 19.5 8 9.5 18zM14 6.5 17.5 10",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  restore: "M4.5 12a7.5 7.5 0 1 0 2.3-5.4M4.5 4v4.5H9",
  alert: "M12 4 2.5 20h19zM12 10v4.5M12 17.5v.1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  connections: "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4",
  debug: "M3.5 17a8.5 8.5 0 0 1 17 0M12 17l4-6.5M6 20h12",
  filter: "M4 6h16M7 12h10M10 18h4",
  columns: "M4 5h16v14H4zM10 5v14M15 5v14",
  bookmark: "M7 4h10v16l-5-4-5 4z",
  plus: "M12 5v14M5 12h14",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
  open: "M14 4h6v6M20 4l-9 9M17 14v6H4V7h6",
  play: "M8 5.5v13l10.5-6.5z",
  work: "M4 13l2-8h12l2 8v6H4zM4 13h5l1 2.5h4L15 13h5",
  transfer: "M8 20V5M4 9l4-4.5L12 9M16 4v15M12 15l4 4.5 4-4.5",
  audit: "M12 3.5 5 6v6c0 4 3 7 7 8.5 4-1.5 7-4.5 7-8.5V6zM9 12l2.2 2.2L15.5 10",
  jobs: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v5.3l3.5 2.2",
  mails: "M3.5 6h17v12.5h-17zM4 7l8 6 8-6",
  plugins: "M9 5.5a2 2 0 1 1 4 0V8h5v4.5h-2a2 2 0 1 0 0 4h2V20H6v-4.5H5.5a2 2 0 1 1 0-4H6V8h3z",
  analytics: "M4 20h16M6.5 16.5v-5M11 16.5V6.5M15.5 16.5v-7.5M19 16.5V4",
  download: "M12 4v11M7 10.5 12 15.5l5-5M5 20h14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a lens over a pulse; what is in the database is on the screen. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" className="mark">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <path d="M5 17h5.5l3-8 5 14 3-8.5 1.5 2.5h4" fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" className="mark-line" />
    </svg>
  );
}
