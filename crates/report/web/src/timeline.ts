/** The section "Timeline": events over time by class, and the choice of a time range. */
import uPlot from "uplot";
import { button, color, el, fill, section } from "./dom";
import type { Answer, Buckets, Source } from "./source";
import { Latest, type State } from "./state";
import type { Clock } from "./text";
import { count, duration } from "./text";

const BUCKETS = 400;
const HEIGHT = 220;
/** Possible distances between two marks of the time axis, in seconds. */
export const STEPS = [
    ...[-6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
    ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400],
];

/** Labels of the time axis, with as many decimals as the distance between two marks needs. */
export function clockLabels(clock: Clock): uPlot.Axis.Values {
    return (_plot, splits, _axis, _space, step) => {
        const decimals = step >= 1 ? 0 : Math.min(7, Math.ceil(-Math.log10(step)));
        return splits.map((seconds) => clock.time(clock.fromSeconds(seconds), decimals));
    };
}

export function axis(values?: uPlot.Axis.Values, size = 30): uPlot.Axis {
    const base: uPlot.Axis = {
        stroke: () => color("muted"),
        grid: { stroke: () => color("grid"), width: 1 },
        ticks: { stroke: () => color("grid"), width: 1, size: 4 },
        font: "11px system-ui, sans-serif",
        size,
        gap: 4,
    };
    return values ? { ...base, values } : base;
}

export class TimelineView {
    readonly element: HTMLElement;
    private readonly chart = el("div", {
        class: "chart",
        tabindex: "0",
        role: "application",
        "aria-label": "Timeline. Arrow keys move the selected time, with Shift change its length, plus and minus zoom, Escape removes the selection.",
        keydown: (event) => this.key(event as KeyboardEvent),
    });
    private readonly status = el("p", { class: "note", role: "status" });
    private readonly legend = el("ul", { class: "legend inline" });
    private plot: uPlot | undefined;
    private view: [number, number];
    private buckets: Buckets | undefined;
    private readonly latest = new Latest();

    constructor(
        private readonly source: Source,
        private readonly state: State,
        private readonly clock: Clock,
    ) {
        const { overview } = source.report;
        this.view = [overview.start, overview.end];
        const tools = el(
            "div",
            { class: "tools" },
            button("Zoom to selection", () => this.zoomToSelection(), { id: "zoom-selection" }),
            button("Zoom out", () => this.zoom(2), { id: "zoom-out" }),
            button("Whole log", () => this.show([overview.start, overview.end]), { id: "zoom-all" }),
            button("◂ Earlier", () => this.pan(-0.5), { id: "earlier" }),
            button("Later ▸", () => this.pan(0.5), { id: "later" }),
            el("span", { class: "hint" }, "Drag to select a time range. Click a class to show only it. With Ctrl, add it."),
        );
        this.element = section("timeline", "Timeline", tools, this.chart, this.legend, this.status);
        if (overview.events === 0) {
            fill(this.element, el("h2", { id: "timeline-title" }, "Timeline"), el("p", { class: "note" }, "No events."));
            return;
        }
        state.follow(() => this.load());
        state.onTheme(() => this.draw());
        new ResizeObserver(() => {
            const width = this.chart.clientWidth;
            if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
        }).observe(this.chart);
    }

    private show(view: [number, number]): void {
        const { start, end } = this.source.report.overview;
        this.view = [Math.max(start, Math.floor(view[0])), Math.min(end, Math.ceil(view[1]))];
        if (this.view[1] <= this.view[0]) this.view = [this.view[0], this.view[0] + 1];
        void this.load();
    }

    private zoom(factor: number, center = (this.view[0] + this.view[1]) / 2): void {
        const [from, to] = this.view;
        this.show([center - (center - from) * factor, center + (to - center) * factor]);
    }

    /** Moves the shown time range by a part of its length: to earlier times if `part` is negative. */
    private pan(part: number): void {
        const { start, end } = this.source.report.overview;
        const [from, to] = this.view;
        const step = Math.max(start - from, Math.min(end - to, (to - from) * part));
        this.show([from + step, to + step]);
    }

    private zoomToSelection(): void {
        const { time } = this.state.selection;
        if (time) this.show([time[0], time[1]]);
    }

    private async load(): Promise<void> {
        const [from, to] = this.view;
        const answer = await this.latest.run(this.source.timeline(this.state.selection, from, to, BUCKETS));
        if (!answer) return;
        this.buckets = answer.value;
        this.draw();
        this.describe(answer);
    }

    private describe(answer: Answer<Buckets>): void {
        const { report } = this.source;
        const { classes, time } = this.state.selection;
        const totals = answer.value.byClass.map((list) => list.reduce((sum, value) => sum + value, 0));
        fill(
            this.legend,
            ...report.classes.map((name, index) => {
                const only = classes?.has(index) ?? false;
                const choose = (event: Event): void => this.choose(index, event);
                const attributes = { class: "class-button", "aria-pressed": String(only), "data-class": index };
                const label = button("", choose, attributes);
                fill(label, el("i", { class: `swatch class-${index}` }), name, el("b", {}, count(totals[index] ?? 0)));
                return el("li", {}, label);
            }),
        );
        const range = time ? `Selected: ${this.clock.time(time[0])} to ${this.clock.time(time[1])} (${duration(time[1] - time[0])}). ` : "";
        const seen = `Shown: ${this.clock.time(this.view[0], 3)} to ${this.clock.time(this.view[1], 3)}, ${duration(answer.value.width)} per step. `;
        fill(this.status, range + seen + answer.scope);
    }

