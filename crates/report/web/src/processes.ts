/** The section "Processes": the tree of processes with their lifetimes. */
import type { Process, Report } from "./data";
import { add, button, el, fill, searchField, section } from "./dom";
import { Grid } from "./grid";
import type { Source } from "./source";
import type { State } from "./state";
import type { Clock } from "./text";
import { append, count, duration, plural, visible } from "./text";

interface Line {
    process: number;
    depth: number;
}

/** The children of each process, by start. */
function childrenOf(report: Report): number[][] {
    const children: number[][] = report.processes.map(() => []);
    report.processes.forEach((process, index) => {
        if (process.parent !== null && process.parent !== index) children[process.parent]?.push(index);
    });
    return children;
}

/** All processes, each after its parent. Cycles of parents are broken at their first process. */
function tree(report: Report, children: number[][]): Line[] {
    const lines: Line[] = [];
    const seen = new Set<number>();
    const visit = (top: number): void => {
        const stack: Line[] = [{ process: top, depth: 0 }];
        for (let line = stack.pop(); line; line = stack.pop()) {
            if (seen.has(line.process)) continue;
            seen.add(line.process);
            lines.push(line);
            const next = children[line.process] ?? [];
            for (let i = next.length - 1; i >= 0; i -= 1) stack.push({ process: next[i] ?? 0, depth: line.depth + 1 });
        }
    };
    report.processes.forEach((process, index) => {
        if (process.parent === null || process.parent === index) visit(index);
    });
    report.processes.forEach((_, index) => visit(index));
    return lines;
}

/** Number of events of a process. */
export function total(process: Process): number {
    return process.events.reduce((sum, value) => sum + value, 0);
}

export class ProcessesView {
    readonly element: HTMLElement;
    private readonly grid: Grid;
    private readonly details = el("div", { class: "panel details", "aria-live": "polite" });
    private readonly status = el("p", { class: "note", role: "status" });
    private readonly children: number[][];
    private readonly all: Line[];
    private readonly withChildren = el("input", { type: "checkbox", id: "with-children", change: () => this.choose(this.chosen) });
    private shown: Line[];
    private chosen: number[] = [];
    /** Processes whose branches are closed. */
    private readonly folded = new Set<number>();
    private needle = "";

    constructor(
        private readonly source: Source,
        private readonly state: State,
        private readonly clock: Clock,
    ) {
        const { report } = source;
        this.children = childrenOf(report);
        this.all = tree(report, this.children);
        this.shown = this.all;
        this.grid = new Grid({
            label: "Processes",
            rowHeight: 26,
            height: `${Math.min(460, Math.max(120, 34 + 26 * this.all.length))}px`,
            tree: true,
            columns: [
                { title: "Process", width: "minmax(200px, 1.2fr)" },
                { title: "PID", width: "62px", right: true },
                { title: "User", width: "minmax(96px, 0.55fr)" },
                { title: "Integrity", width: "82px" },
                { title: "Events", width: "78px", right: true },
                { title: "Lifetime", width: "minmax(200px, 1.9fr)" },
            ],
            render: (row, cells, element) => this.render(row, cells, element),
            activate: (row, event) => this.activate(row, event),
            fold: (row, open) => this.fold(row, open),
            move: (row) => this.describe(this.shown[row]?.process ?? 0),
        });
        const tools = el(
            "div",
            { class: "tools" },
            searchField("Search processes", (text) => this.search(text)),
            el("label", { class: "check" }, this.withChildren, "Include children"),
            el("span", { class: "hint" }, "Click a process to show only it. With Ctrl, add it to the selection. Left and right arrow keys close and open a branch."),
        );
        this.element = section("processes", "Processes", tools, el("div", { class: "split" }, this.grid.element, this.details), this.status);
        this.search("");
        fill(this.details, el("p", { class: "muted" }, "Choose a process to see its command line, user and times."));
        state.follow(({ processes }) => {
            if (!processes) this.chosen = [];
            else if (processes.size === 1) this.chosen = [...processes];
            this.grid.draw();
        });
    }

    private search(text: string): void {
        const needle = text.toLowerCase();
        const { processes } = this.source.report;
        this.needle = needle;
        this.shown = needle === "" ? this.unfolded() : this.all.filter(({ process }) => {
            const { name, pid, user, commandLine } = processes[process] as Process;
            return `${name}\n${pid}\n${user}\n${commandLine}`.toLowerCase().includes(needle);
        });
        this.grid.update(this.shown.length, { empty: processes.length === 0 ? "No processes." : "No process matches." });
        const { overview } = this.source.report;
        const cut = overview.processes > processes.length ? ` The log has ${count(overview.processes)}; the first ones are listed.` : "";
        const found = needle === "" ? "" : `${count(this.shown.length)} of `;
        fill(this.status, `${found}${plural(processes.length, "process")}.${cut} ${this.grid.limit}`);
    }

