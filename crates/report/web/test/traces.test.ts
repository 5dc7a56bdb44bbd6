/** Opens output of `pml trace` in speedscope. Runs the program in `PML`, or `target/{debug,release}/pml`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "node:test";
import { folder, launch } from "./browser";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = process.env["PML"] ?? ["debug", "release"].map((profile) => join(root, "target", profile, "pml")).find((path) => existsSync(path));
const options = { skip: program ? false : "pml not found: build it, or set the variable PML to its path" };
const viewer = fileURLToPath(new URL("../node_modules/speedscope/dist/release/index.html", import.meta.url));

interface File {
    profiles: { name: string; weights: number[] }[];
}

for (const weight of ["count", "time"]) {
    test(`speedscope opens the call trees of a log by ${weight}`, options, async () => {
        const path = join(folder, `${weight}.speedscope.json`);
        execFileSync(program ?? "", ["trace", join(root, "fixtures", "sample64.pml"), "-o", path, "--weight", weight]);
        const { profiles } = JSON.parse(readFileSync(path, "utf8")) as File;
        // The command-line program `speedscope` passes a file to its page in the same way.
        const script = join(folder, `${weight}.speedscope.js`);
        writeFileSync(script, `speedscope.loadFileFromBase64("sample64.json", "${readFileSync(path).toString("base64")}")`);
        const browser = await launch(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]);
        try {
            const page = await browser.newPage();
            const problems: string[] = [];
            page.on("pageerror", (error) => problems.push(String(error)));
            page.on("dialog", (dialog) => {
                problems.push(dialog.message());
                void dialog.dismiss();
            });
            await page.goto(`${pathToFileURL(viewer).href}#localProfilePath=${script}`);
            const first = profiles[0];
            assert(first && first.weights.length > 0);
            await page.getByText(first.name, { exact: false }).first().waitFor({ timeout: 60_000 });
            assert.equal(await page.getByText(`(1/${profiles.length})`).count(), 1);
            assert.deepEqual(problems, []);
        } finally {
            await browser.close();
        }
    });
}
