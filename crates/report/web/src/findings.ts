/** The section "What stands out". */
import type { Finding, Report, Rule } from "./data";
import { button, el, section, wholeLog } from "./dom";
import type { State } from "./state";
import { count, plural } from "./text";
import { processName } from "./tables";

const LEVELS = { high: "High", medium: "Medium", low: "Low", info: "Information" };
const SHOWN = 10;

function row(report: Report, state: State, rule: Rule, finding: Finding, open: () => void): HTMLElement {
    const show = (): void => {
        state.change({ numbers: { title: rule.title, set: new Set(finding.events) }, time: null, processes: null, classes: null, group: null });
        open();
    };
    const partial = finding.events.length < finding.count ? ` (first ${count(finding.events.length)})` : "";
    const link = finding.events.length === 0 ? el("span", {}, plural(finding.count, "event")) : button(`${plural(finding.count, "event")}${partial}`, show, { class: "link" });
    const owner = finding.process === null ? "" : processName(report, finding.process);
    return el("li", { class: "finding" }, el("div", { class: "finding-text" }, finding.text), el("div", { class: "finding-owner" }, owner), link);
}

function card(report: Report, state: State, rule: Rule, open: () => void): HTMLElement {
    const list = el("ul", { class: "finding-list" });
    const show = (findings: Finding[]): void => list.append(...findings.map((finding) => row(report, state, rule, finding, open)));
    show(rule.findings.slice(0, SHOWN));
    const rest = rule.findings.slice(SHOWN);
    const more = button(`Show ${count(rest.length)} more`, () => {
        show(rest);
        more.remove();
    });
    const found = rule.findings.length + rule.leftOut;
    const least = rule.incomplete ? "At least " : "";
    const summary = el("summary", {}, el("span", { class: `level ${rule.level}` }, LEVELS[rule.level]), el("span", { class: "rule-title" }, rule.title), el("span", { class: "rule-count" }, `${count(found)}${rule.incomplete ? "+" : ""}`));
    return el(
        "details",
        { class: "rule", open: rule.level === "high" || rule.level === "medium" },
        summary,
        el("p", { class: "explanation" }, rule.explanation),
        list,
        rest.length > 0 ? more : null,
        rule.leftOut > 0 || rule.incomplete ? el("p", { class: "note" }, `${least}${plural(rule.leftOut, "more finding")} not included.`) : null,
    );
}

export function findings(report: Report, state: State, open: () => void): HTMLElement {
    const rules = report.findings.filter((rule) => rule.findings.length + rule.leftOut > 0);
    const silent = report.findings.filter((rule) => rule.findings.length + rule.leftOut === 0);
    const quiet = silent.length === 0 ? null : el("details", { class: "rule quiet" }, el("summary", {}, `${plural(silent.length, "rule")} without findings`), el("ul", {}, ...silent.map((rule) => el("li", {}, el("b", {}, rule.title), ` – ${rule.explanation}`))));
    const none = rules.length === 0 ? el("p", { class: "note" }, "No rule found anything.") : null;
    return section("findings", "What stands out", wholeLog(), none, ...rules.map((rule) => card(report, state, rule, open)), quiet);
}
