/** Tests of the page in a browser. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Clock, count, visible } from "../src/text";
import { folder, launch, open, pictures, report, rowCount, rows, settle } from "./browser";
import { HOSTILE, OPERATIONS, type Log, type RawEvent, grouped } from "./make-data";

let browser: Browser;
before(async () => {
    browser = await launch();
});
after(async () => {
    await browser.close();
    console.log(`reports and pictures: ${folder}`);
});

/** Drags over a part of the timeline, and returns the selected events. */
async function drag(page: Page, log: Log, from: number, to: number): Promise<RawEvent[]> {
    const over = page.locator("#timeline .u-over");
    await over.scrollIntoViewIfNeeded();
    await page.evaluate(() => document.querySelector("#timeline")?.scrollIntoView());
    await settle(page);
    const box = await over.boundingBox();
    assert(box);
    await page.mouse.move(box.x + box.width * from, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * ((from + to) / 2), box.y + box.height / 2);
    await page.mouse.move(box.x + box.width * to, box.y + box.height / 2);
    await page.mouse.up();
    await settle(page);
    const [first, last] = await selectedTime(page, log);
    return log.embedded.filter((event) => event.time >= first && event.time <= last);
}

/** The selected time, as the page shows it. */
async function selectedTime(page: Page, log: Log): Promise<[number, number]> {
    const text = (await page.locator("#timeline .note").textContent()) ?? "";
    const match = /Selected: (\S+) to (\S+) /u.exec(text);
    assert(match, text);
    const clock = new Clock(log.report.epoch, log.report.utcOffset);
    const ticks = (time = ""): number => {
        const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
        return clock.fromSeconds(hours * 3600 + minutes * 60 + seconds);
    };
    return [ticks(match[1]), ticks(match[2])];
}

/** Checks the visible rows of a table of groups, and its number of rows. */
async function checkTable(page: Page, log: Log, id: string, events: RawEvent[]): Promise<void> {
    await page.locator(`#tab-${id}`).click();
    await settle(page);
    const table = log.report.tables.find((other) => other.id === id);
    assert(table);
    const expected = grouped(events, table);
    assert.equal(await rowCount(page, "tables"), expected[0]?.length, `rows of ${id}`);
    const known = new Map(expected[0]?.map((key, index) => [visible(String(key) || "(none)"), index]));
    for (const cells of await rows(page, "tables")) {
        const index = known.get(cells[0] ?? "");
        assert(index !== undefined, `unexpected row ${cells[0] ?? ""}`);
        table.columns.forEach((column, position) => {
            if (column.type === "count") assert.equal(cells[position], count(Number(expected[position]?.[index])), `${id}: ${column.title} of ${cells[0] ?? ""}`);
        });
    }
}

for (const kind of ["empty", "one", "small", "partial", "none", "hostile", "processes"]) {
    test(`the report "${kind}" opens without messages and requests, and shows the totals`, async () => {
        const { page, log, problems, close } = await open(browser, kind);
        await settle(page);
        const figures = await page.locator(".figure strong").allTextContents();
        const { overview } = log.report;
        assert.equal(figures[0], count(overview.events));
        assert.equal(figures[2], count(overview.processes));
        const shares = await page.locator(".classes .legend b").allTextContents();
        assert.deepEqual(shares, overview.byClass.map(count));
        if (overview.events > 0) {
            assert.equal(await rowCount(page, "processes"), log.report.processes.length);
            assert.match((await page.locator("#table-origin").textContent()) ?? "", /Exact totals of the whole log/u);
        }
        assert.equal(await rowCount(page, "events").catch(() => 0), log.embedded.length);
        assert.deepEqual(problems, []);
        await pictures(page, `${kind}-light`);
        assert.deepEqual(problems, []);
        await close();
    });
}

test("the page has dark colors", async () => {
    const { page, problems, close } = await open(browser, "small", "dark");
    const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await pictures(page, "small-dark");
    await page.locator("#theme").click();
    assert.notEqual(await background(), dark);
    assert.deepEqual(problems, []);
    await close();
});

