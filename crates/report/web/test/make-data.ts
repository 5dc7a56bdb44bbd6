/** Generates reports of invented logs: `node build/make-data.mjs KIND OUT.html`. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import type { Access, Cell, Column, Counted, EventColumn, Flame, FlameTree, GroupKey, Operation, Process, Report, Result, Rule, Series, Table } from "../src/data";
import { VERSION } from "../src/data";

export interface RawEvent {
    number: number;
    time: number;
    duration: number | null;
    process: number;
    thread: number;
    operation: number;
    result: number;
    path: string;
    detail: string;
    bytes: number | null;
    /** Innermost first. */
    stack: string[] | null;
    decoded: unknown;
}

export interface Shape {
    events: number;
    processes: number;
    /** Number of embedded events. Default: all. */
    embedded?: number;
    hostile?: boolean;
    seconds?: number;
}

export const SHAPES: Record<string, Shape> = {
    empty: { events: 0, processes: 0 },
    one: { events: 1, processes: 1 },
    small: { events: 6000, processes: 40 },
    partial: { events: 20_000, processes: 60, embedded: 5000 },
    none: { events: 4000, processes: 30, embedded: 0 },
    hostile: { events: 600, processes: 34, hostile: true },
    large: { events: 200_000, processes: 180 },
    processes: { events: 30_000, processes: 10_000 },
};

export const CLASSES = ["Process", "File System", "Registry", "Network", "Profiling"];

export const OPERATIONS: Operation[] = [
    ["Process Start", 0, null],
    ["Thread Create", 0, null],
    ["Load Image", 0, null],
    ["Process Exit", 0, null],
    ["CreateFile", 1, "open"],
    ["ReadFile", 1, "read"],
    ["WriteFile", 1, "write"],
    ["CloseFile", 1, null],
    ["QueryDirectory", 1, null],
    ["QueryBasicInformationFile", 1, null],
    ["SetRenameInformationFile", 1, null],
    ["RegOpenKey", 2, "open"],
    ["RegQueryValue", 2, "read"],
    ["RegSetValue", 2, "write"],
    ["RegCloseKey", 2, null],
    ["TCP Connect", 3, "connect"],
    ["TCP Send", 3, "send"],
    ["TCP Receive", 3, "receive"],
    ["Process Profiling", 4, null],
].map(([name, group, counts]): Operation => {
    const access = counts === "read" || counts === "write" ? counts : null;
    return { name: name as string, class: group as number, counts: counts as Counted | null, access, timed: name !== "QueryDirectory" };
});

export const RESULTS: Result[] = [
    { name: "SUCCESS", failed: false },
    { name: "NAME NOT FOUND", failed: true },
    { name: "ACCESS DENIED", failed: true },
    { name: "BUFFER OVERFLOW", failed: false },
    { name: "", failed: false },
];

const [SUCCESS, NOT_FOUND, DENIED] = [0, 1, 2];

/**
 * Names that would inject HTML, scripts or styles, or change the direction of text, if the page did not escape them. Their
 * scripts would set `window.hit`.
 */
export const HOSTILE = [
    `<script>window.hit=1</script>`,
    `</script><script>window.hit=2</script>`,
    `<img src=x onerror="window.hit=3">`,
    `"><svg onload=window.hit=4>`,
    `javascript:window.hit=5`,
    `<a href="javascript:window.hit=6">x</a>`,
    "${window.hit=7}",
    "`;window.hit=8;`",
    "{{constructor.constructor('window.hit=9')()}}",
    `'-(window.hit=10)-'`,
    `";window.hit=11;//`,
    `<!--<script>window.hit=12</script>-->`,
    `]]><script>window.hit=13</script>`,
    `<iframe srcdoc="<script>parent.hit=14</script>">`,
    `<style>@import 'http://127.0.0.1:9/x';</style>`,
    `<link rel=stylesheet href=http://127.0.0.1:9/y>`,
    `<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/z">`,
    `<base href=http://127.0.0.1:9/>`,
    `<body onload=window.hit=19>`,
    `<details open ontoggle=window.hit=20>`,
    `&lt;script&gt;window.hit=21&lt;/script&gt;`,
    `\u202egnp.exe`,
    `invoice\u2066\u202efdp\u2069.exe`,
    `zero\u200bwidth\u200djoin\ufeff.dll`,
    `line\u2028separator\u2029.txt`,
    `nul\u0000bell\u0007esc\u001b[31m.txt`,
    `__proto__`,
    `constructor`,
    `</ScRiPt\u00a0><ScRiPt>window.hit=29</sCrIpT>`,
    `=HYPERLINK("http://127.0.0.1:9","x")`,
    `</textarea></title></noscript><script>window.hit=31</script>`,
    `\u{e0001}\u{e0041}tag`,
];

