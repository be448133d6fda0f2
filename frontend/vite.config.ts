/** Two builds: the panel (hashed files + manifest) and the live transport as one ES module with a fixed name. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const outDir = "../digisence/panel/dist";
const target = ["chrome111", "edge111", "firefox121", "safari16.4"];

/** Writes `.br` and `.gz` beside each file: compressed once, as well as can be, not at each request. */
function compressed(): Plugin {
  return {
    name: "compressed",
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle).filter((each) => /\.(js|css)$/.test(each))) {
        const path = join(dir ?? "", name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const panel: UserConfig = {
  plugins: [react(), compressed()],
  build: {
    outDir,
    emptyOutDir: true,
    manifest: "manifest.json",
    target,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: "src/panel/main.tsx" },
  },
  server: { proxy: { "/api": process.env["DIGISENCE_URL"] ?? "http://127.0.0.1:8000" } },
};

const realtime: UserConfig = {
  plugins: [compressed()],
  build: {
    outDir,
    emptyOutDir: false,
    target,
    lib: { entry: "src/realtime/plain.ts", formats: ["es"], fileName: () => "realtime.js" },
    rolldownOptions: { output: { minify: true } }, // a library's build keeps its line breaks for whoever bundles it: nobody does
  },
  define: { "process.env.NODE_ENV": '"production"' },
};

export default defineConfig(({ command, mode }) => {
  if (mode === "realtime") return realtime;
  return { ...panel, base: command === "build" ? "/static/" : "/" };
});
