/**
 * The data of a report, as the writer embeds it in the page. `VERSION` changes if a reader of the old version would
 * misread the new one. It does not change when fields are added.
 *
 * The page contains these elements:
 *
 * | element | contents |
 * |---|---|
 * | `<script type="application/json" id="report-data">` | a `Report` |
 * | `<script type="text/plain" id="events-I">` | rows of chunk `I`: base64 of deflate-raw of the columns of `Events.columns` |
 * | `<script type="text/plain" id="details-I">` | details of chunk `I`: base64 of deflate-raw of a JSON array of texts |
 * | `<script type="text/plain" id="decoded-I">` | decoded details of chunk `I`: base64 of deflate-raw of a JSON array of values |
 * | `<script type="text/plain" id="flame">` | a `Flame`, as base64 of deflate-raw of JSON; only if `Report.flame` is not null |
 * | `<script type="text/plain" id="texts-paths">` | paths of all chunks: base64 of deflate-raw of a JSON array of texts |
 * | `<script type="text/plain" id="texts-frames">` | stack frames, `module+0xoffset`, in the same encoding; only if there is a column `stack` |
 * | `<script type="text/plain" id="texts-stacks">` | stacks: base64 of deflate-raw of a JSON array; each stack is an array of indexes of frames, innermost first |
 *
 * In JSON, the writer replaces `<` by `\u003c`, U+2028 by `\u2028` and U+2029 by `\u2029`, so that no text can end its
 * element. Base64 contains none of these. All texts are data: the page never parses them as HTML.
 *
 * All times and durations are integers in units of 100 ns ("ticks"). Times count from `Report.epoch`, so that a double
 * represents them exactly. Events of all logs are numbered in order. Indexes count from 0.
 */
export const VERSION = 2;

/** Units of 100 ns since `Report.epoch`, or a duration in these units. */
export type Ticks = number;

export interface Report {
    version: typeof VERSION;
    /** Name and version of the program that wrote the report. */
    generator: string;
    /** Name of the logs, for the title of the page. */
    title: string;
    /** The time from which all times count: ticks since 1601-01-01 UTC (a FILETIME), in decimal digits. */
    epoch: string;
    /** Offset of the displayed times from UTC, in minutes. */
    utcOffset: number;
    overview: Overview;
    /** The logs, at least one. `Segment.log` and `Process.log` index this list. */
    logs: LogInfo[];
    /** Names of the event classes. `Operation.class` and the arrays "by class" index this list. */
    classes: string[];
    timeline: Timeline;
    processes: Process[];
    operations: Operation[];
    results: Result[];
    tables: Table[];
    /** Contents of the element `flame`. Null if no event has a stack. */
    flame: FlameSummary | null;
    findings: Rule[];
    activity: Series[];
    events: Events;
}

export interface Overview {
    /** Facts about the computer in the order of display: processors, memory. Empty if there are several logs. */
    facts: Fact[];
    /** The earliest plausible time of an event. */
    start: Ticks;
    /** The latest plausible time of an event. */
    end: Ticks;
    /** Number of events in the logs. */
    events: number;
    /** Number of events by class. */
    byClass: number[];
    /** Number of processes in the log. `Report.processes` may be shorter. */
    processes: number;
    warnings: string[];
    /** The files of the logs, in order. */
    segments: Segment[];
}

export interface LogInfo {
    name: string;
    computer: string;
    system: string;
    /** Number of its first event. */
    first: number;
}

export interface Fact {
    name: string;
    value: string;
}

export interface Segment {
    log: number;
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
    log: number;
    /** The number that identifies the process in its log. PIDs are reused. */
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
    /** Negative: before the log. Null: not known. */
    start: Ticks | null;
    /** Null: after the log, or not known. */
    end: Ticks | null;
    /** Empty: the log has no Process Exit. */
    exitStatus: string;
    /** Number of events by class. */
    events: number[];
    /** Sum of the durations of the events. */
    duration: Ticks;
}

/** The column of a table that counts an event. */
export type Counted = "open" | "read" | "write" | "connect" | "send" | "receive";

/** The access to data that the cross reference counts. */
export type Access = "read" | "write";

/** The events of a class that have a name and count in the same columns. Names are not unique. */
export interface Operation {
    name: string;
    class: number;
    counts: Counted | null;
    access: Access | null;
    /** True if tables of files include the durations. */
    timed: boolean;
}

export interface Result {
    name: string;
    /** True if tables count this result as a failure. */
    failed: boolean;
}

/** The type of the values of a column, which determines their display, alignment and order. */
export type ColumnType = "text" | "count" | "bytes" | "duration" | "time" | "process" | "event";

/**
 * The computation of a column from events. `Column.counts` limits `events` and `bytes` to operations that count there.
 *
 * - `key`: the value by which the table groups
 * - `events`, `failed`: number of events, of failed events
 * - `duration`, `longest`: sum and maximum of the durations
 * - `timed`: sum of the durations of operations that are `timed`
 * - `bytes`: sum of the column `bytes` of the events
 * - `processes`: number of distinct processes
 * - `writers`, `readers`: number of processes, distinct by PID and name, that write or read
 * - others: fields of the event itself, in tables of single events
 */
export type Measure =
    | "key"
    | "events"
    | "failed"
    | "duration"
    | "timed"
    | "longest"
    | "bytes"
    | "processes"
    | "writers"
    | "readers"
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
    counts?: Counted;
}

/** The value by which a table groups events. Letter case of texts is ignored. */
export type GroupKey = "path" | "remote" | "folder" | "extension" | "operation" | "result" | "process";

/** The computation of the rows of a table from the selected events. */
export type Recipe =
    /** One row for each value of `by`. `shared`: only values that one process writes and another one writes or reads. */
    | { from: "groups"; by: GroupKey; classes?: number[]; shared?: true }
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
    /** Names of frames and operations. */
    names: string[];
    trees: FlameTree[];
}

/** Stacks of the events of one process and one operation. Node 0 is the root; a parent precedes its children. */
export interface FlameTree {
    process: number;
    class: number;
    /** Index of `Flame.names`. */
    operation: number;
    parent: number[];
    /** Indexes of `Flame.names`. */
    name: number[];
    /** Number of events whose stack ends in the node itself. */
    count: number[];
    /** Sum of their durations. */
    duration: Ticks[];
}

/** A rule of "What stands out" with its findings. */
export interface Rule {
    id: string;
    title: string;
    level: "high" | "medium" | "low" | "info";
    /** What the rule searches for, and why. */
    explanation: string;
    findings: Finding[];
    /** Number of findings that were left out. */
    leftOut: number;
    /** True if there were too many groups of events. Further findings are then not counted. */
    incomplete: boolean;
}

export interface Finding {
    text: string;
    process: number | null;
    /** Numbers of the events, as in `Event.number`. The list may be cut. */
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
 * `number`: number of the event in the logs. `time`: -1 if it is not plausible. `process`, `operation`, `result`: indexes of the lists of `Report`.
 * `path`: index of `texts-paths`. `detail`: index of `details-I`. `stack`: index of `texts-stacks`.
 * `decoded`: index of `decoded-I`. `bytes`: transferred bytes. `thread`, `bytes`, `stack` and `decoded` may be missing.
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
    | "stack"
    | "decoded";