test("a time range that is dragged in the timeline selects events in all parts", async () => {
    const { page, log, problems, close } = await open(browser, "small");
    const selected = await drag(page, log, 0.3, 0.45);
    assert(selected.length > 100 && selected.length < log.events.length);
    assert.equal(await rowCount(page, "events"), selected.length);
    for (const id of ["files", "folders", "extensions", "registry", "network", "operations", "results", "cross-reference"]) await checkTable(page, log, id, selected);
    assert.match((await page.locator("#table-origin").textContent()) ?? "", new RegExp(`from ${count(selected.length)} selected events, of 6,000`, "u"));
    await page.locator("#zoom-selection").click();
    await settle(page);
    const shown = await page.locator("#timeline .class-button b").allTextContents();
    assert.equal(shown.map((text) => Number(text.replaceAll(",", ""))).reduce((sum, value) => sum + value, 0), selected.length);
    await page.screenshot({ path: `${folder}/zoomed.png` });
    await page.locator("#clear").click();
    await settle(page);
    assert.equal(await rowCount(page, "events"), log.events.length);
    assert.deepEqual(problems, []);
    await close();
});

test("a click on a process selects its events, with those of its children if wanted", async () => {
    const { page, log, problems, close } = await open(browser, "small");
    const row = page.locator("#processes .grid-body .grid-row:visible").nth(1);
    const pid = Number(await row.locator(".grid-cell").nth(1).textContent());
    const index = log.report.processes.findIndex((process) => process.pid === pid);
    await row.click();
    await settle(page);
    const own = log.events.filter((event) => event.process === index);
    assert(own.length > 0);
    assert.equal(await rowCount(page, "events"), own.length);
    for (const id of ["files", "operations", "results"]) await checkTable(page, log, id, own);
    assert.match((await page.locator("#selection").textContent()) ?? "", new RegExp(`\\(${pid}\\)`, "u"));

    await page.locator("#with-children").check();
    await settle(page);
    const family = new Set([index]);
    log.report.processes.forEach((process, child) => {
        if (process.parent !== null && family.has(process.parent)) family.add(child);
    });
    const all = log.events.filter((event) => family.has(event.process));
    assert(all.length > own.length);
    assert.equal(await rowCount(page, "events"), all.length);
    await checkTable(page, log, "folders", all);

    const both = await drag(page, log, 0.2, 0.6);
    assert.equal(await rowCount(page, "events"), both.filter((event) => family.has(event.process)).length);
    await page.screenshot({ path: `${folder}/process-selected.png` });
    assert.deepEqual(problems, []);
    await close();
});

test("a class can be selected", async () => {
    const { page, log, close } = await open(browser, "small");
    await page.locator('#timeline [data-class="2"]').click();
    await settle(page);
    assert.equal(await rowCount(page, "events"), log.events.filter((event) => OPERATIONS[event.operation]?.class === 2).length);
    await close();
});

test("numbers from a part of the events are marked as such", async () => {
    const { page, log, problems, close } = await open(browser, "partial");
    assert.equal(await page.locator("#events-note").textContent(), log.report.events.note);
    const selected = await drag(page, log, 0.02, 0.2);
    await checkTable(page, log, "operations", selected);
    assert.match((await page.locator("#table-origin").textContent()) ?? "", /among the 5,000 embedded ones.*20,000 events.*too low/u);
    assert.deepEqual(problems, []);
    await close();
});

