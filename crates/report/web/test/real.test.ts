/** Tests of reports of the fixtures. They run the program in the variable `PML`, or `target/{debug,release}/pml`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { count } from "../src/text";
import { folder, launch, openFile, pictures, rowCount, rows, settle } from "./browser";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = process.env["PML"] ?? ["debug", "release"].map((profile) => join(root, "target", profile, "pml")).find((path) => existsSync(path));
const options = { skip: program ? false : "pml not found: build it, or set the variable PML to its path" };

interface Statistics {
    events: { total: number; unreadable: number };
    classes: { name: string; events: number; operations: { name: string; events: number }[] }[];
    processes: { pid: number; name: string; events: number }[];
}

function run(...args: string[]): string {
    return execFileSync(program ?? "", args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
}

/** Writes the report of a fixture, and returns its path and the statistics of the fixture. */
function make(name: string): { path: string; statistics: Statistics } {
    const log = join(root, "fixtures", name);
    const path = join(folder, `${name.replaceAll("/", "-")}.html`);
    run("report", log, "--html", path);
    const [statistics] = JSON.parse(run("statistics", log, "--json")) as Statistics[];
    assert(statistics);
    return { path, statistics };
}

let browser: Browser;
before(async () => {
    browser = await launch();
});
after(async () => {
    await browser.close();
});

for (const name of ["empty.pml", "sample32.pml", "sample64.pml", "version7.pml", "segments/capture.pml", "conformance/fs_1.pml.gz", "conformance/misc_1.pml.gz", "conformance/registry_1.pml.gz", "quirks/frames.pml.gz"]) {
    test(`the report of ${name} shows the numbers of pml statistics`, options, async () => {
        const { path, statistics } = make(name);
        const total = statistics.events.total - statistics.events.unreadable;
        const { page, problems, close } = await openFile(browser, path, total > 0);
        await settle(page);
        const figures = await page.locator(".figure strong").allTextContents();
        assert.equal(figures[0], count(total));
        const names = await page.locator(".classes .legend span").allTextContents();
        const shares = await page.locator(".classes .legend b").allTextContents();
        for (const [index, title] of names.entries()) {
            // "Other" contains the classes without a name.
            const classes = statistics.classes.filter((other) => (title === "Other" ? !names.includes(other.name) : other.name === title));
            assert.equal(shares[index], count(classes.reduce((sum, other) => sum + other.events, 0)), title);
        }
        if (total > 0) {
            assert.equal(await rowCount(page, "events"), total);
            await page.locator("#tab-operations").click();
            await settle(page);
            const shown = new Map((await rows(page, "tables")).map((cells) => [cells[0], cells[1]]));
            for (const { operations } of statistics.classes) for (const operation of operations) {
                const events = shown.get(operation.name);
                const all = statistics.classes.flatMap((other) => other.operations).filter((other) => other.name === operation.name);
                if (events !== undefined) assert.equal(events, count(all.reduce((sum, other) => sum + other.events, 0)), operation.name);
            }
            // A click on a process selects exactly its events.
            const row = page.locator("#processes .grid-body .grid-row:visible").nth(0);
            const pid = Number(await row.locator(".grid-cell").nth(1).textContent());
            const owners = statistics.processes.filter((process) => process.pid === pid);
            await row.click();
            await settle(page);
            if (owners.length === 1) assert.equal(await rowCount(page, "events"), owners[0]?.events);
        }
        await pictures(page, name.replaceAll("/", "-"));
        assert.deepEqual(problems, []);
        await close();
    });
}

test("tables computed from the events are those of the writer", options, async () => {
    const { path } = make("sample64.pml");
    const { page, problems, close } = await openFile(browser, path, true);
    // Compares all columns. With a selection of all classes of a table, the page computes the table itself.
    const shown = async (): Promise<string[][]> => {
        await page.locator("#tables .grid-sort").first().click();
        await settle(page);
        const found = (await rows(page, "tables")).map(([key = "", ...cells]) => [key.toLowerCase(), ...cells]);
        assert(found.length > 0);
        return found;
    };
    for (const [tab, ...classes] of [["files", 1], ["folders", 1], ["extensions", 1], ["registry", 2], ["network", 3], ["cross-reference", 1, 2]] as const) {
        await page.locator(`#tab-${tab}`).click();
        await settle(page);
        assert.match((await page.locator("#table-origin").textContent()) ?? "", /Exact totals of the whole log/u);
        const written = await shown();
        for (const group of classes) await page.locator(`#timeline [data-class="${group}"]`).click({ modifiers: ["Control"] });
        await settle(page);
        assert.match((await page.locator("#table-origin").textContent()) ?? "", /selected events/u);
        await page.locator("#tables .grid-sort").first().click();
        assert.deepEqual(await shown(), written, tab);
        await page.locator("#clear").click();
        await settle(page);
    }
    assert.deepEqual(problems, []);
    await close();
});

test("several logs are on one page", options, async () => {
    const path = join(folder, "several.html");
    const logs = ["sample64.pml", "sample32.pml"].map((name) => join(root, "fixtures", name));
    run("report", ...logs, "--html", path);
    const totals = logs.map((log) => (JSON.parse(run("statistics", log, "--json")) as Statistics[])[0]?.events.total ?? 0);
    const { page, problems, close } = await openFile(browser, path, true);
    await settle(page);
    assert.equal(await rowCount(page, "events"), (totals[0] ?? 0) + (totals[1] ?? 0));
    assert.equal(await page.locator("#logs tbody tr").count(), 2);
    await page.locator("#events .grid").focus();
    await page.keyboard.press("End");
    await settle(page);
    assert.match((await page.locator("#event-pane").innerText()) ?? "", new RegExp(`sample32\\.pml, event ${count((totals[1] ?? 0) - 1)}`, "u"));
    await pictures(page, "several");
    assert.deepEqual(problems, []);
    await close();
});

test("a page can be read without scripts", options, async () => {
    const { path, statistics } = make("sample64.pml");
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(path).href);
    const text = (await page.locator("#summary").textContent()) ?? "";
    assert(text.includes(`${count(statistics.events.total)} events`));
    assert(text.includes("What stands out"));
    await page.screenshot({ path: join(folder, "without-scripts.png"), fullPage: true });
    await context.close();
});
