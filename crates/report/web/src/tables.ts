/** The section "Tables": totals by path, operation, result and others. */
import { cell as pasted, copy, download, field } from "./csv";
import type { Cell, Column, Report, Table } from "./data";
import { button, el, fill, put, searchField, section } from "./dom";
import { Grid, type GridColumn } from "./grid";
import type { GroupChoice, Source } from "./source";
import { Latest, type State } from "./state";
import type { Clock } from "./text";
import { bytes, count, duration, plural, visible } from "./text";

const WIDTHS: Record<Column["type"], string> = {
    text: "minmax(260px, 1fr)",
    process: "minmax(150px, 0.4fr)",
    count: "92px",
    bytes: "116px",
    duration: "104px",
    time: "148px",
    event: "92px",
};

export function processName(report: Report, index: number): string {
    const process = report.processes[index];
    return process ? `${process.name} (${process.pid})` : `process ${index}`;
}

/** The text of a cell. */
function display(report: Report, clock: Clock, column: Column, value: Cell): string {
    if (value === null) return "";
    if (typeof value === "string") return value === "" ? "(none)" : value;
    switch (column.type) {
        case "bytes":
            return bytes(value);
        case "duration":
            return duration(value);
        case "time":
            return clock.time(value);
        case "process":
            return processName(report, value);
        default:
            return count(value);
    }
}

/** The value of a cell in CSV: numbers in full, durations in seconds. */
function exported(report: Report, clock: Clock, column: Column, value: Cell): string {
    if (value === null) return "";
    if (typeof value === "string") return value;
    switch (column.type) {
        case "duration":
            return (value / 10_000_000).toFixed(7);
        case "time":
            return `${clock.date(value)} ${clock.time(value)}`;
        case "process":
            return processName(report, value);
        default:
            return String(value);
    }
}

function sameGroup(one: GroupChoice | null, other: GroupChoice): boolean {
    return one?.by === other.by && one.key === other.key && String(one.classes) === String(other.classes);
}

export class TablesView {
    readonly element: HTMLElement;
    private readonly tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Tables", keydown: (event) => this.key(event as KeyboardEvent) });
    private readonly panel = el("div", { role: "tabpanel", id: "table-panel" });
    private readonly status = el("p", { class: "note", role: "status", id: "table-origin" });
    private readonly latest = new Latest();
    private readonly search = searchField("Search this table", () => this.show());
    private grid: Grid | undefined;
    private current = 0;
    private data: Cell[][] = [];
    private order: Uint32Array = new Uint32Array(0);
    private sorted = { column: 0, descending: true };
    private scope = "";
    private stale = true;

    constructor(
        private readonly source: Source,
        private readonly state: State,
        private readonly clock: Clock,
        private readonly openEvent: (number: number) => void,
    ) {
        const { tables } = source.report;
        tables.forEach((table, index) =>
            this.tabs.append(button(table.title, () => this.open(index), { role: "tab", id: `tab-${table.id}`, "aria-controls": "table-panel" })),
        );
        const tools = el(
            "div",
            { class: "tools" },
            this.search,
            button("Copy", () => void this.copy(), { id: "table-copy" }),
            button("Download CSV", () => this.save(), { id: "table-csv" }),
        );
        this.element = section("tables", "Tables", this.tabs, tools, this.panel, this.status);
        if (tables.length === 0) {
            fill(this.element, el("h2", { id: "tables-title" }, "Tables"), el("p", { class: "note" }, "No tables."));
            return;
        }
        this.open(0);
        state.follow(() => {
            this.stale = true;
            return this.load();
        });
    }

    private get table(): Table {
        return this.source.report.tables[this.current] as Table;
    }

    private open(index: number): void {
        this.current = index;
        this.stale = true;
        this.search.value = "";
        [...this.tabs.children].forEach((tab, position) => {
            tab.setAttribute("aria-selected", String(position === index));
            tab.setAttribute("tabindex", position === index ? "0" : "-1");
        });
        const { table } = this;
        this.panel.setAttribute("aria-labelledby", `tab-${table.id}`);
        this.sorted = { column: table.sorted, descending: true };
        this.grid?.destroy();
        this.grid = new Grid({
            label: table.title,
            rowHeight: 24,
            height: "400px",
            columns: this.columns(),
            render: (row, cells) => this.render(row, cells),
            activate: (row) => this.activate(row),
            sort: (column) => this.sort(column),
        });
        fill(this.panel, el("p", { class: "description" }, table.description), this.grid.element);
        void this.load();
    }

    private columns(): GridColumn[] {
        const [first] = this.table.columns;
        return this.table.columns.map((column) => ({
            title: column.title,
            width: column.type === "text" && (column.measure === "operation" || column.measure === "result") && column !== first ? "150px" : WIDTHS[column.type],
            right: ["count", "bytes", "duration", "event"].includes(column.type),
            sort: true,
        }));
    }

