/** The section "Events": the selected events, with details and stack of one of them. */
import { copy } from "./csv";
import { add, button, el, fill, put, searchField, section } from "./dom";
import { Grid } from "./grid";
import type { EventRow, Rows, SortKey, Source } from "./source";
import { EVERYTHING } from "./source";
import { Latest, type State } from "./state";
import { processName } from "./tables";
import type { Clock } from "./text";
import { bytes, count, duration, plural, visible } from "./text";

const COLUMNS: { title: string; key: SortKey; width: string; right?: boolean }[] = [
    { title: "#", key: "number", width: "84px", right: true },
    { title: "Time", key: "time", width: "144px" },
    { title: "Process", key: "process", width: "minmax(150px, 0.5fr)" },
    { title: "Operation", key: "operation", width: "minmax(150px, 0.4fr)" },
    { title: "Path", key: "path", width: "minmax(280px, 1.6fr)" },
    { title: "Result", key: "result", width: "minmax(150px, 0.4fr)" },
    { title: "Duration", key: "duration", width: "92px", right: true },
];

export class EventsView {
    readonly element: HTMLElement;
    private readonly grid: Grid;
    private readonly pane = el("div", { class: "panel below", id: "event-pane", "aria-live": "polite" });
    private readonly status = el("p", { class: "note", role: "status", id: "events-status" });
    private readonly latest = new Latest();
    private readonly latestDetail = new Latest();
    private readonly search = searchField("Search path, process, operation, result, detail", () => void this.filter());
    private selected: Rows | undefined;
    private shown: Rows | undefined;
    private sorted = { column: 0, descending: false };

    constructor(
        private readonly source: Source,
        private readonly state: State,
        private readonly clock: Clock,
    ) {
        this.grid = new Grid({
            label: "Events",
            rowHeight: 22,
            height: "480px",
            columns: COLUMNS.map(({ title, width, right }) => ({ title, width, sort: true, ...(right ? { right } : {}) })),
            render: (row, cells, element) => this.render(row, cells, element),
            activate: (row) => void this.describe(row),
            move: (row) => void this.describe(row),
            sort: (column) => void this.sort(column),
        });
        this.search.id = "event-search";
        const { events } = source.report;
        const note = events.note === "" ? null : el("p", { class: "notice", id: "events-note" }, events.note);
        this.element = section("events", "Events", note, el("div", { class: "tools" }, this.search), this.grid.element, this.pane, this.status);
        this.explain();
        state.follow(() => this.load());
    }

    private explain(): void {
        fill(this.pane, el("p", { class: "muted" }, "Choose an event to see its details and its call stack."));
    }

    private async load(): Promise<void> {
        if (this.source.report.events.embedded === 0) {
            this.grid.update(0, { empty: "No events are embedded." });
            return;
        }
        const rows = await this.latest.run(this.source.select(this.state.selection));
        if (!rows) return;
        this.selected = rows;
        await this.filter();
    }

    private async filter(): Promise<void> {
        const { selected } = this;
        if (!selected) return;
        const text = this.search.value.trim();
        const found = await this.latest.run(text === "" ? Promise.resolve(selected) : selected.search(text));
        if (!found) return;
        this.show(this.arrange(found));
        const { events } = this.source.report;
        const of = text === "" ? "" : ` of ${count(selected.length)} selected`;
        const embedded = events.embedded === events.total ? `${count(events.total)} in the log` : `${count(events.embedded)} embedded, ${count(events.total)} in the log`;
        fill(this.status, `${plural(found.length, "event")}${of}; ${embedded}. ${this.grid.limit}`);
        performance.mark("report:rows");
    }

    private arrange(rows: Rows): Rows {
        const { column, descending } = this.sorted;
        const key = COLUMNS[column]?.key ?? "number";
        return key === "number" && !descending ? rows : rows.sorted(key, descending);
    }

    private show(rows: Rows): void {
        this.shown = rows;
        this.grid.update(rows.length, { empty: "No event matches." });
        this.grid.mark(this.sorted.column, this.sorted.descending);
    }

    private async sort(column: number): Promise<void> {
        this.sorted = { column, descending: this.sorted.column === column ? !this.sorted.descending : COLUMNS[column]?.key === "duration" };
        await this.filter();
    }

    private render(position: number, cells: HTMLElement[], element: HTMLElement): void {
        if (!this.shown) return;
        const event = this.shown.event(position);
        const { operations, results } = this.source.report;
        const operation = operations[event.operation];
        const result = results[event.result];
        const texts = [
            count(event.number),
            event.time < 0 ? "not plausible" : this.clock.time(event.time),
            processName(this.source.report, event.process),
            operation?.name ?? "",
            event.path,
            result?.name ?? "",
            event.duration === null ? "" : duration(event.duration),
        ];
        texts.forEach((text, index) => put(cells[index] as HTMLElement, text));
        (cells[4] as HTMLElement).title = visible(event.path);
        (cells[3] as HTMLElement).dataset["class"] = String(operation?.class ?? 0);
        element.classList.toggle("failed", result?.failed ?? false);
    }