/** Pseudorandom numbers that are the same in each run. */
function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
        state = (state + 0x6d2b79f5) | 0;
        let value = Math.imul(state ^ (state >>> 15), state | 1);
        value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
        return ((value ^ (value >>> 14)) >>> 0) % below;
    };
}

const NAMES = ["svchost.exe", "chrome.exe", "explorer.exe", "powershell.exe", "msedge.exe", "SearchIndexer.exe", "setup.exe", "cmd.exe", "notepad.exe", "MsMpEng.exe"];
const FOLDERS = [
    "C:\\Windows\\System32",
    "C:\\Windows\\SysWOW64",
    "C:\\Program Files\\Common Files",
    "C:\\Users\\Ann\\AppData\\Local\\Temp",
    "C:\\Users\\Ann\\Documents",
    "C:\\ProgramData\\Example\\Cache",
];
const EXTENSIONS = [".dll", ".exe", ".txt", ".log", ".dat", ".mui", ".json"];
const KEYS = ["HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "HKCU\\Software\\Example", "HKLM\\System\\CurrentControlSet\\Services\\Tcpip", "HKCR\\CLSID"];
const MODULES = ["ntdll.dll", "kernelbase.dll", "kernel32.dll", "advapi32.dll", "combase.dll", "rpcrt4.dll", "ntoskrnl.exe", "fltmgr.sys", "user32.dll", "ucrtbase.dll"];
const TICKS = 10_000_000;

export interface Log {
    report: Report;
    /** All events of the log. */
    events: RawEvent[];
    embedded: RawEvent[];
    flame: Flame;
}

function makeProcesses(shape: Shape, next: (below: number) => number, end: number): Process[] {
    return Array.from({ length: shape.processes }, (_, index): Process => {
        const hostile = shape.hostile ? HOSTILE[index % HOSTILE.length] : undefined;
        const name = hostile ?? (index === 0 ? "explorer.exe" : (NAMES[next(NAMES.length)] ?? ""));
        const parent = index === 0 ? null : next(Math.min(index, 30));
        const start = index < 6 ? null : Math.floor((end * next(800)) / 1000);
        return {
            log: 0,
            key: index + 100,
            pid: 400 + index * 4,
            parent,
            parentPid: parent === null ? 380 : 400 + parent * 4,
            name,
            path: `C:\\Windows\\System32\\${name}`,
            commandLine: `"C:\\Windows\\System32\\${name}" --type=renderer --id=${index}`,
            user: hostile ?? (index % 3 === 0 ? "NT AUTHORITY\\SYSTEM" : "DESKTOP\\Ann"),
            integrity: index % 3 === 0 ? "System" : index % 5 === 0 ? "High" : "Medium",
            session: index % 3 === 0 ? 0 : 1,
            bits: index % 7 === 0 ? 32 : 64,
            company: hostile ?? "Microsoft Corporation",
            description: hostile ?? "Host process",
            version: "10.0.19041.1",
            start,
            end: start !== null && next(3) > 0 ? Math.min(end, start + Math.floor((end * (20 + next(400))) / 1000)) : null,
            exitStatus: "0",
            events: CLASSES.map(() => 0),
            duration: 0,
        };
    });
}

function pathOf(group: number, next: (below: number) => number, hostile: string | undefined): string {
    if (group === 2) return `${KEYS[next(KEYS.length)] ?? ""}\\${hostile ?? `Value${next(60)}`}`;
    if (group === 3) return `desktop.local:${50_000 + next(50)} -> ${hostile ?? `server${next(9)}.example.net`}:443`;
    if (group === 4) return "";
    return `${FOLDERS[next(FOLDERS.length)] ?? ""}\\${hostile ?? `file${Math.floor(next(900) ** 2 / 900)}${EXTENSIONS[next(EXTENSIONS.length)] ?? ""}`}`;
}

function makeEvents(shape: Shape, processes: Process[], next: (below: number) => number, end: number): RawEvent[] {
    const times = Array.from({ length: shape.events }, (_, index) => {
        const burst = next(4) === 0 ? 0.28 + (next(10_000) / 10_000) * 0.08 : next(1_000_000) / 1_000_000;
        return index === 0 ? 0 : index === 1 ? end : Math.floor(burst * end);
    }).sort((a, b) => a - b);
    return times.map((time, number): RawEvent => {
        const process = Math.floor(next(processes.length) ** 2 / processes.length);
        const roll = next(100);
        const operation = roll < 5 ? next(4) : roll < 55 ? 4 + next(7) : roll < 88 ? 11 + next(4) : roll < 97 ? 15 + next(3) : 18;
        const kind = OPERATIONS[operation]?.counts;
        const group = OPERATIONS[operation]?.class ?? 0;
        const result = kind === "open" || kind === "read" ? (next(10) < 7 ? SUCCESS : next(5) === 0 ? DENIED : NOT_FOUND) : SUCCESS;
        const moves = kind === "read" || kind === "write" || kind === "send" || kind === "receive";
        const bytes = moves && group !== 2 && result === SUCCESS ? 1 + next(65_536) : null;
        const hostile = shape.hostile ? HOSTILE[number % HOSTILE.length] : undefined;
        return {
            number,
            time,
            duration: next(50) === 0 ? null : Math.floor(2 ** (next(180) / 10)),
            process,
            thread: 1000 + process * 10 + next(5),
            operation,
            result,
            path: pathOf(group, next, hostile),
            detail: detailOf(group, bytes, next, hostile),
            bytes,
            stack: next(3) === 0 ? null : stackOf(next, hostile),
            decoded: bytes === null && !hostile ? null : { File: { Transfer: { length: bytes, note: hostile ?? "priority", flags: ["a", hostile ?? "b"] } } },
        };
    });
}

function detailOf(group: number, bytes: number | null, next: (below: number) => number, hostile: string | undefined): string {
    if (hostile) return `Desired Access: ${hostile}, Options: ${hostile}`;
    if (bytes !== null) return `Offset: ${(next(4000) * 4096).toLocaleString("en-US")}, Length: ${bytes.toLocaleString("en-US")}, Priority: Normal`;
    if (group === 1) return `Desired Access: Generic Read, Disposition: Open, Options: Synchronous IO Non-Alert, Attributes: n/a, ShareMode: Read, Write, Delete, AllocationSize: n/a`;
    if (group === 2) return `Type: REG_DWORD, Length: 4, Data: ${next(100)}`;
    return "";
}

function stackOf(next: (below: number) => number, hostile: string | undefined): string[] {
    const depth = 4 + next(8);
    const frames = Array.from({ length: depth }, (_, level) => `${MODULES[(level * 3 + next(level < 3 ? 5 : 3)) % MODULES.length] ?? ""}+0x${(next(40) * 64 + 16).toString(16)}`);
    if (hostile) frames.push(`${hostile}+0x1`);
    return ["ntoskrnl.exe+0x1f40", ...frames, "ntdll.dll+0x52651"];
}

type Keyed = (event: RawEvent) => Cell;

function keyOf(by: GroupKey): Keyed {
    const split = (path: string): [string, string] => {
        const end = path.lastIndexOf("\\");
        return end < 0 ? [path, path] : [path.slice(0, end), path.slice(end + 1)];
    };
    return {
        path: (event: RawEvent) => event.path,
        remote: (event: RawEvent) => event.path.split(" -> ").at(-1) ?? "",
        folder: (event: RawEvent) => split(event.path)[0],
        extension: (event: RawEvent) => /(?<=\.)[^.]*$/su.exec(split(event.path)[1])?.[0] ?? "<none>",
        operation: (event: RawEvent) => OPERATIONS[event.operation]?.name ?? "",
        result: (event: RawEvent) => RESULTS[event.result]?.name ?? "",
        process: (event: RawEvent) => event.process,
    }[by];
}

/** The value of a column for the events of a group. Tests compare the page with this simple computation. */
function value(key: Cell, events: RawEvent[], column: Column): Cell {
    const chosen = column.counts ? events.filter((event) => OPERATIONS[event.operation]?.counts === column.counts) : events;
    const users = (access: Access): number => new Set(events.filter((event) => OPERATIONS[event.operation]?.access === access).map((event) => event.process)).size;
    const sum = (of: (event: RawEvent) => number): number => chosen.reduce((total, event) => total + of(event), 0);
    switch (column.measure) {
        case "key":
            return key;
        case "events":
            return chosen.length;
        case "failed":
            return sum((event) => (RESULTS[event.result]?.failed ? 1 : 0));
        case "duration":
            return sum((event) => event.duration ?? 0);
        case "timed":
            return sum((event) => (OPERATIONS[event.operation]?.timed ? (event.duration ?? 0) : 0));
        case "writers":
            return users("write");
        case "readers":
            return users("read");
        case "longest":
            return chosen.reduce((most, event) => Math.max(most, event.duration ?? 0), 0);
        case "bytes":
            return sum((event) => event.bytes ?? 0);
        case "processes":
            return new Set(chosen.map((event) => event.process)).size;
        default:
            return null;
    }
}

/** The rows of a table that groups events, as columns. */
export function grouped(events: RawEvent[], table: Table): Cell[][] {
    const { recipe } = table;
    if (recipe.from !== "groups") throw new Error("not a table of groups");
    const key = keyOf(recipe.by);
    const groups = new Map<Cell, RawEvent[]>();
    for (const event of events) {
        if (recipe.classes && !recipe.classes.includes(OPERATIONS[event.operation]?.class ?? 0)) continue;
        const name = key(event);
        if (name === "" && recipe.by !== "result" && recipe.by !== "extension") continue;
        const known = groups.get(name);
        if (known) known.push(event);
        else groups.set(name, [event]);
    }
    const owners = (list: RawEvent[], access: Access): number[] => list.filter((event) => OPERATIONS[event.operation]?.access === access).map((event) => event.process);
    const rows = [...groups].filter(([, list]) => {
        const writers = new Set(owners(list, "write"));
        return !recipe.shared || (writers.size > 0 && new Set([...writers, ...owners(list, "read")]).size > 1);
    });
    const data = table.columns.map((column) => rows.map(([name, list]) => value(name, list, column)));
    const order = rows.map((_, index) => index).sort((a, b) => Number(data[table.sorted]?.[b]) - Number(data[table.sorted]?.[a]));
    return data.map((list) => order.map((index) => list[index] ?? null));
}

function column(title: string, type: Column["type"], measure: Column["measure"], counts?: Counted): Column {
    return counts ? { title, type, measure, counts } : { title, type, measure };
}

const EVENTS = column("Events", "count", "events");
const TIME = column("Duration", "duration", "duration");
const FAILED = column("Failed", "count", "failed");
const FILE_COLUMNS = [
    EVENTS,
    column("Duration", "duration", "timed"),
    column("Opens", "count", "events", "open"),
    column("Reads", "count", "events", "read"),
    column("Writes", "count", "events", "write"),
    column("Bytes read", "bytes", "bytes", "read"),
    column("Bytes written", "bytes", "bytes", "write"),
    FAILED,
];

function makeTables(events: RawEvent[]): Table[] {
    const table = (id: string, title: string, description: string, columns: Column[], by: GroupKey, extra: object): Table => {
        const made: Table = { id, title, description, columns, data: [], rows: 0, sorted: 1, recipe: { from: "groups", by, ...extra } };
        made.data = grouped(events, made);
        made.rows = made.data[0]?.length ?? 0;
        if (made.rows > 1000) made.data = made.data.map((list) => list.slice(0, 1000));
        return made;
    };
    const first = (title: string, measure: "text" | "process" = "text"): Column => column(title, measure, "key");
    return [
        table("files", "Files", "File-system events by path.", [first("Path"), ...FILE_COLUMNS], "path", { classes: [1] }),
        table("folders", "Folders", "File-system events by folder.", [first("Folder"), ...FILE_COLUMNS], "folder", { classes: [1] }),
        table("extensions", "Extensions", "File-system events by extension of the name.", [first("Extension"), ...FILE_COLUMNS], "extension", { classes: [1] }),
        table("registry", "Registry", "Registry events by key and value.", [first("Path"), EVENTS, TIME, column("Opens", "count", "events", "open"), column("Reads", "count", "events", "read"), column("Writes", "count", "events", "write"), FAILED], "path", { classes: [2] }),
        table("network", "Network", "Network events by remote computer and port.", [first("Remote endpoint"), EVENTS, column("Sends", "count", "events", "send"), column("Receives", "count", "events", "receive"), column("Bytes sent", "bytes", "bytes", "send"), column("Bytes received", "bytes", "bytes", "receive")], "remote", { classes: [3] }),
        table("processes-table", "By process", "All events by process.", [first("Process", "process"), EVENTS, TIME, column("Longest", "duration", "longest"), FAILED], "process", {}),
        table("operations", "Operations", "All events by operation.", [first("Operation"), EVENTS, TIME, column("Longest", "duration", "longest"), column("Processes", "count", "processes"), FAILED], "operation", {}),
        table("results", "Results", "All events by result.", [first("Result"), EVENTS, TIME, column("Processes", "count", "processes")], "result", {}),
        slowest(events),
        table("cross-reference", "Cross reference", "Paths that one process writes and another one reads.", [first("Path"), column("Writers", "count", "writers"), column("Readers", "count", "readers")], "path", { classes: [1, 2], shared: true }),
    ];
}

function slowest(events: RawEvent[]): Table {
    const limit = 100;
    const rows = events.filter((event) => (event.duration ?? 0) > 0).sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, limit);
    return {
        id: "slowest",
        title: "Slowest calls",
        description: "The events of the longest duration. Click one to see it.",
        columns: [column("Duration", "duration", "duration"), column("Event", "event", "number"), column("Time", "time", "time"), column("Process", "process", "process"), column("Operation", "text", "operation"), column("Path", "text", "path"), column("Result", "text", "result")],
        data: [
            rows.map((event) => event.duration),
            rows.map((event) => event.number),
            rows.map((event) => event.time),
            rows.map((event) => event.process),
            rows.map((event) => OPERATIONS[event.operation]?.name ?? ""),
            rows.map((event) => event.path),
            rows.map((event) => RESULTS[event.result]?.name ?? ""),
        ],
        rows: rows.length,
        sorted: 0,
        recipe: { from: "slowest", limit },
    };
}

