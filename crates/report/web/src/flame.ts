/** The section "Flame graph": call stacks by module. */
import flamegraph from "d3-flame-graph";
import { select } from "d3-selection";
import { button, choice, color, el, fill, searchField, section } from "./dom";
import type { FlameNode, Source, Weight } from "./source";
import { Latest, type State } from "./state";
import { count, duration, visible } from "./text";

type Chart = ReturnType<typeof flamegraph>;

/** Modules have the same color wherever they appear. */
function tint(name: string): string {
    let hash = 2166136261;
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
    const hue = 12 + ((hash >>> 8) % 44);
    return `hsl(${hue} ${62 + ((hash >>> 3) % 24)}% ${58 + ((hash >>> 16) % 14)}%)`;
}

export class FlameView {
    readonly element: HTMLElement;
    private readonly holder = el("div", { class: "flame", role: "img", "aria-label": "Flame graph of call stacks by module" });
    private readonly details = el("p", { class: "flame-details", "aria-live": "polite" });
    private readonly status = el("p", { class: "note", role: "status" });
    private readonly latest = new Latest();
    private chart: Chart | undefined;
    private weight: Weight = "count";
    private drawnWidth = 0;

    constructor(
        private readonly source: Source,
        private readonly state: State,
    ) {
        const { report } = source;
        if (!report.flame) {
            this.element = section("flame", "Flame graph", el("p", { class: "note" }, "The log contains no call stacks."));
            return;
        }
        const owners = report.flame.processes;
        const process = choice(
            "Process",
            [["", "Selection"], ...owners.map((index): [string, string] => [String(index), visible(`${report.processes[index]?.name ?? ""} (${report.processes[index]?.pid ?? ""})`)])],
            (value) => state.change({ processes: value === "" ? null : new Set([Number(value)]) }),
        );
        const classes = choice(
            "Class",
            [["", "Selection"], ...report.classes.map((name, index): [string, string] => [String(index), name])],
            (value) => state.change({ classes: value === "" ? null : new Set([Number(value)]) }),
        );
        const names = [...new Set(report.operations.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, "en"));
        const operation = choice(
            "Operation",
            [["", "Selection"], ...names.map((name): [string, string] => [name, visible(name)])],
            (value) => state.change({ group: value === "" ? null : { by: "operation", key: value } }),
        );
        const weight = choice("Weight", [["count", "Events"], ["duration", "Duration"]], (value) => {
            this.weight = value as Weight;
            void this.load();
        });
        const search = searchField("Search modules", (text) => (text === "" ? this.chart?.clear() : this.chart?.search(text)));
        const tools = el("div", { class: "tools" }, weight, process, classes, operation, search, button("Reset zoom", () => this.chart?.resetZoom()));
        this.element = section("flame", "Flame graph", tools, el("div", { class: "flame-scroll" }, this.holder), this.details, this.status);
        state.follow(({ processes, classes: chosen, group }) => {
            const one = (set: ReadonlySet<number> | null): string => (set?.size === 1 ? String([...set][0]) : "");
            (process.querySelector("select") as HTMLSelectElement).value = one(processes);
            (classes.querySelector("select") as HTMLSelectElement).value = one(chosen);
            (operation.querySelector("select") as HTMLSelectElement).value = group?.by === "operation" ? String(group.key) : "";
            return this.load();
        });
        state.onTheme(() => void this.load());
        new ResizeObserver(() => {
            if (Math.abs(this.holder.clientWidth - this.drawnWidth) > 8) void this.load();
        }).observe(this.holder);
    }

    private async load(): Promise<void> {
        const answer = await this.latest.run(this.source.flame(this.state.selection, this.weight));
        if (!answer) return;
        this.draw(answer.value);
        fill(this.status, answer.scope);
    }

    private draw(root: FlameNode): void {
        this.chart?.destroy();
        this.chart = undefined;
        fill(this.holder);
        this.drawnWidth = this.holder.clientWidth;
        if (root.value === 0) {
            fill(this.details, "No stacks in this selection.");
            return;
        }
        const shown = (value: number): string => (this.weight === "count" ? `${count(value)} events` : duration(value));
        const label = (node: { data: unknown }): string => {
            const { name, value } = node.data as FlameNode;
            return `${visible(name)}: ${shown(value)}, ${((100 * value) / root.value).toFixed(1)} %`;
        };
        this.chart = flamegraph()
            .width(Math.max(300, this.drawnWidth))
            .cellHeight(20)
            .minFrameSize(2)
            .transitionDuration(matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150)
            .inverted(true)
            .sort(false)
            .getName((node) => visible((node.data as FlameNode).name))
            .setLabelHandler(label)
            .setDetailsHandler((text: unknown) => fill(this.details, typeof text === "string" ? text : label({ data: root })))
            .setSearchMatch((node, term) => visible((node.data as FlameNode).name).toLowerCase().includes(term.toLowerCase()))
            .setSearchHandler((_found: unknown, sum: number, total: number) =>
                fill(this.details, `Matches: ${shown(sum)}, ${((100 * sum) / Math.max(1, total)).toFixed(1)} %`),
            )
            .setColorMapper((node) => {
                if (node.highlight) return color("accent");
                return node.depth === 0 ? color("flame-root") : tint((node.data as FlameNode).name);
            });
        select(this.holder).datum(root).call(this.chart);
        fill(this.details, label({ data: root }));
    }
}
