/** The section "Activity": CPU, memory and other quantities over time. */
import uPlot from "uplot";
import type { Report, Series } from "./data";
import { choice, color, el, fill, section } from "./dom";
import type { State } from "./state";
import { processName } from "./tables";
import type { Clock } from "./text";
import { bytes, count } from "./text";
import { STEPS, axis, clockLabels } from "./timeline";

const HEIGHT = 220;
/** Maximum number of series that are shown at once. Those with the largest values are shown. */
const LINES = 8;

function format(unit: Series["unit"], value: number): string {
    if (unit === "bytes") return bytes(value);
    if (unit === "percent") return `${value.toFixed(1)} %`;
    return count(value);
}

function peak(series: Series): number {
    return series.values.reduce((most, value) => Math.max(most, value), 0);
}

export class ActivityView {
    readonly element: HTMLElement;
    private readonly chart = el("div", { class: "chart", role: "img", "aria-label": "Activity over time" });
    private readonly legend = el("ul", { class: "legend inline" });
    private readonly status = el("p", { class: "note", role: "status" });
    private plot: uPlot | undefined;
    private metric: string;

    constructor(
        private readonly report: Report,
        private readonly state: State,
        private readonly clock: Clock,
    ) {
        const metrics = [...new Set(report.activity.map((series) => series.metric))];
        this.metric = metrics[0] ?? "";
        if (metrics.length === 0) {
            this.element = section("activity", "Activity", el("p", { class: "note" }, "The log contains no profiling events."));
            return;
        }
        const metric = choice("Quantity", metrics.map((name): [string, string] => [name, name]), (value) => {
            this.metric = value;
            this.draw();
        });
        this.element = section("activity", "Activity", el("div", { class: "tools" }, metric), this.chart, this.legend, this.status);
        state.follow(() => this.draw());
        state.onTheme(() => this.draw());
        new ResizeObserver(() => {
            const width = this.chart.clientWidth;
            if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
        }).observe(this.chart);
    }

    private draw(): void {
        const { processes, time } = this.state.selection;
        const fitting = this.report.activity.filter(
            (series) => series.metric === this.metric && (!processes || (series.process !== null && processes.has(series.process))),
        );
        const shown = [...fitting].sort((a, b) => peak(b) - peak(a)).slice(0, LINES);
        this.plot?.destroy();
        this.plot = undefined;
        fill(this.legend);
        const rest = fitting.length > shown.length ? ` Shown are the ${count(shown.length)} with the highest values, of ${count(fitting.length)}.` : "";
        fill(this.status, shown.length === 0 ? "No values for the selected processes." : `Measured by Process Monitor.${rest}`);
        if (shown.length === 0) return;
        const { overview } = this.report;
        const [from, to] = (time ?? [overview.start, overview.end]).map((value) => this.clock.seconds(value)) as [number, number];
        this.plot = new uPlot(this.options(shown, from, to), this.data(shown), this.chart);
        fill(this.legend, ...shown.map((series, index) => this.entry(series, index)));
    }

    private name(series: Series): string {
        return series.process === null ? "Computer" : processName(this.report, series.process);
    }

    private entry(series: Series, index: number): HTMLElement {
        const swatch = el("i", { class: "swatch" });
        swatch.style.background = color(`line-${index}`);
        return el("li", {}, swatch, el("span", {}, this.name(series)), el("b", {}, `max. ${format(series.unit, peak(series))}`));
    }

    private data(shown: Series[]): uPlot.AlignedData {
        const tables = shown.map((series): uPlot.AlignedData => [series.times.map((time) => this.clock.seconds(time)), series.values]);
        return uPlot.join(tables);
    }

    private options(shown: Series[], from: number, to: number): uPlot.Options {
        const unit = shown[0]?.unit ?? "count";
        return {
            width: this.chart.clientWidth || 800,
            height: HEIGHT,
            legend: { show: false },
            cursor: { drag: { x: false, y: false }, y: false },
            scales: { x: { time: false, range: [from, Math.max(to, from + 1e-7)] }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] } },
            series: [{}, ...shown.map((series, index) => ({ label: this.name(series), stroke: color(`line-${index}`), width: 1.5, spanGaps: true, points: { show: series.times.length < 3 } }))],
            axes: [
                { ...axis(clockLabels(this.clock)), incrs: STEPS, space: 90 },
                { ...axis((_plot, splits) => splits.map((value) => format(unit, value)), 72), ...(unit === "bytes" ? { incrs: Array.from({ length: 40 }, (_, power) => 2 ** power) } : {}) },
            ],
        };
    }
}
