/** The section "What stands out". */
import type { Finding, Report, Rule } from "./data";
import { button, el, fill, section } from "./dom";
import type { Selection, Source } from "./source";
import { isEverything } from "./source";
import type { State } from "./state";
import { Latest } from "./state";
import { count, plural } from "./text";
import { processName } from "./tables";

const LEVELS = { high: "High", medium: "Medium", low: "Low", info: "Information" };
const SHOWN = 10;

/** A finding with selected events. */
interface Match {
    finding: Finding;
    /** Number of its listed events that are selected. */
    selected: number;
}

function row(report: Report, state: State, rule: Rule, { finding, selected }: Match, open: () => void): HTMLElement {
    const show = (): void => {
        state.change({ numbers: { title: rule.title, set: new Set(finding.events) }, time: null, processes: null, classes: null, group: null });
        open();
    };
    const listed = finding.events.length;
    const partial = listed < finding.count ? ` (first ${count(listed)})` : "";
    const part = selected < listed ? `${count(selected)} of ` : "";
    const link = listed === 0 ? el("span", {}, plural(finding.count, "event")) : button(`${part}${plural(finding.count, "event")}${partial}`, show, { class: "link" });
    const owner = finding.process === null ? "" : processName(report, finding.process);
    return el("li", { class: "finding" }, el("div", { class: "finding-text" }, finding.text), el("div", { class: "finding-owner" }, owner), link);
}

/**
 * The findings with selected events. A finding of which no event is embedded is left out only if processes are selected
 * and its process is not one of them.
 */
async function matches(source: Source, findings: Finding[], selection: Selection): Promise<Match[]> {
    const counts = await source.selectedOf(findings.map((finding) => finding.events), selection);
    const { processes } = selection;
    return findings.flatMap((finding, index) => {
        const known = counts[index];
        const isOther = processes !== null && finding.process !== null && !processes.has(finding.process);
        const selected = known ?? (isOther ? 0 : finding.events.length);
        return selected > 0 || (finding.events.length === 0 && !isOther) ? [{ finding, selected }] : [];
    });
}

class Card {
    private readonly list = el("ul", { class: "finding-list" });
    private readonly found = el("span", { class: "rule-count" });
    private readonly more = el("div", {});
    readonly element: HTMLElement;

    constructor(private readonly source: Source, private readonly state: State, readonly rule: Rule, private readonly open: () => void) {
        const { level, title, explanation, leftOut, incomplete } = rule;
        const summary = el("summary", {}, el("span", { class: `level ${level}` }, LEVELS[level]), el("span", { class: "rule-title" }, title), this.found);
        const least = incomplete ? "At least " : "";
        const note = leftOut > 0 || incomplete ? el("p", { class: "note" }, `${least}${plural(leftOut, "more finding")} not included.`) : null;
        this.element = el("details", { class: "rule", open: level === "high" || level === "medium" }, summary, el("p", { class: "explanation" }, explanation), this.list, this.more, note);
    }

    /** Shows the findings with selected events. */
    show(found: Match[], everything: boolean): void {
        const { rule } = this;
        const all = `${count(rule.findings.length + rule.leftOut)}${rule.incomplete ? "+" : ""}`;
        fill(this.found, everything ? all : `${count(found.length)} of ${all}`);
        this.element.classList.toggle("unselected", found.length === 0);
        const rows = (part: Match[]): HTMLElement[] => part.map((match) => row(this.source.report, this.state, rule, match, this.open));
        fill(this.list, ...rows(found.slice(0, SHOWN)));
        const rest = found.slice(SHOWN);
        const more = button(`Show ${count(rest.length)} more`, () => {
            this.list.append(...rows(rest));
            fill(this.more);
        });
        fill(this.more, rest.length > 0 ? more : null);
    }
}

export function findings(source: Source, state: State, open: () => void): HTMLElement {
    const { report } = source;
    const hasAny = (rule: Rule): boolean => rule.findings.length + rule.leftOut > 0;
    const cards = report.findings.filter(hasAny).map((rule) => new Card(source, state, rule, open));
    const silent = report.findings.filter((rule) => !hasAny(rule));
    const quiet = silent.length === 0 ? null : el("details", { class: "rule quiet" }, el("summary", {}, `${plural(silent.length, "rule")} without findings`), el("ul", {}, ...silent.map((rule) => el("li", {}, el("b", {}, rule.title), ` – ${rule.explanation}`))));
    const none = cards.length === 0 ? el("p", { class: "note" }, "No rule found anything.") : null;
    const scope = el("p", { class: "scope" });
    const latest = new Latest();
    state.follow(async (current) => {
        // A click on a finding selects its events by number. This must not hide the other findings.
        const selection = { ...current, numbers: null };
        const everything = isEverything(selection);
        const found = await latest.run(matches(source, cards.flatMap((card) => card.rule.findings), selection));
        if (!found) return;
        fill(scope, everything ? "Whole log." : "Findings with selected events.");
        const byFinding = new Map(found.map((match) => [match.finding, match]));
        for (const card of cards) card.show(card.rule.findings.flatMap((finding) => byFinding.get(finding) ?? []), everything);
    });
    return section("findings", "What stands out", scope, none, ...cards.map((card) => card.element), quiet);
}
