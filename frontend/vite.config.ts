/** Two builds: the panel (hashed files + manifest) and the live transport as one ES module with a fixed name. */
import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";

const outDir = "../digisence/panel/dist";
const targets = ["chrome111", "edge111", "firefox121", "safari16.4"];

const panel: UserConfig = {
  base: "/static/",
  plugins: [react()],
  build: {
    outDir,
    emptyOutDir: true,
    manifest: "manifest.json",
    target: targets,
    cssTarget: targets,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: "src/panel/main.tsx" },
  },
  server: { proxy: { "/api": process.env["DIGISENCE_URL"] ?? "http://127.0.0.1:8000" } },
};

const realtime: UserConfig = {
  build: {
    outDir,
    emptyOutDir: false,
    target: targets,
    lib: { entry: "src/realtime/core.ts", formats: ["es"], fileName: () => "realtime.js" },
  },
  define: { "process.env.NODE_ENV": '"production"' },
};

export default defineConfig(({ mode }) => (mode === "realtime" ? realtime : panel));
