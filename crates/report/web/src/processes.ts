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
            move: (row) => this.describe(this.shown[row]?.process ?? 0),
        });
        const tools = el(
            "div",
            { class: "tools" },
            searchField("Search processes", (text) => this.search(text)),
            el("label", { class: "check" }, this.withChildren, "Include children"),
            el("span", { class: "hint" }, "Click a process to show only it. With Ctrl, add it to the selection."),
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
        this.shown = this.all.filter(({ process }) => {
            const { name, pid, user, commandLine } = processes[process] as Process;
            return needle === "" || `${name}\n${pid}\n${user}\n${commandLine}`.toLowerCase().includes(needle);
        });
        this.grid.update(this.shown.length, { empty: processes.length === 0 ? "No processes." : "No process matches." });
        const { overview } = this.source.report;
        const cut = overview.processes > processes.length ? ` The log has ${count(overview.processes)}; those with the fewest events are left out.` : "";
        const found = needle === "" ? "" : `${count(this.shown.length)} of `;
        fill(this.status, `${found}${plural(processes.length, "process")}.${cut} ${this.grid.limit}`);
    }

    private render(row: number, cells: HTMLElement[], element: HTMLElement): void {
        const line = this.shown[row] as Line;
        const process = this.source.report.processes[line.process] as Process;
        const { selection } = this.state;
        const [name, pid, user, integrity, events, lifetime] = cells as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement];
        name.style.paddingLeft = `${8 + Math.min(line.depth, 12) * 13}px`;
        fill(name, process.name || "(no name)");
        name.title = visible(process.commandLine || process.path || process.name);
        fill(pid, String(process.pid));
        fill(user, process.user);
        user.title = visible(process.user);
        fill(integrity, process.integrity);
        fill(events, count(total(process)));
        fill(lifetime, this.bar(process));
        const selected = selection.processes?.has(line.process) ?? false;
        element.setAttribute("aria-level", String(line.depth + 1));
        element.setAttribute("aria-selected", String(selected));
        element.classList.toggle("faded", selection.processes !== null && !selected);
    }

    /** The lifetime within the time of the log. */
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
        const start = process.start === null ? "before the log" : this.clock.time(process.start, 3);
        const end = process.end === null ? "after the log" : this.clock.time(process.end, 3);
        return `Start: ${start}, end: ${end}`;
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

    /** Selects some processes and, if the box is checked, the processes that they started. */
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
        fact("Command line", process.commandLine);
        fact("Image", process.path);
        fact("Parent", parent ? `${parent.name} (${process.parentPid})` : String(process.parentPid));
        fact("User", process.user);
        fact("Integrity", process.integrity);
        fact("Session", `${process.session}, ${process.bits}-bit`);
        fact("Started", process.start === null ? "before the log" : this.clock.full(process.start, 3));
        fact("Ended", process.end === null ? "after the log" : this.clock.full(process.end, 3));
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
