/** Tables computed from events. */
import type { Columns } from "./columns";
import type { Access, Cell, Column, Counted, GroupKey, Operation, Recipe, Report, Table } from "./data";

/** Numbers of the operations of one group that count in the same column. */
class Sums {
    events = 0;
    bytes = 0;
}

class Group {
    readonly all = new Sums();
    readonly counted = new Map<Counted, Sums>();
    readonly processes = new Set<number>();
    /** Processes, distinct by PID and name. */
    readonly users: Record<Access, Set<number>> = { read: new Set(), write: new Set() };
    failed = 0;
    duration = 0;
    timed = 0;
    longest = 0;

    constructor(readonly key: Cell) {}

    /** True if a process writes the value and another one writes or reads it. */
    get shared(): boolean {
        const { read, write } = this.users;
        return write.size > 1 || [...write].some((writer) => [...read].some((reader) => reader !== writer));
    }

    private sums(counted: Counted): Sums {
        let sums = this.counted.get(counted);
        if (!sums) this.counted.set(counted, (sums = new Sums()));
        return sums;
    }

    add(columns: Columns, row: number, operation: Operation, failed: boolean, user: number): void {
        const duration = columns.duration[row] || 0;
        for (const sums of operation.counts ? [this.all, this.sums(operation.counts)] : [this.all]) {
            sums.events += 1;
            sums.bytes += columns.bytes[row] || 0;
        }
        if (failed) this.failed += 1;
        this.duration += duration;
        if (operation.timed) this.timed += duration;
        this.longest = Math.max(this.longest, duration);
        this.processes.add(columns.process[row] ?? 0);
        if (operation.access) this.users[operation.access].add(user);
    }
}

/** The folder of a path, as `analysis::folder` of the library computes it. */
export function folder(path: string): string {
    const trimmed = path.replace(/\\+$/u, "");
    const end = trimmed.lastIndexOf("\\");
    return end < 0 ? trimmed : trimmed.slice(0, end);
}

/** The extension of a path, as `analysis::extension` of the library computes it. */
export function extension(path: string): string {
    const name = path.slice(path.lastIndexOf("\\") + 1);
    const dot = name.lastIndexOf(".");
    return dot < 0 ? "<none>" : name.slice(dot + 1);
}

/** The remote endpoint in the path of a network event, as `analysis::remote` of the library computes it. */
export function remote(path: string): string {
    const arrow = path.indexOf("-> ");
    return arrow < 0 ? path : path.slice(arrow + 3);
}

/** The value by which an event is grouped. Texts of paths are computed once for each path. */
export function keys(report: Report, columns: Columns, by: GroupKey): (row: number) => Cell {
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
        case "process":
            return (row) => columns.process[row] ?? 0;
    }
}

/** The key in lower case. It is equal for all keys of a group. */
export function folded(key: Cell): Cell {
    return typeof key === "string" ? key.toLowerCase() : key;
}

/**
 * For each process, the index of the first process with the same PID and name. The cross reference does not distinguish
 * such processes.
 */
function users(report: Report): number[] {
    const first = new Map<string, number>();
    return report.processes.map(({ pid, name }, index) => {
        const user = first.get(`${pid} ${name}`) ?? index;
        first.set(`${pid} ${name}`, user);
        return user;
    });
}

function groups(report: Report, columns: Columns, rows: Uint32Array, recipe: Recipe & { from: "groups" }): Group[] {
    const found = new Map<Cell, Group>();
    const key = keys(report, columns, recipe.by);
    const classes = recipe.classes && new Set(recipe.classes);
    const user = users(report);
    const exact = new Map<Cell, Group>();
    for (const row of rows) {
        const operation = report.operations[columns.operation[row] ?? 0];
        if (!operation || (classes && !classes.has(operation.class))) continue;
        const name = key(row);
        if (name === "" && recipe.by !== "result" && recipe.by !== "extension") continue;
        let group = exact.get(name);
        if (!group) {
            group = found.get(folded(name)) ?? new Group(name);
            found.set(folded(name), group);
            exact.set(name, group);
        }
        const failed = report.results[columns.result[row] ?? 0]?.failed ?? false;
        group.add(columns, row, operation, failed, user[columns.process[row] ?? 0] ?? -1);
    }
    const list = [...found.values()];
    return recipe.shared ? list.filter((group) => group.shared) : list;
}

function measure(group: Group, column: Column): Cell {
    const sums = column.counts ? group.counted.get(column.counts) : group.all;
    switch (column.measure) {
        case "key":
            return group.key;
        case "events":
            return sums?.events ?? 0;
        case "bytes":
            return sums?.bytes ?? 0;
        case "duration":
            return group.duration;
        case "timed":
            return group.timed;
        case "processes":
            return group.processes.size;
        case "writers":
            return group.users.write.size;
        case "readers":
            return group.users.read.size;
        case "failed":
            return group.failed;
        case "longest":
            return group.longest;
        default:
            return null;
    }
}

function field(report: Report, columns: Columns, row: number, column: Column): Cell {
    switch (column.measure) {
        case "number":
            return columns.number[row] ?? null;
        case "time": {
            const time = columns.time[row] ?? -1;
            return time < 0 ? null : time;
        }
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