test("without embedded events, tables stay the totals of the log, and the timeline and the flame graph follow", async () => {
    const { page, log, problems, close } = await open(browser, "none");
    await page.locator("#processes .grid-body .grid-row:visible").nth(1).click();
    await settle(page);
    const pid = Number(await page.locator("#processes .grid-body .grid-row:visible").nth(1).locator(".grid-cell").nth(1).textContent());
    const index = log.report.processes.findIndex((process) => process.pid === pid);
    assert.match((await page.locator("#table-origin").textContent()) ?? "", /No events are embedded, so these are the totals/u);
    await checkTable(page, log, "operations", log.events);
    const shown = await page.locator("#timeline .class-button b").allTextContents();
    assert.deepEqual(shown, log.report.processes[index]?.events.map(count));
    const withStack = log.events.filter((event) => event.stack && event.process === index);
    const details = page.locator(".flame-details");
    assert.equal(await details.textContent(), `all: ${count(withStack.length)} events, 100.0 %`);
    const name = OPERATIONS[withStack[0]?.operation ?? 0]?.name ?? "";
    const ofOperation = withStack.filter((event) => OPERATIONS[event.operation]?.name === name);
    assert(ofOperation.length < withStack.length);
    await page.locator("#flame select").nth(3).selectOption(name);
    await settle(page);
    assert.equal(await details.textContent(), `all: ${count(ofOperation.length)} events, 100.0 %`);
    assert.match((await page.locator("#flame p.note").textContent()) ?? "", /^Exact totals of the whole log/u);
    assert.deepEqual(problems, []);
    await close();
});

test("damaged data is reported on the page", async () => {
    const { path } = report("small");
    const html = readFileSync(path, "utf8");
    for (const [name, from, to] of [
        ["cut", /(id="events-0">[^<]{2000})[^<]*/u, "$1"],
        ["gone", / id="texts-paths"/u, ""],
        ["version", /"version":\d+,/u, '"version":99,'],
    ] as const) {
        const file = `${folder}/damaged-${name}.html`;
        writeFileSync(file, html.replace(from, to));
        const page = await browser.newPage();
        await page.goto(pathToFileURL(file).href);
        const alert = page.locator("[role=alert]").first();
        await alert.waitFor({ timeout: 20_000 });
        assert.match((await alert.textContent()) ?? "", /cannot be shown/u);
        await page.close();
    }
});

test("the search of events finds paths, details, processes and operations", async () => {
    const { page, log, close } = await open(browser, "small");
    const cases: [string, (event: RawEvent) => boolean][] = [
        ["FILE10", (event) => event.path.toLowerCase().includes("file10")],
        ["offset: 4,096", (event) => event.detail.toLowerCase().includes("offset: 4,096")],
        ["regsetvalue", (event) => OPERATIONS[event.operation]?.name === "RegSetValue"],
    ];
    for (const [text, fits] of cases) {
        await page.locator("#event-search").fill(text);
        await settle(page);
        const expected = log.events.filter((event) => fits(event)).length;
        assert(expected > 0, text);
        assert.equal(await rowCount(page, "events"), expected, text);
    }
    await page.locator("#event-search").fill("no such text");
    await settle(page);
    assert.equal(await rowCount(page, "events"), 0);
    assert.equal(await page.locator("#events .grid-empty").textContent(), "No event matches.");
    await close();
});

test("the details of an event are those of the log", async () => {
    const { page, log, close } = await open(browser, "small");
    const event = log.events.find((other) => other.stack && other.bytes !== null && other.number < 12);
    assert(event);
    await page.locator("#events .grid-body .grid-row:visible").nth(event.number).click();
    await settle(page);
    const text = (await page.locator("#event-pane").innerText()) ?? "";
    assert(text.includes(event.path));
    assert(text.includes(`${count(event.bytes ?? 0)} bytes`));
    assert.deepEqual(await page.locator("#event-pane .stack li").allTextContents(), event.stack);
    assert.equal(await page.locator("#event-detail").textContent(), event.detail);
    assert.deepEqual(await page.locator("#event-values dt").allTextContents(), ["length", "note", "flags.0", "flags.1"]);
    assert.deepEqual(await page.locator("#event-values dd").allTextContents(), [String(event.bytes), "priority", "a", "b"]);
    await close();
});

