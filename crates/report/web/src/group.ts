/** Tables computed from events. */
import type { Columns } from "./columns";
import type { Cell, Column, GroupKey, Kind, Recipe, Report, Table } from "./data";

/** Numbers of one kind of operations of one group. */
class Sums {
    events = 0;
    bytes = 0;
    duration = 0;
    readonly processes = new Set<number>();
}

class Group {
    readonly all = new Sums();
    readonly kinds = new Map<Kind, Sums>();
    failed = 0;
    longest = 0;
    first = Number.POSITIVE_INFINITY;
    last = Number.NEGATIVE_INFINITY;

    constructor(readonly key: Cell) {}

    /** Whether a process writes the value and another one reads it. */
    get shared(): boolean {
        const [writers, readers] = [this.kinds.get("write")?.processes, this.kinds.get("read")?.processes];
        if (!writers || !readers) return false;
        return [...readers].some((reader) => writers.size > 1 || !writers.has(reader));
    }
}

export function folder(path: string): string {
    const end = path.lastIndexOf("\\");
    return end < 0 ? path : end === 2 ? path.slice(0, 3) : path.slice(0, end);
}

export function extension(path: string): string {
    const name = path.slice(path.lastIndexOf("\\") + 1);
    const dot = name.lastIndexOf(".");
    return dot <= 0 ? "" : name.slice(dot).toLowerCase();
}

export function remote(path: string): string {
    const end = path.lastIndexOf(" -> ");
    return end < 0 ? path : path.slice(end + 4);
}

/** The numeric or textual value by which a row is grouped. Texts of paths are computed once for each path. */
function keys(report: Report, columns: Columns, by: GroupKey): (row: number) => Cell {
    const texts = (of: (path: string) => string): ((row: number) => Cell) => {
        const known: (string | undefined)[] = [];
        return (row) => {
            const path = columns.path[row] ?? 0;
            return (known[path] ??= of(columns.paths[path] ?? ""));
        };
    };
    switch (by) {
        case "path":
            return (row) => columns.paths[columns.path[row] ?? 0] ?? "";
        case "remote":
            return texts(remote);
        case "folder":
            return texts(folder);
        case "extension":
            return texts(extension);
        case "operation":
            return (row) => report.operations[columns.operation[row] ?? 0]?.name ?? "";
        case "result":
            return (row) => report.results[columns.result[row] ?? 0]?.name ?? "";
        case "class":
            return (row) => report.classes[report.operations[columns.operation[row] ?? 0]?.class ?? 0] ?? "";
        case "process":
            return (row) => columns.process[row] ?? 0;
    }
}

function groups(report: Report, columns: Columns, rows: Uint32Array, recipe: Recipe & { from: "groups" }): Group[] {
    const found = new Map<Cell, Group>();
    const key = keys(report, columns, recipe.by);
    const classes = recipe.classes && new Set(recipe.classes);
    for (const row of rows) {
        const operation = report.operations[columns.operation[row] ?? 0];
        if (!operation || (classes && !classes.has(operation.class))) continue;
        const failed = report.results[columns.result[row] ?? 0]?.failed ?? false;
        if (recipe.failed && !failed) continue;
        const name = key(row);
        if (name === "" && recipe.by !== "extension" && recipe.by !== "result") continue;
        let group = found.get(name);
        if (!group) found.set(name, (group = new Group(name)));
        count(group, columns, row, operation.kind, failed);
    }
    const list = [...found.values()];
    return recipe.shared ? list.filter((group) => group.shared) : list;
}

function count(group: Group, columns: Columns, row: number, kind: Kind, failed: boolean): void {
    let sums = group.kinds.get(kind);
    if (!sums) group.kinds.set(kind, (sums = new Sums()));
    const duration = columns.duration[row] || 0;
    const process = columns.process[row] ?? 0;
    const time = columns.time[row] ?? 0;
    for (const target of [group.all, sums]) {
        target.events += 1;
        target.bytes += columns.bytes[row] || 0;
        target.duration += duration;
        target.processes.add(process);
    }
    if (failed) group.failed += 1;
    group.longest = Math.max(group.longest, duration);
    group.first = Math.min(group.first, time);
    group.last = Math.max(group.last, time);
}

function measure(group: Group, column: Column): Cell {
    const sums = column.kind ? group.kinds.get(column.kind) : group.all;
    switch (column.measure) {
        case "key":
            return group.key;
        case "events":
            return sums?.events ?? 0;
        case "bytes":
            return sums?.bytes ?? 0;
        case "duration":
            return sums?.duration ?? 0;
        case "processes":
            return sums?.processes.size ?? 0;
        case "failed":
            return group.failed;
        case "longest":
            return group.longest;
        case "first":
            return group.first;
        case "last":
            return group.last;
        default:
            return null;
    }
}

function field(report: Report, columns: Columns, row: number, column: Column): Cell {
    switch (column.measure) {
        case "number":
            return columns.number[row] ?? null;
        case "time":
            return columns.time[row] ?? null;
        case "duration":
            return columns.duration[row] ?? null;
        case "process":
            return columns.process[row] ?? null;
        case "operation":
            return report.operations[columns.operation[row] ?? 0]?.name ?? null;
        case "path":
            return columns.paths[columns.path[row] ?? 0] ?? null;
        case "result":
            return report.results[columns.result[row] ?? 0]?.name ?? null;
        default:
            return null;
    }
}

function slowest(columns: Columns, rows: Uint32Array, limit: number): Uint32Array {
    const timed = rows.filter((row) => (columns.duration[row] ?? 0) > 0);
    return timed.sort((a, b) => (columns.duration[b] ?? 0) - (columns.duration[a] ?? 0)).slice(0, limit);
}

/** The columns of a table of some events. */
export function compute(report: Report, columns: Columns, rows: Uint32Array, table: Table): Cell[][] {
    const { recipe } = table;
    if (recipe.from === "slowest") {
        const found = slowest(columns, rows, recipe.limit);
        return table.columns.map((column) => Array.from(found, (row) => field(report, columns, row, column)));
    }
    const list = groups(report, columns, rows, recipe);
    return table.columns.map((column) => list.map((group) => measure(group, column)));
}
