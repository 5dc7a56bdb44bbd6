/**
 * The data of a report, as the writer embeds it in the page. `VERSION` changes when a reader of the old version would
 * misread the new one; fields may be added without it.
 *
 * The page contains these elements:
 *
 * | element | contents |
 * |---|---|
 * | `<script type="application/json" id="report-data">` | a `Report` |
 * | `<script type="text/plain" id="events-I">` | rows of chunk `I`: base64 of deflate-raw of the columns of `Events.columns` |
 * | `<script type="text/plain" id="details-I">` | details of chunk `I`: base64 of deflate-raw of a JSON array of texts |
 * | `<script type="text/plain" id="flame">` | a `Flame`, as base64 of deflate-raw of JSON; only if `Report.flame` is not null |
 * | `<script type="text/plain" id="texts-paths">` | paths of all chunks: the same encoding |
 * | `<script type="text/plain" id="texts-frames">` | stack frames, `module+0xoffset`; only if there is a column `stack` |
 * | `<script type="text/plain" id="texts-stacks">` | stacks: a JSON array of arrays of indexes of frames, innermost first |
 *
 * In JSON, the writer replaces `<` by `\u003c`, U+2028 by `\u2028` and U+2029 by `\u2029`, so that no text can end its
 * element. Base64 contains none of these. All texts are data: the page never parses them as HTML.
 *
 * All times and durations are integers in units of 100 ns ("ticks"). Times count from `Report.origin`, so that a double
 * represents them exactly. Indexes count from 0.
 */
export const VERSION = 1;

/** Units of 100 ns since `Report.origin`, or a duration in these units. */
export type Ticks = number;

export interface Report {
    version: typeof VERSION;
    /** Name and version of the program that wrote the report. */
    generator: string;
    /** Name of the log, for the title of the page. */
    title: string;
    /** The time from which all times count: ticks since 1601-01-01 UTC (a FILETIME), in decimal digits. */
    origin: string;
    /** Offset of the displayed times from UTC, in minutes. */
    utcOffset: number;
    overview: Overview;
    /** Names of the event classes. `Operation.class` and the arrays "by class" index this list. */
    classes: string[];
    timeline: Timeline;
    processes: Process[];
    operations: Operation[];
    results: Result[];
    tables: Table[];
    /** What the element `flame` contains. Null if no event has a stack. */
    flame: FlameSummary | null;
    findings: Rule[];
    activity: Series[];
    events: Events;
}

export interface Overview {
    computer: string;
    system: string;
    /** Further facts in the order of display: processors, memory, version of Procmon. */
    facts: Fact[];
    /** Time of the first event. */
    start: Ticks;
    /** Time of the last event. */
    end: Ticks;
    /** Number of events in the log. */
    events: number;
    /** Number of events by class. */
    byClass: number[];
    /** Number of processes in the log. `Report.processes` may be shorter. */
    processes: number;
    warnings: string[];
    /** The files of the log, in order. */
    segments: Segment[];
}

export interface Fact {
    name: string;
    value: string;
}

export interface Segment {
    name: string;
    bytes: number;
    events: number;
    /** Events that could not be read. */
    unreadable: number;
    start: Ticks;
    end: Ticks;
    note: string;
}

/** Numbers of events over time. Bucket `i` covers the times from `start + i * width` up to the next bucket. */
export interface Timeline {
    start: Ticks;
    width: Ticks;
    /** Number of events: a list of buckets for each class. */
    byClass: number[][];
    /** The processes with the most events: triples of bucket, class and number of events, in one array. */
    byProcess: { process: number; cells: number[] }[];
}

export interface Process {
    /** The number that identifies the process in the log. PIDs are reused. */
    key: number;
    pid: number;
    /** Index of the parent in `Report.processes`; null if it is not listed. */
    parent: number | null;
    parentPid: number;
    name: string;
    path: string;
    commandLine: string;
    user: string;
    integrity: string;
    session: number;
    bits: 32 | 64;
    company: string;
    description: string;
    version: string;
    /** Null: before the log starts, or not known. */
    start: Ticks | null;
    /** Null: after the log ends, or not known. */
    end: Ticks | null;
    exitStatus: string;
    /** Number of events by class. */
    events: number[];
    /** Sum of the durations of the events. */
    duration: Ticks;
}

/** What an operation does to its object, for columns that count or add up some operations. */
export type Kind =
    | "open"
    | "close"
    | "read"
    | "write"
    | "query"
    | "enumerate"
    | "delete"
    | "rename"
    | "connect"
    | "send"
    | "receive"
    | "other";

export interface Operation {
    name: string;
    class: number;
    kind: Kind;
}

export interface Result {
    name: string;
    /** Whether tables count this result as a failure. */
    failed: boolean;
}