function makeFlame(events: RawEvent[]): Flame {
    const names: string[] = [];
    const numbers = new Map<string, number>();
    const nameOf = (text: string): number => {
        const known = numbers.get(text);
        if (known !== undefined) return known;
        numbers.set(text, names.push(text) - 1);
        return names.length - 1;
    };
    const trees = new Map<string, { tree: FlameTree; nodes: Map<string, number> }>();
    for (const event of events) {
        if (!event.stack) continue;
        const group = OPERATIONS[event.operation]?.class ?? 0;
        const operation = nameOf(OPERATIONS[event.operation]?.name ?? "");
        const id = `${event.process}/${operation}`;
        let entry = trees.get(id);
        if (!entry) trees.set(id, (entry = { tree: { process: event.process, class: group, operation, parent: [0], name: [nameOf("")], count: [0], duration: [0] }, nodes: new Map() }));
        const { tree, nodes } = entry;
        let node = 0;
        let last = "";
        for (const frame of [...event.stack].reverse()) {
            const name = frame.replace(/\+0x[^+]*$/u, "");
            if (name === last) continue;
            last = name;
            const key = `${node}/${nameOf(name)}`;
            let child = nodes.get(key);
            if (child === undefined) {
                child = tree.parent.push(node) - 1;
                tree.name.push(nameOf(name));
                tree.count.push(0);
                tree.duration.push(0);
                nodes.set(key, child);
            }
            node = child;
        }
        tree.count[node] = (tree.count[node] ?? 0) + 1;
        tree.duration[node] = (tree.duration[node] ?? 0) + (event.duration ?? 0);
    }
    return { names, trees: [...trees.values()].map(({ tree }) => tree) };
}