    private async load(): Promise<void> {
        const { table } = this;
        const answer = await this.latest.run(this.source.table(table, this.state.selection));
        if (!answer || !this.stale) return;
        this.stale = false;
        this.data = answer.value;
        this.scope = answer.scope;
        this.show();
        performance.mark("report:table");
    }

    /** Filters and sorts the rows. */
    private show(): void {
        const needle = this.search.value.toLowerCase();
        const length = this.data[0]?.length ?? 0;
        const texts = this.table.columns.map((column, index) => ({ column, values: this.data[index] ?? [] }));
        const found: number[] = [];
        for (let row = 0; row < length; row += 1) {
            if (needle === "" || texts.some(({ column, values }) => this.contains(column, values[row] ?? null, needle))) found.push(row);
        }
        this.order = Uint32Array.from(found);
        this.arrange();
        const hits = needle === "" ? plural(length, "row") : `${count(found.length)} of ${plural(length, "row")}`;
        this.grid?.update(found.length, { empty: length === 0 ? "No events of this kind." : "No row matches." });
        fill(this.status, `${hits}. ${this.scope} ${this.grid?.limit ?? ""}`);
    }

    private contains(column: Column, value: Cell, needle: string): boolean {
        if (typeof value === "string") return value.toLowerCase().includes(needle);
        return column.type === "process" && value !== null && processName(this.source.report, value).toLowerCase().includes(needle);
    }

    private arrange(): void {
        const { column, descending } = this.sorted;
        const values = this.data[column] ?? [];
        const sign = descending ? -1 : 1;
        const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
        const isProcess = this.table.columns[column]?.type === "process";
        const key = (row: number): Cell => {
            const value = values[row] ?? null;
            return isProcess && typeof value === "number" ? processName(this.source.report, value) : value;
        };
        this.order.sort((a, b) => {
            const [left, right] = [key(a), key(b)];
            if (typeof left === "string" && typeof right === "string") return sign * collator.compare(left, right) || a - b;
            return sign * (Number(left ?? -1) - Number(right ?? -1)) || a - b;
        });
        this.grid?.mark(column, descending);
    }

    private sort(column: number): void {
        const isText = ["text", "process"].includes(this.table.columns[column]?.type ?? "");
        const descending = this.sorted.column === column ? !this.sorted.descending : !isText;
        this.sorted = { column, descending };
        this.arrange();
        this.grid?.update(this.order.length);
    }

    private render(position: number, cells: HTMLElement[]): void {
        const row = this.order[position] ?? 0;
        this.table.columns.forEach((column, index) => {
            const cell = cells[index] as HTMLElement;
            const text = display(this.source.report, this.clock, column, this.data[index]?.[row] ?? null);
            put(cell, text);
            if (column.type === "text" || column.type === "process") cell.title = visible(text);
        });
    }

    /** Opens the event of a row, or selects its events. */
    private activate(position: number): void {
        const row = this.order[position] ?? 0;
        const { recipe } = this.table;
        const key = this.data[0]?.[row];
        if (recipe.from === "groups" && typeof key === "string") {
            const group = { by: recipe.by, key, classes: recipe.classes };
            this.state.change({ group: sameGroup(this.state.selection.group, group) ? null : group });
        }
        this.table.columns.forEach((column, index) => {
            const value = this.data[index]?.[row];
            if (typeof value !== "number") return;
            if (column.type === "event") this.openEvent(value);
            else if (column.type === "process" && column.measure === "key") this.state.change({ processes: new Set([value]) });
        });
    }

    private text(separator: string): string {
        const { columns } = this.table;
        const isCsv = separator === ",";
        const cell = (column: Column, value: Cell): string => {
            const text = exported(this.source.report, this.clock, column, value);
            const isText = column.type === "text" || column.type === "process";
            return isCsv ? field(text, isText) : pasted(text, isText);
        };
        const lines = [columns.map((column) => (isCsv ? field(column.title, true) : column.title)).join(separator)];
        for (const row of this.order) lines.push(columns.map((column, index) => cell(column, this.data[index]?.[row] ?? null)).join(separator));
        return `${lines.join("\r\n")}\r\n`;
    }

    private async copy(): Promise<void> {
        const done = await copy(this.text("\t"));
        fill(this.status, done ? `${plural(this.order.length, "row")} copied.` : "The browser does not allow copying.");
    }

    private save(): void {
        download(`${this.table.id}.csv`, this.text(","));
    }

    /** Arrow keys change the tab. */
    private key(event: KeyboardEvent): void {
        const { length } = this.source.report.tables;
        const target = { ArrowRight: this.current + 1, ArrowLeft: this.current - 1, Home: 0, End: length - 1 }[event.key];
        if (target === undefined) return;
        this.open((target + length) % length);
        (this.tabs.children[this.current] as HTMLElement).focus();
        event.preventDefault();
    }
}
