/** Builds the page. */
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { ActivityView } from "./activity";
import { selectionBar } from "./bar";
import { button, el, fill } from "./dom";
import { EmbeddedSource } from "./embedded";
import { EventsView } from "./events";
import { findings } from "./findings";
import { FlameView } from "./flame";
import { overview } from "./overview";
import { ProcessesView } from "./processes";
import type { Source } from "./source";
import { State } from "./state";
import { TablesView } from "./tables";
import { Clock, plural, visible } from "./text";
import { TimelineView } from "./timeline";

const SECTIONS: [string, string][] = [
    ["overview", "Overview"],
    ["findings", "What stands out"],
    ["timeline", "Timeline"],
    ["processes", "Processes"],
    ["tables", "Tables"],
    ["flame", "Flame graph"],
    ["activity", "Activity"],
    ["events", "Events"],
];

/** A button that switches between the colors of the system, dark and light. */
function themeButton(state: State): HTMLElement {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const isDark = (): boolean => (root.dataset["theme"] ?? (dark.matches ? "dark" : "light")) === "dark";
    const label = (): string => (isDark() ? "Light colors" : "Dark colors");
    const toggle = button(label(), () => {
        root.dataset["theme"] = isDark() ? "light" : "dark";
        changed();
    }, { id: "theme" });
    const changed = (): void => {
        fill(toggle, label());
        state.themeChanged();
    };
    dark.addEventListener("change", changed);
    return toggle;
}

function navigation(): HTMLElement {
    const links = SECTIONS.map(([id, title]) => el("a", { href: `#${id}` }, title));
    return el("nav", { "aria-label": "Sections" }, ...links);
}

/** Marks, in the navigation, the link to the section that is at the top of the window. */
function followScroll(nav: HTMLElement, sections: HTMLElement[]): void {
    const mark = (): void => {
        const top = sections.filter((part) => part.getBoundingClientRect().top < 140).at(-1) ?? sections[0];
        for (const link of nav.querySelectorAll("a")) {
            if (link.hash === `#${top?.id ?? ""}`) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
    };
    document.addEventListener("scroll", mark, { passive: true });
    mark();
}

function build(source: Source): void {
    const { report } = source;
    const state = new State();
    const clock = new Clock(report.epoch, report.utcOffset);
    const nav = navigation();
    const title = visible(report.title);
    document.title = `${title} – Process Monitor report`;
    const header = el(
        "header",
        {},
        el("div", { class: "head" }, el("h1", {}, report.title), el("p", {}, `${[...new Set(report.logs.map((log) => log.computer))].slice(0, 3).join(", ") || "Process Monitor log"} · ${plural(report.overview.events, "event")}`), themeButton(state)),
        selectionBar(source, state, clock),
    );
    const main = el("main", { id: "main" });
    const root = el("div", { class: "page" }, nav, main);
    document.body.append(el("a", { class: "skip", href: "#main" }, "Skip to the report"), header, root);
    const measure = (): void => document.documentElement.style.setProperty("--head", `${header.offsetHeight}px`);
    new ResizeObserver(measure).observe(header);
    measure();

    const events = new EventsView(source, state, clock);
    const sections = [
        overview(source, state, clock),
        findings(source, state, () => events.reveal()),
        new TimelineView(source, state, clock).element,
        new ProcessesView(source, state, clock).element,
        new TablesView(source, state, clock, (number) => void events.open(number)).element,
        new FlameView(source, state).element,
        new ActivityView(report, state, clock).element,
        events.element,
    ];
    main.append(...sections, el("footer", {}, `Written by ${report.generator}. This page loads nothing from the network.`));
    followScroll(nav, sections);
    // The browser looked for the section in the fragment of the URL before the section existed.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
    performance.mark("report:ready");
}

/** Removes the summary for browsers without scripts, and shows the page or the reason why it cannot be shown. */
function start(): void {
    const fail = (what: string, reason: unknown): void => {
        const text = reason instanceof Error ? reason.message : String(reason);
        (document.querySelector("main") ?? document.body).prepend(el("p", { class: "failure", role: "alert" }, `${what}: ${text}`));
    };
    window.addEventListener("unhandledrejection", (event) => fail("A part of the report cannot be shown", event.reason));
    try {
        build(EmbeddedSource.read());
        document.getElementById("summary")?.remove();
    } catch (error) {
        fail("The report cannot be shown", error);
    }
}

start();