test("tables can be sorted, searched and downloaded", async () => {
    const { page, log, close } = await open(browser, "small");
    await page.locator("#tab-operations").click();
    await page.locator("#tables .grid-sort").first().click();
    await settle(page);
    const names = (await rows(page, "tables")).map(([name]) => name ?? "");
    assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, "en")));
    await page.locator("#tables .search").fill("file");
    await settle(page);
    assert.equal(await rowCount(page, "tables"), names.filter((name) => /file/iu.test(name)).length);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#table-csv").click()]);
    const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
    assert.equal(lines.length, 1 + names.filter((name) => /file/iu.test(name)).length);
    const read = log.events.filter((event) => OPERATIONS[event.operation]?.name === "ReadFile");
    assert(lines.some((line) => line.startsWith(`ReadFile,${read.length},`)));
    await close();
});

test("a row of a table selects its events, in all parts", async () => {
    const { page, log, problems, close } = await open(browser, "small");
    await page.locator("#tab-operations").click();
    await settle(page);
    await page.locator("#tables .grid-body .grid-row:visible").nth(2).click();
    await settle(page);
    const name = (await page.locator("#selection .chip-text").textContent()) ?? "";
    const own = log.events.filter((event) => OPERATIONS[event.operation]?.name === name);
    assert(own.length > 0 && own.length < log.events.length);
    assert.equal(await rowCount(page, "events"), own.length);
    await checkTable(page, log, "results", own);
    assert.equal(await page.locator(".flame-details").textContent(), `all: ${count(own.filter((event) => event.stack).length)} events, 100.0 %`);
    const shown = await page.locator("#timeline .class-button b").allTextContents();
    assert.equal(shown.map((text) => Number(text.replaceAll(",", ""))).reduce((sum, value) => sum + value, 0), own.length);
    // The list of operations of the flame graph changes the same selection.
    assert.equal(await page.locator("#flame select").nth(3).inputValue(), name);
    await page.locator("#flame select").nth(3).selectOption("CloseFile");
    await settle(page);
    assert.equal(await rowCount(page, "events"), log.events.filter((event) => OPERATIONS[event.operation]?.name === "CloseFile").length);
    await page.locator("#clear").click();
    await page.locator("#tab-extensions").click();
    await settle(page);
    await page.locator("#tables .grid-body .grid-row:visible").nth(0).click();
    await settle(page);
    const extension = (await page.locator("#selection .chip-text").textContent()) ?? "";
    const files = log.events.filter((event) => OPERATIONS[event.operation]?.class === 1 && event.path.endsWith(`.${extension}`));
    assert.equal(await rowCount(page, "events"), files.length);
    assert.deepEqual(problems, []);
    await close();
});

test("several classes can be selected", async () => {
    const { page, log, close } = await open(browser, "small");
    await page.locator('#timeline [data-class="1"]').click();
    await settle(page);
    await page.locator('#timeline [data-class="2"]').click({ modifiers: ["Control"] });
    await settle(page);
    const both = log.events.filter((event) => [1, 2].includes(OPERATIONS[event.operation]?.class ?? 0));
    assert.equal(await rowCount(page, "events"), both.length);
    await page.locator('#timeline [data-class="1"]').click({ modifiers: ["Control"] });
    await settle(page);
    assert.equal(await rowCount(page, "events"), both.filter((event) => OPERATIONS[event.operation]?.class === 2).length);
    await close();
});

test("branches of the tree of processes can be closed", async () => {
    const { page, log, problems, close } = await open(browser, "small");
    const grid = page.locator("#processes .grid");
    const first = page.locator("#processes .grid-body .grid-row:visible").nth(0);
    assert.equal(await first.getAttribute("aria-expanded"), "true");
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowLeft");
    await settle(page);
    // The first process is an ancestor of all others.
    assert.equal(await rowCount(page, "processes"), 1);
    assert.equal(await first.getAttribute("aria-expanded"), "false");
    assert.equal(await page.locator("#clear").count(), 0, "nothing is selected");
    await first.locator(".fold").click();
    await settle(page);
    assert.equal(await rowCount(page, "processes"), log.report.processes.length);
    assert.equal(await page.locator("#clear").count(), 0, "a click on the mark selects nothing");
    assert.deepEqual(problems, []);
    await close();
});

