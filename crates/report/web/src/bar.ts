/** The bar that shows the selection, and buttons that remove its parts. */
import { button, el, fill } from "./dom";
import type { GroupKey, Report } from "./data";
import type { GroupChoice, Source } from "./source";
import { isEverything } from "./source";
import type { State } from "./state";
import { processName } from "./tables";
import type { Clock } from "./text";
import { count, duration, visible } from "./text";

/** A condition of the selection, with a button that removes it. */
function chip(kind: string, text: string, remove: () => void): HTMLElement {
    const label = `Remove: ${kind} ${visible(text)}`;
    return el("span", { class: "chip" }, el("em", {}, kind), el("span", { class: "chip-text" }, text), button("×", remove, { "aria-label": label, title: label }));
}

const GROUPS: Record<GroupKey, string> = {
    path: "Path",
    remote: "Remote endpoint",
    folder: "Folder",
    extension: "Extension",
    operation: "Operation",
    result: "Result",
    process: "Process",
};

function groupName(report: Report, group: GroupChoice): string {
    if (typeof group.key === "number") return processName(report, group.key);
    return group.key || "(none)";
}

export function selectionBar(source: Source, state: State, clock: Clock): HTMLElement {
    const { report } = source;
    const element = el("div", { class: "selection", id: "selection", role: "status", "aria-label": "Selection" });
    state.follow((selection) => {
        const { time, processes, classes, numbers, group } = selection;
        const chips: HTMLElement[] = [];
        if (time) chips.push(chip("Time", `${clock.time(time[0], 3)} – ${clock.time(time[1], 3)} (${duration(time[1] - time[0])})`, () => state.change({ time: null })));
        if (processes) {
            const [first] = processes;
            const text = processes.size === 1 ? processName(report, first ?? 0) : `${count(processes.size)} processes`;
            chips.push(chip("Process", text, () => state.change({ processes: null })));
        }
        if (classes) chips.push(chip("Class", [...classes].map((index) => report.classes[index] ?? "").join(", "), () => state.change({ classes: null })));
        if (group) chips.push(chip(GROUPS[group.by], groupName(report, group), () => state.change({ group: null })));
        if (numbers) chips.push(chip("Events of", numbers.title, () => state.change({ numbers: null })));
        if (isEverything(selection)) fill(element, el("span", { class: "muted" }, "All events"));
        else fill(element, ...chips, button("Show all events", () => state.clear(), { id: "clear" }));
    });
    return element;
}