function makeTimeline(events: RawEvent[], end: number): Report["timeline"] {
    const buckets = 400;
    const width = Math.max(1, Math.ceil((end + 1) / buckets));
    const byClass = CLASSES.map(() => new Array<number>(Math.floor(end / width) + 1).fill(0));
    const cells = new Map<number, Map<string, number>>();
    for (const event of events) {
        const [bucket, group] = [Math.floor(event.time / width), OPERATIONS[event.operation]?.class ?? 0];
        const list = byClass[group] as number[];
        list[bucket] = (list[bucket] ?? 0) + 1;
        let own = cells.get(event.process);
        if (!own) cells.set(event.process, (own = new Map()));
        own.set(`${bucket} ${group}`, (own.get(`${bucket} ${group}`) ?? 0) + 1);
    }
    const largest = [...cells].sort((a, b) => b[1].size - a[1].size).slice(0, 40);
    return { start: 0, width, byClass, byProcess: largest.map(([process, own]) => ({ process, cells: [...own].flatMap(([key, count]) => [...key.split(" ").map(Number), count]) })) };
}

function makeFindings(events: RawEvent[], shape: Shape): Rule[] {
    const rule = (id: string, title: string, level: Rule["level"], explanation: string, fits: (event: RawEvent) => boolean): Rule => {
        const groups = new Map<string, RawEvent[]>();
        for (const event of events.filter(fits)) groups.set(event.path, [...(groups.get(event.path) ?? []), event]);
        const found = [...groups].sort((a, b) => b[1].length - a[1].length);
        return {
            id,
            title,
            level,
            explanation,
            findings: found.slice(0, 25).map(([text, list]) => ({ text, process: list[0]?.process ?? null, events: list.slice(0, 100).map((event) => event.number), count: list.length })),
            leftOut: Math.max(0, found.length - 25),
            incomplete: false,
        };
    };
    const of = (operation: string): ((event: RawEvent) => boolean) => (event) => OPERATIONS[event.operation]?.name === operation;
    return [
        rule("autostart", "Writes to autostart places", "high", "A program that writes to a Run key, a service or a Startup folder is started again with Windows.", (event) => of("RegSetValue")(event) && (shape.hostile === true || /\\Run\\/u.test(event.path))),
        rule("denied", "Access denied", "medium", "The same path was refused to a process several times. Missing rights often explain why a program fails.", (event) => event.result === DENIED && OPERATIONS[event.operation]?.class === 1),
        rule("missing-dll", "DLLs that were not found", "low", "A DLL was looked for where it does not exist. Anyone who may write there can have their code loaded.", (event) => event.result === NOT_FOUND && event.path.endsWith(".dll")),
        rule("connections", "Connections", "info", "Remote computers to which processes connected.", of("TCP Connect")),
        rule("dropped", "Executables written and then run", "high", "A file was written and later loaded as an image of a new process.", () => false),
    ];
}