test("clearing the search ends a running one", async () => {
    const { page, log, close } = await open(browser, "large");
    const search = page.locator("#event-search");
    // The first search decompresses the details, so that it takes longer than the next change.
    await search.evaluate((field: HTMLInputElement) => {
        const set = (text: string): void => {
            field.value = text;
            field.dispatchEvent(new Event("input"));
        };
        set("offset");
        window.setTimeout(() => set(""), 160);
    });
    await page.waitForTimeout(4000);
    await settle(page);
    assert.equal(await search.inputValue(), "");
    assert.equal(await rowCount(page, "events"), log.events.length);
    await close();
});

test("an event that is not embedded keeps the selection", async () => {
    const { page, log, close } = await open(browser, "none");
    await page.locator('#timeline [data-class="2"]').click();
    await page.locator("#tab-slowest").click();
    await settle(page);
    await page.locator("#tables .grid-body .grid-row:visible").nth(0).click();
    await settle(page);
    const number = Number(log.report.tables.find((table) => table.id === "slowest")?.data[1]?.[0]);
    assert.equal(await page.locator("#events-status").textContent(), `Event ${count(number)} is not embedded.`);
    assert.match((await page.locator("#selection").textContent()) ?? "", /Registry/u);
    await close();
});

test("tables do not leave listeners when the tab changes", async () => {
    const { page, close } = await open(browser, "small");
    const client = await page.context().newCDPSession(page);
    const listeners = async (): Promise<number> => {
        const { result } = await client.send("Runtime.evaluate", { expression: "window" });
        const found = await client.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
        return found.listeners.length;
    };
    const before = await listeners();
    for (let round = 0; round < 3; round += 1) for (const tab of await page.locator("[role=tab]").all()) await tab.click();
    assert.equal(await listeners(), before);
    await close();
});

test("an event of the slowest calls, and the events of a finding, are a click away", async () => {
    const { page, log, close } = await open(browser, "small");
    await page.locator("#tab-slowest").click();
    await settle(page);
    await page.locator("#tables .grid-body .grid-row:visible").nth(5).click();
    await settle(page);
    const number = log.report.tables.find((table) => table.id === "slowest")?.data[1]?.[5];
    assert.match((await page.locator("#event-pane h3").textContent()) ?? "", new RegExp(`event ${count(Number(number))}$`, "u"));
    const finding = log.report.findings[0]?.findings[0];
    await page.locator("#findings .link").first().click();
    await settle(page);
    assert.equal(await rowCount(page, "events"), finding?.count);
    assert.deepEqual(new Set((await rows(page, "events")).map((cells) => cells[4])), new Set([finding?.text]));
    await close();
});

test("the overview and the findings follow the selection", async () => {
    const { page, log, close } = await open(browser, "small");
    const selected = await drag(page, log, 0.3, 0.45);
    const numbers = new Set(selected.map((event) => event.number));
    const figures = await page.locator(".figure strong").allTextContents();
    assert.equal(figures[0], count(selected.length));
    assert.equal(figures[2], count(new Set(selected.map((event) => event.process)).size));
    const shares = await page.locator(".classes .legend b").allTextContents();
    const classOf = (event: (typeof selected)[number]): number => log.report.operations[event.operation]?.class ?? -1;
    assert.deepEqual(shares, log.report.classes.map((_, index) => count(selected.filter((event) => classOf(event) === index).length)));
    assert.match((await page.locator("#overview .scope").textContent()) ?? "", /selected events, of 6,000/u);
    const expected = log.report.findings.flatMap(({ findings, leftOut }) => {
        const found = findings.filter((finding) => finding.events.some((number) => numbers.has(number)));
        return findings.length + leftOut > 0 ? [`${count(found.length)} of ${count(findings.length + leftOut)}`] : [];
    });
    const found = await page.locator("#findings .rule-count").allTextContents();
    assert.deepEqual(found.map((text) => text.replace("+", "")), expected);
    assert(expected.some((text) => !text.startsWith("0 ")));
    await page.locator("#clear").click();
    await settle(page);
    assert.equal((await page.locator(".figure strong").allTextContents())[0], count(log.report.overview.events));
    // The events of a finding do not hide the other findings.
    const rows = await page.locator("#findings .finding").count();
    await page.locator("#findings .link").first().click();
    await settle(page);
    assert.equal(await page.locator("#findings .finding").count(), rows);
    await close();
});

