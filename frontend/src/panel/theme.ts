/** Colours, type and sizes: one place, for light and dark. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef3fb", "#dbe4f3", "#b3c6e6", "#88a6d9", "#658bce", "#4e79c7", "#2f61b5", "#27529b", "#20458a", "#133a7a",
];

const dark: MantineColorsTuple = [
  "#d5d9e0", "#b4bac5", "#949cab", "#6c7484", "#3f4653", "#313743", "#232832", "#191d25", "#13161c", "#0d0f14",
];

const system = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';

/** Of an Alert's colour, the panel's own tone: its titles can be read, by day and by night. */
const TONES: Record<string, string> = { yellow: "warn", red: "bad", green: "good" };

function toned(_theme: unknown, { color }: { color?: unknown }) {
  const tone = TONES[String(color)];
  return { root: tone ? { "--alert-bg": `var(--${tone}-soft)`, "--alert-color": `var(--${tone})` } : {} };
}

export const theme = createTheme({
  colors: { ink, dark },
  primaryColor: "ink",
  primaryShade: 6,
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: system,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontFamily: system, fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Alert: { vars: toned },
    Button: { defaultProps: { size: "sm", fw: 500 } },
    Drawer: { defaultProps: { transitionProps: { duration: 120 } } },
    Modal: { defaultProps: { transitionProps: { duration: 120 }, centered: true } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});
