/** The source of a report: totals that were computed by the writer, and embedded events. */
import { Columns, NONE } from "./columns";
import type { Cell, Flame, FlameTree, Report, Table, Ticks } from "./data";
import { VERSION } from "./data";
import { takeJson } from "./decode";
import { compute, folded, keys } from "./group";
import type { Answer, Buckets, EventRow, FlameNode, Rows, Selection, SortKey, Source, Totals, Weight } from "./source";
import { isEverything } from "./source";
import { count, plural } from "./text";

export class EmbeddedSource implements Source {
    private loaded: Promise<Columns> | undefined;
    private trees: Promise<Flame> | undefined;
    /** The rows of the latest selections, the newest first. */
    private recent: { selection: Selection; rows: Promise<EmbeddedRows> }[] = [];

    constructor(readonly report: Report) {}

    /** Reads the report of the page. */
    static read(): EmbeddedSource {
        const element = document.getElementById("report-data");
        const report = JSON.parse(element?.textContent ?? "null") as Report | null;
        if (!report) throw new Error("the page has no data");
        const version: number = report.version;
        if (version !== VERSION) throw new Error(`version ${version} of the data is not supported`);
        element?.remove();
        return new EmbeddedSource(report);
    }

    private columns(): Promise<Columns> {
        this.loaded ??= Columns.load(this.report.events).then((columns) => {
            performance.mark("report:events");
            return columns;
        });
        return this.loaded;
    }

    select(selection: Selection): Promise<EmbeddedRows> {
        const known = this.recent.find((entry) => same(entry.selection, selection));
        if (known) return known.rows;
        const rows = this.columns().then(
            (columns) => new EmbeddedRows(this.report, columns, matching(this.report, columns, selection)),
        );
        this.recent = [{ selection, rows }, ...this.recent.slice(0, 3)];
        return rows;
    }

    private get complete(): boolean {
        return this.report.events.embedded === this.report.events.total;
    }

    private fromEvents<T>(value: T, rows: number): Answer<T> {
        const { embedded, total } = this.report.events;
        const scope = this.complete
            ? `Computed from ${plural(rows, "selected event")}, of ${count(total)} in the log.`
            : `Computed from ${plural(rows, "selected event")} among the ${count(embedded)} embedded ones. ` +
              `The log has ${plural(total, "event")}, so the numbers can be too low.`;
        return { value, exact: this.complete, scope };
    }

    async table(table: Table, selection: Selection): Promise<Answer<Cell[][]>> {
        if (isEverything(selection)) {
            const shown = table.data[0]?.length ?? 0;
            const cut = shown < table.rows ? ` The first ${count(shown)} of ${count(table.rows)} rows are included.` : "";
            return { value: table.data, exact: true, scope: `Exact totals of the whole log.${cut}` };
        }
        if (this.report.events.embedded === 0) return { value: table.data, exact: false, scope: NONE_EMBEDDED };
        const rows = await this.select(selection);
        return this.fromEvents(compute(this.report, rows.columns, rows.rows, table), rows.length);
    }

    async timeline(selection: Selection, from: Ticks, to: Ticks, buckets: number): Promise<Answer<Buckets>> {
        const { timeline } = this.report;
        const whole = from <= timeline.start && to >= this.report.overview.end;
        const everyTime = { ...selection, time: null };
        if (this.report.events.embedded > 0 && (this.complete || everyTime.numbers || everyTime.group)) {
            if (whole && isEverything(everyTime)) return { value: timeline, exact: true, scope: "" };
            const rows = await this.select(everyTime);
            return this.fromEvents(this.bucketed(rows, from, to, buckets), rows.length);
        }
        const exact = this.precomputed(everyTime);
        if (exact) return { value: exact, exact: true, scope: "" };
        const rows = await this.select(everyTime);
        return this.fromEvents(this.bucketed(rows, timeline.start, this.report.overview.end, buckets), rows.length);
    }

