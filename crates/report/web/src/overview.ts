/** The section "Overview". */
import type { Report } from "./data";
import { add, el, fill, section } from "./dom";
import type { Source, Totals } from "./source";
import { isEverything } from "./source";
import type { State } from "./state";
import { Latest } from "./state";
import type { Clock } from "./text";
import { bytes, count, duration, plural } from "./text";

function figure(value: string, label: string, title?: string): HTMLElement {
    return el("div", { class: "figure", title }, el("strong", {}, value), el("span", {}, label));
}

function facts(report: Report, clock: Clock): HTMLElement {
    const { overview, events } = report;
    const list = el("dl", { class: "facts" });
    const fact = (name: string, value: string): void => add(list, el("dt", {}, name), el("dd", {}, value));
    const [log] = report.logs;
    if (report.logs.length > 1) fact("Logs", count(report.logs.length));
    else {
        fact("Computer", log?.computer || "not known");
        fact("System", log?.system || "not known");
    }
    for (const { name, value } of overview.facts) fact(name, value);
    if (overview.events > 0) {
        fact("First event", clock.full(overview.start));
        fact("Last event", clock.full(overview.end));
    }
    fact("Embedded events", events.note || `all ${count(events.embedded)}`);
    return list;
}

/** The classes with their shares, as a bar and a list. */
function classes(report: Report, totals: Totals): HTMLElement {
    const bar = el("div", { class: "share", "aria-hidden": "true" });
    const list = el("ul", { class: "legend" });
    report.classes.forEach((name, index) => {
        const events = totals.byClass[index] ?? 0;
        const share = totals.events === 0 ? 0 : (100 * events) / totals.events;
        const part = el("i", { class: `class-${index}` });
        part.style.width = `${share}%`;
        if (events > 0) bar.append(part);
        add(list, el("li", {}, el("i", { class: `swatch class-${index}` }), el("span", {}, name), el("b", {}, count(events)), el("em", {}, `${share.toFixed(1)} %`)));
    });
    return el("div", { class: "classes" }, bar, list);
}

/** The computers of several logs. */
function logs(report: Report): HTMLElement {
    const titles = ["Log", "Computer", "System", "First event"].map((title) => el("th", { scope: "col" }, title));
    const rows = report.logs.map((log) =>
        el("tr", {}, el("th", { scope: "row" }, log.name), el("td", {}, log.computer), el("td", {}, log.system), el("td", { class: "right" }, `# ${count(log.first)}`)),
    );
    return el("div", { class: "scroll" }, el("table", { class: "plain", id: "logs" }, el("caption", {}, "Logs"), el("thead", {}, el("tr", {}, ...titles)), el("tbody", {}, ...rows)));
}

/** The files of the logs, with the events and the time of each. */
function segments(report: Report, clock: Clock): HTMLElement {
    const head = ["File", "Size", "Events", "Unreadable", "From", "To", "Note"];
    const rows = report.overview.segments.map((segment) =>
        el(
            "tr",
            {},
            el("th", { scope: "row" }, segment.name),
            el("td", { class: "right" }, bytes(segment.bytes)),
            el("td", { class: "right" }, count(segment.events)),
            el("td", { class: `right${segment.unreadable > 0 ? " bad" : ""}` }, count(segment.unreadable)),
            el("td", {}, segment.events > 0 ? clock.full(segment.start, 3) : ""),
            el("td", {}, segment.events > 0 ? clock.full(segment.end, 3) : ""),
            el("td", {}, segment.note),
        ),
    );
    const titles = head.map((title, index) => el("th", { scope: "col", class: index > 0 && index < 4 ? "right" : "" }, title));
    return el("div", { class: "scroll" }, el("table", { class: "plain" }, el("caption", {}, "Coverage"), el("thead", {}, el("tr", {}, ...titles)), el("tbody", {}, ...rows)));
}

/** Number of warnings that are shown at once. */
const SHOWN = 6;

function warnings(texts: string[]): HTMLElement | null {
    if (texts.length === 0) return null;
    const list = (part: string[]): HTMLElement => el("ul", {}, ...part.map((text) => el("li", {}, text)));
    const rest = texts.slice(SHOWN);
    const more = rest.length === 0 ? null : el("details", {}, el("summary", {}, `${count(rest.length)} more`), list(rest));
    const title = el("h3", {}, plural(texts.length, "warning"));
    return el("div", { class: "warnings", role: "note" }, title, list(texts.slice(0, SHOWN)), more);
}

/** The totals of the selected events. */
function figures(report: Report, totals: Totals, everything: boolean): HTMLElement {
    const { overview } = report;
    const all = report.findings.reduce((sum, rule) => sum + rule.findings.length + rule.leftOut, 0);
    const least = report.findings.some((rule) => rule.incomplete) ? "+" : "";
    const of = (total: number): string => (everything ? "" : ` of ${count(total)}`);
    return el(
        "div",
        { class: "figures" },
        figure(count(totals.events), everything ? (totals.events === 1 ? "event" : "events") : `selected${of(overview.events)} events`),
        figure(totals.events > 0 ? duration(totals.span) : "–", `time span${everything ? "" : ` of ${duration(overview.end - overview.start)}`}`),
        figure(count(totals.processes), everything ? (totals.processes === 1 ? "process" : "processes") : `selected${of(overview.processes)} processes`),
        figure(`${count(all)}${least}`, `${all === 1 ? "finding" : "findings"}${everything ? "" : " in the log"}`),
    );
}

export function overview(source: Source, state: State, clock: Clock): HTMLElement {
    const { report } = source;
    const { overview: data } = report;
    const scope = el("p", { class: "scope" });
    const totals = el("div", {});
    const shares = el("div", {});
    const latest = new Latest();
    state.follow(async (selection) => {
        const answer = await latest.run(source.totals(selection));
        if (!answer) return;
        fill(scope, answer.scope);
        fill(totals, figures(report, answer.value, isEverything(selection)));
        fill(shares, classes(report, answer.value));
    });
    const empty = data.events === 0 ? el("p", { class: "note" }, "The log contains no events.") : null;
    const parts = el("div", { class: "columns" }, facts(report, clock), shares);
    const computers = report.logs.length > 1 ? logs(report) : null;
    const files = data.segments.length > 0 ? segments(report, clock) : null;
    return section("overview", "Overview", scope, totals, empty, warnings(data.warnings), parts, computers, files);
}