function makeActivity(shape: Shape, next: (below: number) => number, end: number): Series[] {
    if (shape.events < 2) return [];
    const times = Array.from({ length: 61 }, (_, index) => Math.floor((end * index) / 60));
    const walk = (most: number): number[] => {
        let level = next(most / 3);
        return times.map(() => (level = Math.max(0, Math.min(most, level + next(most / 4) - Math.floor(most / 8)))));
    };
    const shown = Math.min(12, shape.processes);
    return Array.from({ length: shown }, (_, process) => process).flatMap((process): Series[] => [
        { process, metric: "CPU", unit: "percent", times, values: walk(100).map((value) => value / (1 + (process % 4))) },
        { process, metric: "Private bytes", unit: "bytes", times, values: walk(400_000_000) },
        { process, metric: "Working set", unit: "bytes", times, values: walk(600_000_000) },
    ]);
}

export function makeLog(shape: Shape): Log {
    const next = random(20_261_129);
    const end = shape.events < 2 ? 0 : (shape.seconds ?? 247) * TICKS + 1_234_567;
    const processes = makeProcesses(shape, next, end);
    const events = makeEvents(shape, processes, next, end);
    const byClass = CLASSES.map(() => 0);
    for (const event of events) {
        const group = OPERATIONS[event.operation]?.class ?? 0;
        byClass[group] = (byClass[group] ?? 0) + 1;
        const owner = processes[event.process] as Process;
        owner.events[group] = (owner.events[group] ?? 0) + 1;
        owner.duration += event.duration ?? 0;
    }
    const embedded = events.slice(0, shape.embedded ?? events.length);
    const note = embedded.length === 0 && events.length > 0 ? "No events are embedded, to limit the size of this page." : embedded.length < events.length ? `The first ${embedded.length.toLocaleString("en-US")} of ${events.length.toLocaleString("en-US")} events are embedded. The others are left out to limit the size of this page.` : "";
    const hostile = shape.hostile ? HOSTILE : [];
    const report: Report = {
        version: VERSION,
        generator: "pml 0.1.0",
        title: shape.hostile ? `${HOSTILE[0] ?? ""}${HOSTILE[21] ?? ""}.pml` : "capture.pml",
        epoch: "134082216000000000",
        utcOffset: 60,
        overview: {
            facts: [
                { name: "Processors", value: "8" },
                { name: "Memory", value: "16.0 GB" },
                ...hostile.map((text) => ({ name: text, value: text })),
            ],
            start: 0,
            end,
            events: events.length,
            byClass,
            processes: processes.length,
            warnings: shape.hostile ? [...HOSTILE] : shape.events === 0 ? ["The log has no events: the capture was stopped before it began."] : ["2 events of the log could not be read."],
            segments: shape.events === 0 ? [] : [
                { log: 0, name: hostile[0] ?? "capture.pml", bytes: 36_197_748, events: Math.ceil(events.length / 2), unreadable: 0, start: 0, end: Math.floor(end / 2), note: "" },
                { log: 0, name: hostile[3] ?? "capture-1.pml", bytes: 31_002_112, events: Math.floor(events.length / 2), unreadable: 2, start: Math.floor(end / 2), end, note: "was not closed" },
            ],
        },
        logs: [{ name: hostile[0] ?? "capture.pml", computer: hostile[2] ?? "DESKTOP-7Q2", system: hostile[1] ?? "Windows 10 Pro 22H2 (build 19045), 64-bit", first: 0 }],
        classes: CLASSES,
        timeline: makeTimeline(events, end),
        processes,
        operations: OPERATIONS,
        results: RESULTS,
        tables: makeTables(events),
        flame: null,
        findings: makeFindings(events, shape),
        activity: makeActivity(shape, next, end),
        events: { total: events.length, embedded: embedded.length, note, chunks: [], columns: COLUMNS },
    };
    const flame = makeFlame(events);
    if (flame.trees.length > 0) report.flame = { processes: [...new Set(flame.trees.map((tree) => tree.process))], leftOut: 0 };
    return { report, events, embedded, flame };
}