    private bucketed(rows: EmbeddedRows, from: Ticks, to: Ticks, buckets: number): Buckets {
        const width = Math.max(1, Math.ceil((to - from + 1) / buckets));
        const byClass = this.report.classes.map(() => new Array<number>(Math.floor((to - from) / width) + 1).fill(0));
        const { columns } = rows;
        for (const row of rows.rows) {
            const bucket = Math.floor(((columns.time[row] ?? 0) - from) / width);
            const list = byClass[this.report.operations[columns.operation[row] ?? 0]?.class ?? 0];
            if (list?.[bucket] !== undefined) list[bucket] += 1;
        }
        return { start: from, width, byClass };
    }

    /** The buckets of the writer for some processes and classes. Null if it did not count all of these processes. */
    private precomputed(selection: Selection): Buckets | null {
        const { timeline } = this.report;
        const { processes, classes } = selection;
        if (selection.numbers || selection.group) return null;
        let byClass = timeline.byClass;
        if (processes) {
            const counted = timeline.byProcess.filter(({ process }) => processes.has(process));
            if (counted.length < processes.size) return null;
            byClass = byClass.map((list) => list.map(() => 0));
            for (const { cells } of counted) {
                for (let i = 0; i + 2 < cells.length; i += 3) {
                    const list = byClass[cells[i + 1] ?? 0];
                    const bucket = cells[i] ?? 0;
                    if (list?.[bucket] !== undefined) list[bucket] += cells[i + 2] ?? 0;
                }
            }
        }
        if (classes) byClass = byClass.map((list, index) => (classes.has(index) ? list : list.map(() => 0)));
        return { start: timeline.start, width: timeline.width, byClass };
    }

    async flame(selection: Selection, weight: Weight): Promise<Answer<FlameNode> | null> {
        const { flame, events } = this.report;
        if (!flame) return null;
        // The events are decoded before the trees, because more parts of the page need them.
        await this.columns();
        if (!selection.time && !selection.numbers && (!selection.group || selection.group.by === "operation")) {
            return { value: await this.merged(selection, weight), exact: true, scope: cut(flame.leftOut) };
        }
        if (events.embedded > 0 && events.columns.some((column) => column.id === "stack")) {
            const rows = await this.select(selection);
            return this.fromEvents(await stacked(rows, weight), rows.length);
        }
        const scope = "No stacks of single events are embedded, so only processes, classes and operations of the selection apply here.";
        return { value: await this.merged(selection, weight), exact: false, scope };
    }

    async totals(selection: Selection): Promise<Answer<Totals>> {
        const { overview, events, operations, classes } = this.report;
        if (isEverything(selection) || events.embedded === 0) {
            const value = { events: overview.events, byClass: overview.byClass, processes: overview.processes, span: overview.end - overview.start };
            return { value, exact: isEverything(selection), scope: isEverything(selection) ? "Whole log." : NONE_EMBEDDED };
        }
        const { columns, rows } = await this.select(selection);
        const byClass = classes.map(() => 0);
        const processes = new Set<number>();
        let [start, end] = [Infinity, -Infinity];
        for (const row of rows) {
            const index = operations[columns.operation[row] ?? 0]?.class ?? 0;
            byClass[index] = (byClass[index] ?? 0) + 1;
            processes.add(columns.process[row] ?? 0);
            const time = columns.time[row] ?? 0;
            if (time < 0) continue;
            start = Math.min(start, time);
            end = Math.max(end, time);
        }
        return this.fromEvents({ events: rows.length, byClass, processes: processes.size, span: Math.max(0, end - start) }, rows.length);
    }

    async selectedOf(lists: readonly (readonly number[])[], selection: Selection): Promise<(number | null)[]> {
        if (isEverything(selection)) return lists.map((list) => list.length);
        if (this.report.events.embedded === 0) return lists.map(() => null);
        const { columns, rows } = await this.select(selection);
        const selected = new Set<number>();
        for (const row of rows) selected.add(columns.number[row] ?? 0);
        const embedded = this.complete ? null : new Set(columns.number);
        return lists.map((list) => {
            const known = embedded ? list.filter((number) => embedded.has(number)) : list;
            return known.length === 0 ? null : known.filter((number) => selected.has(number)).length;
        });
    }