    /** Shows an event. Removes the selection if it hides the event, but keeps it if the event is not embedded. */
    async open(number: number): Promise<void> {
        const all = await this.source.select(EVERYTHING);
        if (all.find(number) < 0) {
            this.reveal();
            fill(this.status, `Event ${count(number)} is not embedded.`);
            return;
        }
        const rows = await this.source.select(this.state.selection);
        if (rows.find(number) < 0) this.state.clear();
        this.search.value = "";
        await this.load();
        this.reveal();
        const position = this.shown?.find(number) ?? -1;
        if (position >= 0) this.grid.moveTo(position);
    }

    reveal(): void {
        this.element.scrollIntoView({ block: "start" });
        this.grid.element.focus({ preventScroll: true });
    }

    private async describe(position: number): Promise<void> {
        const rows = this.shown;
        if (!rows || position >= rows.length) return;
        const event = rows.event(position);
        const parts = await this.latestDetail.run(Promise.all([rows.detail(position), rows.decoded(position), rows.stack(position)]));
        if (parts) this.showDetail(event, ...parts);
    }

    private showDetail(event: EventRow, detail: string, decoded: unknown, stack: string[] | null): void {
        const { report } = this.source;
        const operation = report.operations[event.operation];
        const list = el("dl", { class: "facts" });
        const fact = (name: string, value: string): void => {
            if (value !== "") add(list, el("dt", {}, name), el("dd", {}, value));
        };
        fact("Time", event.time < 0 ? "not plausible" : this.clock.full(event.time));
        fact("Log", this.logOf(event.number));
        fact("Class", report.classes[operation?.class ?? 0] ?? "");
        fact("Path", event.path);
        fact("Result", report.results[event.result]?.name ?? "");
        fact("Duration", event.duration === null ? "not completed within the log" : `${duration(event.duration)} (${(event.duration / 1e7).toFixed(7)} s)`);
        fact("Process", processName(report, event.process));
        fact("Thread", event.thread === null ? "" : String(event.thread));
        fact("Transferred", event.bytes === null ? "" : `${bytes(event.bytes)} (${count(event.bytes)} bytes)`);
        const tools = el(
            "div",
            { class: "tools" },
            button("Only this process", () => this.state.change({ processes: new Set([event.process]) })),
            event.time < 0 ? null : button("±0.5 s around", () => this.state.change({ time: [event.time - 5_000_000, event.time + 5_000_000] })),
            button("Copy", () => void copy([visible(event.path), visible(detail), ...(stack ?? [])].join("\r\n"))),
        );
        fill(this.pane, el("h3", {}, `${operation?.name ?? ""} `, el("small", {}, `event ${count(event.number)}`)), tools, el("div", { class: "event-parts" }, el("div", {}, el("h4", {}, "Event"), list), text(detail), values(decoded), frames(stack)));
    }

    /** The log of an event, and the number of the event in that log. Empty if there is only one log. */
    private logOf(number: number): string {
        const { logs } = this.source.report;
        const log = logs.findLast(({ first }) => first <= number);
        return log && logs.length > 1 ? `${log.name}, event ${count(number - log.first)}` : "";
    }
}

/** The text of the Detail column. */
function text(detail: string): HTMLElement | null {
    if (detail === "") return null;
    return el("div", {}, el("h4", {}, "Detail"), el("p", { class: "mono", id: "event-detail" }, detail));
}

/** Maximum number of decoded values that are shown. */
const VALUES = 200;

/** The values of a decoded detail with their names. Names of structures that contain only one value are left out. */
export function flat(value: unknown): [string, string][] {
    const found: [string, string][] = [];
    const visit = (part: unknown, name: string): void => {
        if (found.length >= VALUES || part === null) return;
        if (typeof part !== "object") {
            found.push([name, String(part)]);
            return;
        }
        const entries = Object.entries(part);
        const isList = Array.isArray(part);
        for (const [key, child] of entries) {
            const nested = typeof child === "object" && child !== null && !Array.isArray(child);
            if (entries.length === 1 && nested && !isList) visit(child, name);
            else visit(child, name === "" ? key : `${name}.${key}`);
        }
    };
    visit(value, "");
    return found;
}

/** The decoded values of a detail. */
function values(decoded: unknown): HTMLElement | null {
    const found = flat(decoded);
    if (found.length === 0) return null;
    const list = el("dl", { class: "facts", id: "event-values" });
    for (const [name, value] of found) add(list, el("dt", {}, name), el("dd", {}, value));
    return el("div", {}, el("h4", {}, "Values"), list);
}

function frames(stack: string[] | null): HTMLElement | null {
    if (!stack || stack.length === 0) return null;
    return el("div", {}, el("h4", {}, "Call stack"), el("ol", { class: "stack", start: "0" }, ...stack.map((frame) => el("li", {}, frame))));
}