test("the flame graph follows the selection and the weight", async () => {
    const { page, log, close } = await open(browser, "small");
    const total = async (): Promise<string> => (await page.locator(".flame-details").textContent()) ?? "";
    const withStack = log.events.filter((event) => event.stack);
    assert.equal(await total(), `all: ${count(withStack.length)} events, 100.0 %`);
    await page.locator("#processes .grid-body .grid-row:visible").nth(1).click();
    await settle(page);
    const pid = Number(await page.locator("#processes .grid-body .grid-row:visible").nth(1).locator(".grid-cell").nth(1).textContent());
    const index = log.report.processes.findIndex((process) => process.pid === pid);
    assert.equal(await total(), `all: ${count(withStack.filter((event) => event.process === index).length)} events, 100.0 %`);
    const selected = await drag(page, log, 0.1, 0.7);
    assert.equal(await total(), `all: ${count(selected.filter((event) => event.stack && event.process === index).length)} events, 100.0 %`);
    await page.locator("#flame select").first().selectOption("duration");
    await settle(page);
    assert.match(await total(), /^all: [\d.]+ m?s, 100\.0 %$/u);
    await close();
});

test("hostile names are shown as text", async () => {
    const { page, problems, close } = await open(browser, "hostile");
    await page.locator("#quiet").first().isVisible().catch(() => false);
    for (const summary of await page.locator("summary").all()) await summary.click();
    for (const tab of await page.locator("[role=tab]").all()) {
        await tab.click();
        await settle(page);
    }
    for (const row of (await page.locator("#processes .grid-body .grid-row:visible").all()).slice(0, 12)) await row.click();
    const grid = page.locator("#events .grid");
    await grid.focus();
    for (let i = 0; i < HOSTILE.length; i += 1) await page.keyboard.press("ArrowDown");
    for (const option of await page.locator("#flame select >> nth=1 >> option").all()) assert((await option.textContent()) !== null);
    await settle(page);
    assert.equal(await page.evaluate(() => (window as unknown as { hit?: unknown }).hit), undefined);
    const strange = await page.evaluate(() => document.querySelectorAll("body img, body iframe, body link, body meta, body base, body style, body a[href^='javascript']").length);
    assert.equal(strange, 0);
    const text = (await page.locator("#overview").textContent()) ?? "";
    for (const name of HOSTILE) assert(text.includes(visible(name)), visible(name));
    const everything = await page.evaluate(() => document.documentElement.textContent + [...document.querySelectorAll("[title], [aria-label]")].map((part) => `${part.getAttribute("title") ?? ""}${part.getAttribute("aria-label") ?? ""}`).join(""));
    assert(!/[\u202a-\u202e\u2066-\u2069\u200b\u2028]/u.test(everything.replaceAll(readFileSync(new URL("../dist/report.js", import.meta.url), "utf8"), "")), "hidden characters are shown as escapes");
    assert.deepEqual(problems, []);
    await close();
});

test("the policy of the page stops scripts and requests that would get into it", async () => {
    const { page, problems, close } = await open(browser, "one");
    await page.evaluate(() => {
        const part = document.createElement("div");
        part.innerHTML = `<img src=x onerror="window.hit=1"><img src="http://127.0.0.1:9/x">`;
        document.body.append(part);
        const script = document.createElement("script");
        script.textContent = "window.hit=2";
        document.body.append(script);
    });
    await settle(page);
    assert.equal(await page.evaluate(() => (window as unknown as { hit?: unknown }).hit), undefined);
    assert(problems.some((problem) => problem.includes("Content Security Policy")));
    await close();
});