const COLUMNS: EventColumn[] = [
    { id: "number", encoding: "delta" },
    { id: "time", encoding: "delta" },
    { id: "duration", encoding: "optional" },
    { id: "process", encoding: "uint" },
    { id: "thread", encoding: "uint" },
    { id: "operation", encoding: "uint" },
    { id: "result", encoding: "uint" },
    { id: "path", encoding: "uint" },
    { id: "detail", encoding: "uint" },
    { id: "bytes", encoding: "optional" },
    { id: "stack", encoding: "optional" },
    { id: "decoded", encoding: "optional" },
];

function leb128(out: number[], value: number): void {
    let rest = value;
    while (rest >= 128) {
        out.push((rest % 128) | 128);
        rest = Math.floor(rest / 128);
    }
    out.push(rest);
}

/** Assigns indexes to texts, in the order of their first use. */
class Dictionary {
    readonly texts: string[] = [];
    private readonly numbers = new Map<string, number>();

    add(text: string): number {
        const known = this.numbers.get(text);
        if (known !== undefined) return known;
        this.numbers.set(text, this.texts.length);
        return this.texts.push(text) - 1;
    }
}

function packed(id: string, content: Uint8Array | string): string {
    const bytes = deflateRawSync(content, { level: 6 });
    return `<script type="text/plain" id="${id}">${bytes.toString("base64")}</script>\n`;
}