/** How the page displays, aligns, sorts and filters a column. */
export type ColumnType = "text" | "count" | "bytes" | "duration" | "time" | "process" | "event";

/**
 * How the page computes a column from events. `kind` limits a measure to operations of this kind.
 *
 * - `key`: the value by which the table groups
 * - `events`, `failed`: number of events, of failed events
 * - `duration`, `longest`: sum and maximum of the durations
 * - `bytes`: sum of the column `bytes` of the events
 * - `processes`: number of distinct processes
 * - `first`, `last`: times of the first and the last event
 * - others: fields of the event itself, in tables of single events
 */
export type Measure =
    | "key"
    | "events"
    | "failed"
    | "duration"
    | "longest"
    | "bytes"
    | "processes"
    | "first"
    | "last"
    | "number"
    | "time"
    | "process"
    | "operation"
    | "path"
    | "result";

export interface Column {
    title: string;
    type: ColumnType;
    measure: Measure;
    kind?: Kind;
}

/** `remote`: the text after " -> " in the path of a network event. */
export type GroupKey = "path" | "remote" | "folder" | "extension" | "operation" | "result" | "process" | "class";

/** How the page computes the rows of a table from the selected events. */
export type Recipe =
    /** One row for each value of `by`. `shared`: only values that one process writes and another one writes or reads. */
    | { from: "groups"; by: GroupKey; classes?: number[]; failed?: true; shared?: true }
    /** One row for each of the `limit` events of the longest duration. */
    | { from: "slowest"; limit: number };

export interface Table {
    /** Identifies the table in the page: letters, digits and hyphens. */
    id: string;
    title: string;
    description: string;
    columns: Column[];
    /** The values of each column. Type `text`: strings. Others: numbers; `process`: index; null: no value. */
    data: Cell[][];
    /** Number of rows that the table would have without a limit. */
    rows: number;
    /** Index of the column by which `data` is sorted, largest value first. */
    sorted: number;
    recipe: Recipe;
}

export type Cell = string | number | null;

export interface FlameSummary {
    /** Processes that have trees. */
    processes: number[];
    /** Events with a stack that the trees leave out, because their branches were cut. */
    leftOut: number;
}

/** Stacks by module. Values are exact for the whole log. */
export interface Flame {
    /** Texts of frames. `FlameTree.name` indexes this list. */
    names: string[];
    trees: FlameTree[];
}

/** Stacks of the events of one process and one class. Node 0 is the root; a parent precedes its children. */
export interface FlameTree {
    process: number;
    class: number;
    parent: number[];
    name: number[];
    /** Number of events whose stack ends in the node itself. */
    count: number[];
    /** Sum of their durations. */
    duration: Ticks[];
}

/** A rule of "What stands out" with what it found. */
export interface Rule {
    id: string;
    title: string;
    level: "high" | "medium" | "low" | "info";
    /** What the rule searches, and why it is of interest. */
    explanation: string;
    findings: Finding[];
    /** Number of findings that were left out. */
    leftOut: number;
}

export interface Finding {
    text: string;
    process: number | null;
    /** Numbers of the events, as in `Event.number`. May be cut. */
    events: number[];
    /** Number of events of the finding. */
    count: number;
}

/** A quantity over time. */
export interface Series {
    /** Null: the whole computer. */
    process: number | null;
    metric: string;
    unit: "percent" | "bytes" | "count";
    times: Ticks[];
    values: number[];
}

/** The embedded events. */
export interface Events {
    /** Number of events in the log. */
    total: number;
    /** Number of embedded events. */
    embedded: number;
    /** Which events were embedded and what was left out, for display. Empty if all are embedded. */
    note: string;
    /** Number of rows of each chunk. */
    chunks: number[];
    /** The columns of each chunk, in order, one after the other. */
    columns: EventColumn[];
}

/**
 * A column of a chunk. Each value is an unsigned LEB128 number below 2^53.
 *
 * - `uint`: the value
 * - `optional`: 0 if there is no value, else the value plus 1
 * - `delta`: the zigzag-encoded difference from the row before; the first row of a chunk counts from 0
 */
export interface EventColumn {
    id: EventColumnId;
    encoding: "uint" | "optional" | "delta";
}

/**
 * `number`: index of the event in the log. `process`, `operation`, `result`: indexes of the lists of `Report`.
 * `path`: index of `texts-paths`. `detail`: index of `details-I`. `stack`: index of `texts-stacks`.
 * `bytes`: transferred bytes. `thread`, `bytes` and `stack` may be missing.
 */
export type EventColumnId =
    | "number"
    | "time"
    | "duration"
    | "process"
    | "thread"
    | "operation"
    | "result"
    | "path"
    | "detail"
    | "bytes"
    | "stack";
