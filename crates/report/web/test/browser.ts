/** Opens pages in a browser without a window. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type Page, chromium } from "playwright-core";
import { type Log, SHAPES, makeLog, page as html } from "./make-data";

export const folder = process.env["REPORT_TEST_DIR"] ?? mkdtempSync(join(tmpdir(), "report-"));

export function launch(args: string[] = []): Promise<Browser> {
    const executablePath = process.env["CHROMIUM"] ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
    if (!executablePath) throw new Error("no Chromium found: install it, or name it in the variable CHROMIUM");
    return chromium.launch({
        executablePath,
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--enable-precise-memory-info", ...args],
    });
}

const logs = new Map<string, { log: Log; path: string }>();

/** The report of a kind of log, and its file. Each kind is generated once. */
export function report(kind: string): { log: Log; path: string } {
    let made = logs.get(kind);
    if (!made) {
        const log = makeLog(SHAPES[kind] ?? { events: 0, processes: 0 });
        const path = join(folder, `${kind}.html`);
        writeFileSync(path, html(log));
        made = { log, path };
        logs.set(kind, made);
    }
    return made;
}

export interface Opened {
    page: Page;
    log: Log;
    /** Unexpected console messages, errors, dialogs and requests. */
    problems: string[];
    close(): Promise<void>;
}

/** Opens a report of an invented log, and waits until its events are shown. */
export async function open(browser: Browser, kind: string, colorScheme: "light" | "dark" = "light"): Promise<Opened> {
    const { log, path } = report(kind);
    return { log, ...(await openFile(browser, path, log.embedded.length > 0, colorScheme)) };
}

/** Opens the file of a report, and waits until its events are shown. */
export async function openFile(browser: Browser, path: string, hasEvents: boolean, colorScheme: "light" | "dark" = "light"): Promise<Omit<Opened, "log">> {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 }, acceptDownloads: true, reducedMotion: "reduce" });
    const page = await context.newPage();
    const problems: string[] = [];
    const address = pathToFileURL(path).href;
    page.on("console", (message) => problems.push(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`error: ${String(error)}`));
    page.on("dialog", (dialog) => {
        problems.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on("request", (request) => {
        const url = request.url();
        const own = url.split("#")[0] === address || url.startsWith("blob:");
        if (!own) problems.push(`request: ${url}`);
    });
    await page.goto(address);
    const mark = hasEvents ? "report:rows" : "report:ready";
    await page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, mark, { timeout: 60_000 });
    return { page, problems, close: () => context.close() };
}

/** The number of rows in the attribute `aria-rowcount` of a grid, without the header. */
export async function rowCount(page: Page, section: string): Promise<number> {
    return Number(await page.locator(`#${section} .grid`).getAttribute("aria-rowcount")) - 1;
}

/** The texts of the visible rows of a grid. */
export async function rows(page: Page, section: string): Promise<string[][]> {
    return page.locator(`#${section} .grid-body .grid-row:visible`).evaluateAll((list) =>
        (list as HTMLElement[])
            .sort((a, b) => Number(a.dataset["row"]) - Number(b.dataset["row"]))
            .map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
    );
}

/** Waits until the results of pending computations are shown. */
export async function settle(page: Page): Promise<void> {
    await page.waitForTimeout(350);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

const SECTIONS = ["overview", "findings", "timeline", "processes", "tables", "flame", "activity", "events"];

/** Writes pictures of all sections, with a process and an event selected. */
export async function pictures(page: Page, name: string): Promise<void> {
    await page.setViewportSize({ width: 1440, height: 1100 });
    for (const section of ["processes", "events"]) {
        const row = page.locator(`#${section} .grid-body .grid-row:visible`).nth(2);
        if ((await row.count()) === 0) continue;
        await page.locator(`#${section} .grid`).focus();
        for (let i = 0; i < 3; i += 1) await page.keyboard.press("ArrowDown");
    }
    await page.evaluate(() => scrollTo(0, 0));
    await settle(page);
    await page.screenshot({ path: join(folder, `${name}-top.png`) });
    for (const section of SECTIONS) {
        const part = page.locator(`#${section}`);
        await part.scrollIntoViewIfNeeded();
        await part.screenshot({ path: join(folder, `${name}-${section}.png`) });
    }
}