    /** Selects a class. With Ctrl, adds it to the selection, or removes it. */
    private choose(index: number, event: Event): void {
        const more = event instanceof MouseEvent && (event.ctrlKey || event.metaKey);
        const chosen = new Set(this.state.selection.classes ?? []);
        const known = chosen.has(index);
        if (!more && (!known || chosen.size > 1)) chosen.clear();
        if (known && (more || chosen.size === 1)) chosen.delete(index);
        else chosen.add(index);
        this.state.change({ classes: chosen.size > 0 ? chosen : null });
    }

    private draw(): void {
        if (!this.buckets) return;
        const width = this.chart.clientWidth || 800;
        this.plot?.destroy();
        this.plot = new uPlot(this.options(width), this.data(this.buckets), this.chart);
    }

    /** Stacks the classes: each series adds a class to those before it. The first series is the sum of all classes. */
    private data({ start, width, byClass }: Buckets): uPlot.AlignedData {
        const length = byClass[0]?.length ?? 0;
        const times = Array.from({ length: length + 1 }, (_, i) => this.clock.seconds(start + i * width));
        const sums: number[][] = [];
        let below: number[] = new Array<number>(length).fill(0);
        for (const list of byClass) {
            below = below.map((value, i) => value + (list[i] ?? 0));
            sums.unshift([...below, below[length - 1] ?? 0]);
        }
        return [times, ...sums];
    }

    private options(width: number): uPlot.Options {
        const { classes } = this.source.report;
        const stepped = uPlot.paths.stepped?.({ align: 1 });
        const series = classes.map((name, index) => ({
            label: name,
            fill: color(`class-${index}`),
            width: 0,
            points: { show: false },
            ...(stepped ? { paths: stepped } : {}),
        }));
        const [from, to] = this.view.map((time) => this.clock.seconds(time)) as [number, number];
        return {
            width,
            height: HEIGHT,
            legend: { show: false },
            cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
            scales: { x: { time: false, range: [from, Math.max(to, from + 1e-7)] }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] } },
            series: [{}, ...series.reverse()],
            axes: [{ ...axis(clockLabels(this.clock)), incrs: STEPS, space: 90 }, axis((_plot, splits) => splits.map((value) => (Number.isInteger(value) ? count(value) : "")), 56)],
            hooks: {
                setSelect: [(plot) => this.selected(plot)],
                ready: [(plot) => this.ready(plot)],
                setCursor: [(plot) => this.hover(plot)],
            },
        };
    }

    private readonly tip = el("div", { class: "tip", hidden: true });

    private hover(plot: uPlot): void {
        const { idx, left = -1 } = plot.cursor;
        const { buckets } = this;
        this.tip.hidden = idx === null || idx === undefined || left < 0 || !buckets;
        if (this.tip.hidden || !buckets || idx === null || idx === undefined) return;
        const bucket = Math.min((buckets.byClass[0]?.length ?? 1) - 1, Math.max(0, Math.floor((this.clock.fromSeconds(plot.posToVal(left, "x")) - buckets.start) / buckets.width)));
        const lines = this.source.report.classes.map((name, index) =>
            el("div", {}, el("i", { class: `swatch class-${index}` }), `${name} `, el("b", {}, count(buckets.byClass[index]?.[bucket] ?? 0))),
        );
        fill(this.tip, el("div", { class: "tip-title" }, this.clock.time(buckets.start + bucket * buckets.width, 3)), ...lines);
        const flip = left > plot.over.clientWidth - 190;
        this.tip.style.left = flip ? "" : `${left + 14}px`;
        this.tip.style.right = flip ? `${plot.over.clientWidth - left + 14}px` : "";
    }

    private ready(plot: uPlot): void {
        this.showSelection(plot);
        plot.over.append(this.tip);
        plot.over.addEventListener("dblclick", () => this.show([this.source.report.overview.start, this.source.report.overview.end]));
        plot.over.addEventListener(
            "wheel",
            (event) => {
                if (!event.ctrlKey && !event.shiftKey) return;
                event.preventDefault();
                this.zoom(event.deltaY + event.deltaX < 0 ? 0.8 : 1.25, this.clock.fromSeconds(plot.posToVal(plot.cursor.left ?? 0, "x")));
            },
            { passive: false },
        );
    }

    /** Selects the time range that the user has dragged over. */
    private selected(plot: uPlot): void {
        const { left, width } = plot.select;
        if (width < 3) return;
        const from = this.clock.fromSeconds(plot.posToVal(left, "x"));
        const to = this.clock.fromSeconds(plot.posToVal(left + width, "x"));
        this.state.change({ time: [from, to] });
    }

    private showSelection(plot: uPlot): void {
        const { time } = this.state.selection;
        if (!time) return;
        const left = Math.max(0, plot.valToPos(this.clock.seconds(time[0]), "x"));
        const right = Math.min(plot.over.clientWidth, plot.valToPos(this.clock.seconds(time[1]), "x"));
        plot.setSelect({ left, top: 0, width: Math.max(1, right - left), height: plot.over.clientHeight }, false);
    }

    private key(event: KeyboardEvent): void {
        const [from, to] = this.view;
        const step = (to - from) / 20;
        const time = this.state.selection.time ?? [from + 9 * step, from + 11 * step];
        const move = { ArrowLeft: -step, ArrowRight: step }[event.key];
        if (move !== undefined) {
            const first = event.shiftKey ? time[0] : time[0] + move;
            this.state.change({ time: [Math.round(first), Math.round(Math.max(first, time[1] + move))] });
        } else if (event.key === "+" || event.key === "=") this.zoom(0.5, (time[0] + time[1]) / 2);
        else if (event.key === "-") this.zoom(2);
        else if (event.key === "Enter") this.zoomToSelection();
        else if (event.key === "Escape") this.state.change({ time: null });
        else return;
        event.preventDefault();
    }
}
