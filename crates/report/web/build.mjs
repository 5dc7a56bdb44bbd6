/** Builds the page. `--size`: prints the sizes too. `--tests`: builds the tests into `build`. */
import { readFileSync, readdirSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const LIMIT = 400 * 1024;

/** The package that contains a file, or "report". */
function packageOf(path) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(path);
    return match ? match[1] : "report";
}

/** The packages of a bundle, each with its size in the output in bytes, the largest first. */
function sizes(metafile) {
    const found = new Map();
    for (const output of Object.values(metafile.outputs)) {
        for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
            const name = packageOf(path);
            found.set(name, (found.get(name) ?? 0) + bytesInOutput);
        }
    }
    return [...found].sort((a, b) => b[1] - a[1]);
}

/** The licenses of the libraries, one after another. A license that several libraries have is repeated. */
function licenses(names) {
    const parts = names.map((name) => {
        const folder = join(root, "node_modules", name);
        const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
        if (!file) throw new Error(`${name} has no license file`);
        const notice = readdirSync(folder).find((entry) => /^notice/iu.test(entry));
        const texts = [file, notice].filter(Boolean).map((entry) => readFileSync(join(folder, entry), "utf8").replaceAll("\r\n", "\n").trim());
        return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
    });
    return `This page contains these libraries.\n\n${parts.join(`\n${"-".repeat(79)}\n\n`)}`;
}

async function page() {
    const result = await build({
        absWorkingDir: root,
        entryPoints: { report: "src/main.ts" },
        outdir: "dist",
        bundle: true,
        minify: true,
        write: false,
        metafile: true,
        format: "iife",
        target: ["chrome120", "firefox121"],
        charset: "ascii",
        legalComments: "none",
    });
    const bundled = sizes(result.metafile);
    const text = licenses(bundled.map(([name]) => name).filter((name) => name !== "report").sort());
    mkdirSync(join(root, "dist"), { recursive: true });
    for (const file of result.outputFiles) {
        // The style sheet has no license comments: the script has the licenses of all libraries.
        const comment = file.path.endsWith(".js") ? `/*!\n${text.replaceAll("*/", "* /")}*/\n` : "";
        const output = comment + file.text;
        const forbidden = /<\/(?:script|style)|<!--|\beval\(|new Function\(|sourceMappingURL/iu.exec(output);
        if (forbidden) throw new Error(`${file.path} contains ${forbidden[0]}`);
        writeFileSync(file.path, output);
    }
    writeFileSync(join(root, "dist", "LICENSES.txt"), text);
    return bundled;
}

function report(bundled) {
    const files = ["report.js", "report.css"].map((name) => readFileSync(join(root, "dist", name)));
    const row = (name, ...values) => console.log(name.padEnd(28), ...values.map((value) => String(value).padStart(10)));
    row("package", "minified");
    for (const [name, bytes] of bundled) row(name, bytes);
    row("", "bytes", "gzip", "brotli");
    let compressed = 0;
    for (const [index, name] of ["report.js", "report.css"].entries()) {
        const gzip = gzipSync(files[index], { level: 9 }).length;
        compressed += gzip;
        row(name, files[index].length, gzip, brotliCompressSync(files[index]).length);
    }
    console.log(`\n${compressed} bytes compressed, limit ${LIMIT}`);
    if (compressed > LIMIT) process.exitCode = 1;
}

async function tests() {
    const entries = readdirSync(join(root, "test")).filter((name) => /\.ts$/u.test(name));
    await build({
        absWorkingDir: root,
        entryPoints: entries.map((name) => `test/${name}`),
        outdir: "build",
        outExtension: { ".js": ".mjs" },
        bundle: true,
        platform: "node",
        format: "esm",
        packages: "external",
        target: "node20",
    });
}

const bundled = await page();
if (process.argv.includes("--size")) report(bundled);
if (process.argv.includes("--tests") && existsSync(join(root, "test"))) await tests();