/** The elements of the embedded events. Sets `Events.chunks`. */
function elements({ report, embedded }: Log): string {
    const [paths, frames, stacks] = [new Dictionary(), new Dictionary(), new Dictionary()];
    const rowsPerChunk = 65_536;
    let html = "";
    report.events.chunks = [];
    for (let start = 0; start < embedded.length; start += rowsPerChunk) {
        const rows = embedded.slice(start, start + rowsPerChunk);
        const [details, decoded] = [new Dictionary(), new Dictionary()];
        const out: number[] = [];
        for (const { id, encoding } of COLUMNS) {
            let last = 0;
            for (const row of rows) {
                const field = {
                    path: () => paths.add(row.path),
                    detail: () => details.add(row.detail),
                    decoded: () => (row.decoded === null ? null : decoded.add(JSON.stringify(row.decoded))),
                    stack: () => row.stack && stacks.add(JSON.stringify(row.stack.map((frame) => frames.add(frame)))),
                }[id as string];
                const value = field ? field() : (row[id] as number | null);
                if (encoding === "uint") leb128(out, value ?? 0);
                else if (encoding === "optional") leb128(out, value === null ? 0 : value + 1);
                else {
                    const difference = (value ?? 0) - last;
                    leb128(out, difference < 0 ? -2 * difference - 1 : 2 * difference);
                    last = value ?? 0;
                }
            }
        }
        const chunk = report.events.chunks.push(rows.length) - 1;
        html += packed(`events-${chunk}`, Uint8Array.from(out)) + packed(`details-${chunk}`, JSON.stringify(details.texts)) + packed(`decoded-${chunk}`, `[${decoded.texts.join(",")}]`);
    }
    if (embedded.length === 0) return "";
    return html + packed("texts-paths", JSON.stringify(paths.texts)) + packed("texts-frames", JSON.stringify(frames.texts)) + packed("texts-stacks", `[${stacks.texts.join(",")}]`);
}

function hash(text: string): string {
    return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The complete page, as `pml report` writes it. */
export function page(log: Log): string {
    const root = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
    const [script, style] = ["report.js", "report.css"].map((name) => readFileSync(join(root, name), "utf8")) as [string, string];
    const chunks = elements(log) + (log.report.flame ? packed("flame", JSON.stringify(log.flame)) : "");
    const data = JSON.stringify(log.report).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
    const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(log.report.title)}</title>
<style>${style}</style>
</head>
<body>
<div id="summary"><h1>${escaped(log.report.title)}</h1><p>${log.report.overview.events} events</p></div>
<script type="application/json" id="report-data">${data}</script>
${chunks}<script>${script}</script>
</body>
</html>
`;
}

const [, program, kind, out] = process.argv;
if (program?.endsWith("make-data.mjs") && kind) {
    const shape = SHAPES[kind];
    if (!shape || !out) {
        console.error(`usage: make-data KIND OUT.html\nkinds: ${Object.keys(SHAPES).join(", ")}`);
        process.exitCode = 2;
    } else writeFileSync(out, page(makeLog(shape)));
}
