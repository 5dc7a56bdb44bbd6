/** Access to the data of a report. A viewer that computes rows elsewhere implements `Source` too. */
import type { Cell, GroupKey, Report, Table, Ticks } from "./data";

/** A restriction of the events. Null: no restriction. The conditions are combined by "and". */
export interface Selection {
    /** The first and the last time, both included. */
    time: readonly [Ticks, Ticks] | null;
    /** Indexes of processes. */
    processes: ReadonlySet<number> | null;
    /** Indexes of classes. */
    classes: ReadonlySet<number> | null;
    /** Numbers of events, with a title for display. */
    numbers: { readonly title: string; readonly set: ReadonlySet<number> } | null;
    /** A group of a table: the events with this value. */
    group: GroupChoice | null;
}

export interface GroupChoice {
    readonly by: GroupKey;
    readonly key: Cell;
    /** The classes of events that the table contains; undefined: all. */
    readonly classes?: readonly number[] | undefined;
}

export const EVERYTHING: Selection = { time: null, processes: null, classes: null, numbers: null, group: null };

export function isEverything(selection: Selection): boolean {
    const { time, processes, classes, numbers, group } = selection;
    return !time && !processes && !classes && !numbers && !group;
}

/** An event with its texts. */
export interface EventRow {
    /** Number of the event in the logs. */
    number: number;
    /** Negative: not plausible. */
    time: Ticks;
    /** Null if the operation did not complete within the log. */
    duration: Ticks | null;
    process: number;
    thread: number | null;
    operation: number;
    result: number;
    path: string;
    bytes: number | null;
}

export type SortKey = "number" | "time" | "duration" | "process" | "operation" | "path" | "result";

/** An ordered list of embedded events. */
export interface Rows {
    readonly length: number;
    /** The event at a position of the list. */
    event(position: number): EventRow;
    detail(position: number): Promise<string>;
    /** The decoded detail, as the library serializes it. Null if it is not embedded. */
    decoded(position: number): Promise<unknown>;
    /** Frames of the call stack, innermost first. Null if no stack is embedded. */
    stack(position: number): Promise<string[] | null>;
    /** The position of the event with this number, or -1. */
    find(number: number): number;
    sorted(key: SortKey, descending: boolean): Rows;
    /** The events whose path, operation, result, process or detail contains the text. Ignores case. */
    search(text: string): Promise<Rows>;
}

/** A value, and the events from which it was computed. */
export interface Answer<T> {
    value: T;
    /** True if the value covers all selected events of the logs, not only embedded ones. */
    exact: boolean;
    /** The events from which the value was computed, for display. */
    scope: string;
}

export interface Buckets {
    start: Ticks;
    width: Ticks;
    /** Number of events: a list of buckets for each class. */
    byClass: number[][];
}

export interface FlameNode {
    name: string;
    value: number;
    children: FlameNode[];
}

export type Weight = "count" | "duration";

/** Sums over events. */
export interface Totals {
    events: number;
    /** Number of events of each class. */
    byClass: number[];
    /** Number of different processes. */
    processes: number;
    /** From the first event to the last. */
    span: Ticks;
}

export interface Source {
    readonly report: Report;
    /** The selected events that are embedded, in order of the log. */
    select(selection: Selection): Promise<Rows>;
    /** Columns of a table of the selected events. */
    table(table: Table, selection: Selection): Promise<Answer<Cell[][]>>;
    /** Events over time. Ignores the time of the selection. */
    timeline(selection: Selection, from: Ticks, to: Ticks, buckets: number): Promise<Answer<Buckets>>;
    flame(selection: Selection, weight: Weight): Promise<Answer<FlameNode> | null>;
    totals(selection: Selection): Promise<Answer<Totals>>;
    /** For each list of numbers of events, how many of them are selected. Null if none of them is embedded. */
    selectedOf(lists: readonly (readonly number[])[], selection: Selection): Promise<(number | null)[]>;
}
