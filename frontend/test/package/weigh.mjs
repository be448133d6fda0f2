/** What a module adds to a page with all that it imports, React left out: `node weigh.mjs FILE` prints bytes as JSON. */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "vite";

async function weigh(entry, external) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: { write: false, target: "es2022", lib: { entry, formats: ["es"] }, rolldownOptions: { external, output: { minify: true, codeSplitting: false } } },
  });
  const [{ code }] = output;
  return { plain: code.length, gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
}

const [, , entry] = process.argv;
const react = /^react(\/|$)/;
console.log(JSON.stringify({ whole: await weigh(entry, [react]), own: await weigh(entry, [react, /^@tanstack\//]) }));