test("the keyboard reaches and operates all parts", async () => {
    const { page, log, problems, close } = await open(browser, "small");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the report");

    const grid = page.locator("#events .grid");
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const active = async (): Promise<string> => {
        const id = (await grid.getAttribute("aria-activedescendant")) ?? "";
        return (await page.locator(`[id="${id}"] .grid-cell`).first().textContent()) ?? "";
    };
    assert.equal(await active(), "1");
    await page.keyboard.press("End");
    await settle(page);
    assert.equal(await active(), count(log.events.length - 1));
    assert.match((await page.locator("#event-pane h3").textContent()) ?? "", new RegExp(`event ${count(log.events.length - 1)}$`, "u"));

    await page.locator("[role=tab]").first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-folders");
    assert.equal(await page.locator("#tab-folders").getAttribute("aria-selected"), "true");

    await page.locator("#timeline .chart").focus();
    await page.keyboard.press("ArrowRight");
    await settle(page);
    const [from, to] = await selectedTime(page, log);
    assert.equal(await rowCount(page, "events"), log.events.filter((event) => event.time >= from && event.time <= to).length);
    await page.keyboard.press("Escape");

    await page.locator("#processes .grid").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await settle(page);
    assert.equal(await page.locator("#processes [aria-selected=true]").count(), 1);
    assert.deepEqual(problems, []);
    await close();
});

test("a checker of accessibility finds nothing", async () => {
    const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const scheme of ["light", "dark"] as const) {
        const { page, close } = await open(browser, "small", scheme);
        await page.evaluate(source);
        const found = await page.evaluate(async () => {
            const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] }> } };
            const { violations } = await axe.run();
            return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${JSON.stringify(node.target)} ${node.failureSummary}`).join("; ")}`);
        });
        assert.deepEqual(found, []);
        await close();
    }
});

test("the page prints", async () => {
    const { page, close } = await open(browser, "small");
    const pdf = await page.pdf({ path: `${folder}/small.pdf`, format: "A4" });
    assert(pdf.length > 20_000);
    await close();
});

test("200,000 events open and scroll at interactive speed", async (context) => {
    const { page, log, problems, close } = await open(browser, "large");
    const times = await page.evaluate(() => Object.fromEntries(["report:ready", "report:table", "report:events", "report:rows"].map((name) => [name, Math.round(performance.getEntriesByName(name)[0]?.startTime ?? -1)])));
    const memory = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
    assert.equal(await rowCount(page, "events"), log.events.length);
    const frames = await page.evaluate(async () => {
        const grid = document.querySelector("#events .grid") as HTMLElement;
        grid.scrollIntoView();
        const durations: number[] = [];
        for (let i = 0; i < 60; i += 1) {
            const start = performance.now();
            grid.scrollTop = ((i * 7919) % 1000) * (grid.scrollHeight / 1000);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            durations.push(performance.now() - start);
        }
        return durations.sort((a, b) => a - b);
    });
    const [median, worst] = [frames[30] ?? 0, frames.at(-1) ?? 0];
    const start = Date.now();
    const selected = await drag(page, log, 0.3, 0.5);
    assert.equal(await rowCount(page, "events"), selected.length);
    const selecting = Date.now() - start;
    const figures = `first table ${times["report:table"]} ms, events ${times["report:rows"]} ms, heap ${(memory / 1e6).toFixed(0)} MB, jump while scrolling ${median.toFixed(0)} ms (worst ${worst.toFixed(0)} ms), selection with waits ${selecting} ms`;
    context.diagnostic(figures);
    console.log(figures);
    assert((times["report:table"] ?? 0) < 5000, "time to the first table");
    assert(median < 200, "a jump to other rows takes less than 200 ms, also on a busy computer");
    assert.deepEqual(problems, []);
    await close();
});