    private async merged({ processes, classes, group }: Selection, weight: Weight): Promise<FlameNode> {
        this.trees ??= takeJson<Flame>("flame");
        const { trees, names } = await this.trees;
        const root = new Branch("all");
        const operation = group?.by === "operation" ? group.key : null;
        for (const tree of trees) {
            if ((processes && !processes.has(tree.process)) || (classes && !classes.has(tree.class))) continue;
            if (operation !== null && names[tree.operation] !== operation) continue;
            graft(root, tree, names, weight);
        }
        return root.node();
    }
}

const NONE_EMBEDDED = "No events are embedded, so these are the totals of the whole log.";

function same(a: Selection, b: Selection): boolean {
    return a.time === b.time && a.processes === b.processes && a.classes === b.classes && a.numbers === b.numbers && a.group === b.group;
}

function cut(leftOut: number): string {
    return leftOut === 0 ? "Exact totals of the whole log." : `Totals of the whole log. Rare branches with ${plural(leftOut, "event")} are left out.`;
}

/** A node of a flame graph under construction. */
class Branch {
    private readonly children = new Map<string, Branch>();
    own = 0;

    constructor(private readonly name: string) {}

    child(name: string): Branch {
        let child = this.children.get(name);
        if (!child) this.children.set(name, (child = new Branch(name)));
        return child;
    }

    /** The finished node: its weight includes those of its branches. Branches of weight 0 are left out. */
    node(): FlameNode {
        const children = [...this.children.values()].map((child) => child.node()).filter((child) => child.value > 0);
        children.sort((a, b) => b.value - a.value);
        return { name: this.name, value: children.reduce((sum, child) => sum + child.value, this.own), children };
    }
}

function graft(root: Branch, tree: FlameTree, names: string[], weight: Weight): void {
    const branches: Branch[] = [root];
    root.own += tree[weight][0] ?? 0;
    for (let node = 1; node < tree.parent.length; node += 1) {
        const branch = (branches[tree.parent[node] ?? 0] ?? root).child(names[tree.name[node] ?? 0] ?? "");
        branch.own += tree[weight][node] ?? 0;
        branches[node] = branch;
    }
}

/** The module of a frame: the text before `+0x`. */
export function moduleOf(frame: string): string {
    const end = frame.lastIndexOf("+0x");
    return end < 0 ? frame : frame.slice(0, end);
}

async function stacked(rows: EmbeddedRows, weight: Weight): Promise<FlameNode> {
    const root = new Branch("all");
    const { columns } = rows;
    const { stacks, frames } = await columns.allStacks();
    const modules = frames.map(moduleOf);
    for (const row of rows.rows) {
        const stack = stacks[columns.stack[row] ?? NONE];
        if (!stack) continue;
        let branch = root;
        let last = "";
        for (let i = stack.length - 1; i >= 0; i -= 1) {
            const name = modules[stack[i] ?? 0] ?? "";
            if (name !== last) branch = branch.child((last = name));
        }
        branch.own += weight === "count" ? 1 : columns.duration[row] || 0;
    }
    return root.node();
}

function matching(report: Report, columns: Columns, selection: Selection): Uint32Array {
    const { time, processes, classes, numbers, group } = selection;
    const found = new Uint32Array(columns.length);
    const isIn = (list: readonly number[] | undefined, value: number): boolean => !list || list.includes(value);
    const wanted = report.operations.map((operation) => (!classes || classes.has(operation.class)) && isIn(group?.classes, operation.class));
    const key = group && keys(report, columns, group.by);
    const value = folded(group?.key ?? null);
    const owners = report.processes.map((_, index) => !processes || processes.has(index));
    let length = 0;
    for (let row = 0; row < columns.length; row += 1) {
        const at = columns.time[row] ?? 0;
        if (time && (at < time[0] || at > time[1])) continue;
        if (!wanted[columns.operation[row] ?? 0] || !owners[columns.process[row] ?? 0]) continue;
        if (numbers && !numbers.set.has(columns.number[row] ?? 0)) continue;
        if (key && folded(key(row)) !== value) continue;
        found[length] = row;
        length += 1;
    }
    return found.slice(0, length);
}

export class EmbeddedRows implements Rows {
    constructor(
        private readonly report: Report,
        readonly columns: Columns,
        readonly rows: Uint32Array,
    ) {}

