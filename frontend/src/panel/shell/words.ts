/** What the palette and the sheet of keys say. */
export const words = {
  open: "Search and commands",
  hint: "Ctrl K",
  placeholder: "Search records, or name a page or command",
  pages: "Pages",
  commands: "Commands",
  results: "Results",
  nothing: "Nothing found.",
  searching: "Searching…",
  create: (one: string) => `New ${one}`,
  light: "Switch to light",
  dark: "Switch to dark",
  check: "Run the checks",
  checking: "The checks were asked for: Data health tells what they find.",
  keys: "Keyboard shortcuts",
  sheet: {
    everywhere: "Everywhere",
    lists: "In lists",
  },
  shortcuts: {
    everywhere: [["Ctrl K", "Search and commands"], ["?", "This sheet"], ["z", "To the note at the edge: Undo"], ["g, then a letter", "Go: o overview, h health, b businesses, p professionals, c categories, i inquiries, l listing requests, r registrations, u users"]],
    lists: [
      ["/", "Search in the list"],
      ["j k, ↓ ↑", "Next and previous row"],
      ["→ ←", "Through the cells of a row"],
      ["Enter", "Open the record; on a cell, edit it"],
      ["F2, double click", "Edit the cell"],
      ["x, Space", "Select; with Shift, up to here"],
      ["Escape", "Clear the selection, close, take back"],
      ["n", "New record"],
    ],
  } as Record<"everywhere" | "lists", [string, string][]>,
};