    private render(row: number, cells: HTMLElement[], element: HTMLElement): void {
        const line = this.shown[row] as Line;
        const process = this.source.report.processes[line.process] as Process;
        const { selection } = this.state;
        const [name, pid, user, integrity, events, lifetime] = cells as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement];
        name.style.paddingLeft = `${8 + Math.min(line.depth, 12) * 13}px`;
        fill(name, this.mark(row, line.process), process.name || "(no name)");
        name.title = visible(process.commandLine || process.path || process.name);
        fill(pid, String(process.pid));
        fill(user, process.user);
        user.title = visible(process.user);
        fill(integrity, process.integrity);
        fill(events, count(total(process)));
        fill(lifetime, this.bar(process));
        const selected = selection.processes?.has(line.process) ?? false;
        element.setAttribute("aria-level", String(line.depth + 1));
        if (this.hasChildren(line.process)) element.setAttribute("aria-expanded", String(!this.folded.has(line.process)));
        else element.removeAttribute("aria-expanded");
        element.setAttribute("aria-selected", String(selected));
        element.classList.toggle("faded", selection.processes !== null && !selected);
    }

    /** The bar that shows the lifetime of a process within the time span of the log. */
    private bar(process: Process): HTMLElement {
        const { start, end } = this.source.report.overview;
        const span = Math.max(1, end - start);
        const percent = (time: number): number => Math.max(0, Math.min(100, (100 * (time - start)) / span));
        const from = percent(process.start ?? start);
        const to = percent(process.end ?? end);
        const open = `${process.start === null || process.start < start ? " before" : ""}${process.end === null ? " after" : ""}`;
        const largest = process.events.reduce((best, value, index) => (value > (process.events[best] ?? 0) ? index : best), 0);
        const tint = total(process) === 0 ? "idle" : `class-${largest}`;
        const bar = el("i", { class: `life ${tint}${open}` });
        bar.style.left = `${from}%`;
        bar.style.width = `max(3px, ${to - from}%)`;
        const track = el("div", { class: "track", title: this.lifetime(process) }, bar);
        const { time } = this.state.selection;
        if (time) {
            const range = el("i", { class: "range" });
            range.style.left = `${percent(time[0])}%`;
            range.style.width = `${percent(time[1]) - percent(time[0])}%`;
            track.append(range);
        }
        return track;
    }

    private lifetime(process: Process): string {
        return `Start: ${this.started(process)}, end: ${this.ended(process)}`;
    }

    private started({ start }: Process): string {
        if (start === null) return "not known";
        const isBefore = start < this.source.report.overview.start;
        return `${this.clock.full(start, 3)}${isBefore ? " (before the first event)" : ""}`;
    }

    private ended({ end }: Process): string {
        return end === null ? "not in the log" : this.clock.full(end, 3);
    }

    /** The lines that are not in a closed branch. */
    private unfolded(): Line[] {
        const shown: Line[] = [];
        let closed = Number.POSITIVE_INFINITY;
        for (const line of this.all) {
            if (line.depth > closed) continue;
            closed = this.folded.has(line.process) ? line.depth : Number.POSITIVE_INFINITY;
            shown.push(line);
        }
        return shown;
    }

    private hasChildren(process: number): boolean {
        return (this.children[process]?.length ?? 0) > 0;
    }

    /** Opens or closes the branch of a process. */
    private fold(row: number, open: boolean): void {
        const process = this.shown[row]?.process;
        if (process === undefined || this.needle !== "" || this.folded.has(process) !== open || !this.hasChildren(process)) return;
        if (open) this.folded.delete(process);
        else this.folded.add(process);
        this.shown = this.unfolded();
        this.grid.update(this.shown.length, { top: false });
    }

    /** The arrow before the name of a process. Empty if the process has no children. */
    private mark(row: number, process: number): HTMLElement {
        if (!this.hasChildren(process) || this.needle !== "") return el("span", { class: "fold" });
        const isFolded = this.folded.has(process);
        const toggle = (event: Event): void => {
            event.stopPropagation();
            this.fold(row, isFolded);
        };
        return el("span", { class: "fold", "aria-hidden": "true", click: toggle }, isFolded ? "▸" : "▾");
    }

    private activate(row: number, event: MouseEvent | KeyboardEvent): void {
        const process = this.shown[row]?.process;
        if (process === undefined) return;
        const more = event.ctrlKey || event.metaKey;
        const known = this.state.selection.processes !== null && this.chosen.includes(process);
        if (more) this.choose(known ? this.chosen.filter((other) => other !== process) : [...this.chosen, process]);
        else this.choose(known && this.chosen.length === 1 ? [] : [process]);
        this.describe(process);
    }

    /** Selects processes and, if the box "Include children" is checked, the processes that they started. */
    choose(processes: number[]): void {
        this.chosen = processes;
        if (processes.length === 0) {
            if (this.state.selection.processes) this.state.change({ processes: null });
            return;
        }
        const set = new Set<number>();
        const stack = [...processes];
        for (let process = stack.pop(); process !== undefined; process = stack.pop()) {
            if (set.has(process)) continue;
            set.add(process);
            if (this.withChildren.checked) stack.push(...(this.children[process] ?? []));
        }
        this.state.change({ processes: set });
    }

    private describe(index: number): void {
        const { report } = this.source;
        const process = report.processes[index];
        if (!process) return;
        const list = el("dl", { class: "facts" });
        const fact = (name: string, value: string): void => {
            if (value !== "") add(list, el("dt", {}, name), el("dd", {}, value));
        };
        const parent = process.parent === null ? undefined : report.processes[process.parent];
        if (report.logs.length > 1) fact("Log", report.logs[process.log]?.name ?? "");
        fact("Command line", process.commandLine);
        fact("Image", process.path);
        fact("Parent", parent ? `${parent.name} (${process.parentPid})` : String(process.parentPid));
        fact("User", process.user);
        fact("Integrity", process.integrity);
        fact("Session", `${process.session}, ${process.bits}-bit`);
        fact("Started", this.started(process));
        fact("Ended", this.ended(process));
        fact("Exit status", process.exitStatus);
        fact("Company", process.company);
        fact("Description", process.description);
        fact("Version", process.version);
        report.classes.forEach((name, position) => fact(name, plural(process.events[position] ?? 0, "event")));
        fact("Time in calls", duration(process.duration));
        const title = el("h3", {});
        append(title, `${process.name} (${process.pid})`);
        const only = button("Only this process", () => this.choose([index]));
        const parents = parent ? button("Parent", () => this.choose([process.parent as number])) : null;
        fill(this.details, title, el("div", { class: "tools" }, only, parents), list);
    }
}