    get length(): number {
        return this.rows.length;
    }

    private row(position: number): number {
        const row = this.rows[position];
        if (row === undefined) throw new RangeError(`no event at position ${position}`);
        return row;
    }

    event(position: number): EventRow {
        const { columns } = this;
        const row = this.row(position);
        const optional = (value: number | undefined): number | null =>
            value === undefined || value === NONE || Number.isNaN(value) ? null : value;
        return {
            number: columns.number[row] ?? 0,
            time: columns.time[row] ?? 0,
            duration: optional(columns.duration[row]),
            process: columns.process[row] ?? 0,
            thread: optional(columns.thread[row]),
            operation: columns.operation[row] ?? 0,
            result: columns.result[row] ?? 0,
            path: columns.paths[columns.path[row] ?? 0] ?? "",
            bytes: optional(columns.bytes[row]),
        };
    }

    detail(position: number): Promise<string> {
        return this.columns.detailOf(this.row(position));
    }

    decoded(position: number): Promise<unknown> {
        return this.columns.decodedOf(this.row(position));
    }

    stack(position: number): Promise<string[] | null> {
        return this.columns.stackOf(this.row(position));
    }

    find(number: number): number {
        return this.rows.findIndex((row) => this.columns.number[row] === number);
    }

    sorted(key: SortKey, descending: boolean): Rows {
        const values = this.order(key);
        const sign = descending ? -1 : 1;
        const sorted = this.rows.slice().sort((a, b) => sign * ((values(a) || 0) - (values(b) || 0)) || a - b);
        return new EmbeddedRows(this.report, this.columns, sorted);
    }

    /** A number by which rows are sorted. Texts are replaced by their ranks. */
    private order(key: SortKey): (row: number) => number {
        const { columns, report } = this;
        if (key === "number" || key === "time" || key === "duration") {
            const values = columns[key];
            return (row) => values[row] ?? 0;
        }
        const texts = {
            path: columns.paths,
            process: report.processes.map((process) => process.name),
            operation: report.operations.map((operation) => operation.name),
            result: report.results.map((result) => result.name),
        }[key];
        const rank = ranks(texts);
        const values = columns[key];
        return (row) => rank[values[row] ?? 0] ?? 0;
    }

    async search(text: string): Promise<Rows> {
        const { columns, report } = this;
        const needle = text.toLowerCase();
        const hits = (texts: string[]): boolean[] => texts.map((value) => value.toLowerCase().includes(needle));
        const paths = hits(columns.paths);
        const processes = hits(report.processes.map((process) => `${process.name} (${process.pid})`));
        const operations = hits(report.operations.map((operation) => operation.name));
        const results = hits(report.results.map((result) => result.name));
        const details: boolean[][] = [];
        for (const chunk of columns.chunks().keys()) details.push(hits(await columns.detailsOf(chunk)));
        const chunkOf = this.chunkNumbers();
        const found = this.rows.filter(
            (row) =>
                paths[columns.path[row] ?? 0] ||
                operations[columns.operation[row] ?? 0] ||
                results[columns.result[row] ?? 0] ||
                processes[columns.process[row] ?? 0] ||
                details[chunkOf[row] ?? 0]?.[columns.detail[row] ?? 0],
        );
        return new EmbeddedRows(this.report, columns, found);
    }

    private chunkNumbers(): Uint32Array {
        const numbers = new Uint32Array(this.columns.length);
        let start = 0;
        for (const [chunk, rows] of this.columns.chunks().entries()) {
            numbers.fill(chunk, start, start + rows);
            start += rows;
        }
        return numbers;
    }
}

/** The position of each text in sorted order. */
function ranks(texts: string[]): Uint32Array {
    const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    const order = texts.map((_, index) => index).sort((a, b) => collator.compare(texts[a] ?? "", texts[b] ?? ""));
    const rank = new Uint32Array(texts.length);
    let last = -1;
    let place = 0;
    order.forEach((index, position) => {
        if (last >= 0 && collator.compare(texts[last] ?? "", texts[index] ?? "") !== 0) place = position;
        rank[index] = place;
        last = index;
    });
    return rank;
}
