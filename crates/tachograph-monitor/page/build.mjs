// Makes dist from src. The same sources give the same bytes, in whatever folder they lie.

import { copyFile, mkdir, readFile, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = new URL("dist/", import.meta.url);

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

// The licence asks to go with every copy, and the served files are copies.
const licence = await readFile(new URL("node_modules/uplot/LICENSE", import.meta.url), "utf8");
const banner = `/*! Contains uPlot <https://github.com/leeoniya/uPlot>\n\n${licence.trim()}\n*/`;

await build({
    absWorkingDir: here,
    entryPoints: { page: "src/main.ts" },
    outdir: "dist",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2023", "chrome123", "firefox120", "safari17.5"],
    charset: "utf8",
    legalComments: "none",
    banner: { js: banner },
});
await build({
    absWorkingDir: here,
    entryPoints: { page: "src/style/page.css" },
    outdir: "dist",
    bundle: true,
    minify: true,
    target: ["chrome123", "firefox120", "safari17.5"],
    charset: "utf8",
    legalComments: "none",
    banner: { css: banner },
});
await copyFile(new URL("src/index.html", import.meta.url), new URL("index.html", dist));

for (const name of ["index.html", "page.css", "page.js"]) {
    console.log(`dist/${name} ${(await stat(new URL(name, dist))).size} bytes`);
}
