/** The package `@digisence/realtime`: modules, declarations, manifest, licence, packed by npm for the server to hand out. */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const source = "src/realtime";
const outDir = "dist/realtime";
const types = join(outDir, "types");
const handedOut = "../digisence/panel/dist";

/** A declaration names its neighbours as files: without the ending, `moduleResolution: nodenext` would not find them. */
function withEndings(declaration: string): string {
  return declaration.replace(/((?:from |import\()")(\.{1,2}\/[^"]+)"/g, (_, before: string, path: string) => `${before}${path}.js"`);
}

function run(script: string, ...rest: string[]): void {
  execFileSync(process.execPath, [script, ...rest], { stdio: "inherit" });
}

function packed(): Plugin {
  return {
    name: "packed",
    closeBundle() {
      const npm = process.env["npm_execpath"];
      if (!npm) throw new Error("run it by npm: `npm run build`");
      run("node_modules/typescript/bin/tsc", "--project", "tsconfig.package.json", "--outDir", types);
      for (const name of readdirSync(types, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".d.ts"))) {
        writeFileSync(join(types, name), withEndings(readFileSync(join(types, name), "utf8")));
      }
      for (const name of ["package.json", "README.md"]) cpSync(join(source, name), join(outDir, name));
      cpSync("../LICENSE", join(outDir, "LICENSE"));
      run(npm, "pack", `./${outDir}`, "--loglevel", "error", "--pack-destination", handedOut);
    },
  };
}

export default defineConfig({
  plugins: [packed()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    minify: false,
    lib: {
      entry: { index: resolve(source, "index.ts"), core: resolve(source, "plain.ts"), debug: resolve(source, "debug/index.tsx") },
      formats: ["es"],
    },
    rolldownOptions: {
      external: [/^react(\/|$)/, /^@tanstack\//],
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
    },
  },
});
