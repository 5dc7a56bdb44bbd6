/** Texts of values. */
import ranges from "./hidden.json";

/** Characters that are invisible or change the direction of text. The writer of reports uses the same list. */
const HIDDEN = new RegExp(`[${ranges.map((range) => range.replace(/[0-9A-F]+/gu, "\\u{$&}")).join("")}]`, "gu");

/** A hidden character as an escape: `\u{202E}`. */
function escape(character: string): string {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}}`;
}

/** The text with escapes instead of hidden characters. */
export function visible(text: string): string {
    return text.replace(HIDDEN, escape);
}

/** Appends a text to an element. Escapes are in elements of their own, so that they differ from the same text. */
export function append(parent: Node, text: string): void {
    let end = 0;
    for (const match of text.matchAll(HIDDEN)) {
        if (match.index > end) parent.appendChild(document.createTextNode(text.slice(end, match.index)));
        const mark = document.createElement("span");
        mark.className = "escape";
        mark.textContent = escape(match[0]);
        parent.appendChild(mark);
        end = match.index + match[0].length;
    }
    if (end < text.length) parent.appendChild(document.createTextNode(end === 0 ? text : text.slice(end)));
}

const grouped = new Intl.NumberFormat("en-US");

export function count(value: number): string {
    return grouped.format(value);
}

/** A number and its noun: `1 event`, `2,000 events`. */
export function plural(value: number, noun: string): string {
    const many = noun.endsWith("s") ? `${noun}es` : `${noun}s`;
    return `${count(value)} ${value === 1 ? noun : many}`;
}

export function bytes(value: number): string {
    const units = ["B", "KB", "MB", "GB", "TB"];
    let scaled = value;
    let unit = 0;
    while (scaled >= 1024 && unit < units.length - 1) {
        scaled /= 1024;
        unit += 1;
    }
    return `${unit === 0 ? count(scaled) : scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A duration in ticks, in the largest unit that keeps three digits. */
export function duration(ticks: number): string {
    if (ticks === 0) return "0";
    if (ticks < 10) return `${ticks * 100} ns`;
    if (ticks < 10_000) return `${digits(ticks / 10)} µs`;
    if (ticks < 10_000_000) return `${digits(ticks / 10_000)} ms`;
    if (ticks < 1_200_000_000) return `${digits(ticks / 10_000_000)} s`;
    const seconds = Math.round(ticks / 10_000_000);
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours > 0 ? `${count(hours)} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

function digits(value: number): string {
    return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

const TICKS_PER_DAY = 864_000_000_000;

/** Converts times of the report to clock times. */
export class Clock {
    /** Ticks from midnight to the epoch. */
    private readonly offset: number;
    private readonly day: number;
    private readonly zone: string;

    constructor(epoch: string, utcOffset: number) {
        const local = BigInt(epoch) + BigInt(utcOffset) * 600_000_000n;
        this.day = Number(local / BigInt(TICKS_PER_DAY));
        this.offset = Number(local % BigInt(TICKS_PER_DAY));
        const minutes = Math.abs(utcOffset);
        const sign = utcOffset < 0 ? "-" : "+";
        this.zone = utcOffset === 0 ? "UTC" : `UTC${sign}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`;
    }

    /** Seconds since the midnight before the epoch. */
    seconds(time: number): number {
        return (this.offset + time) / 10_000_000;
    }

    /** The time in ticks, given in seconds since the midnight before the epoch. */
    fromSeconds(seconds: number): number {
        return Math.round(seconds * 10_000_000) - this.offset;
    }

    /** The clock time, `13:05:09.1234567`, with the given number of decimals. */
    time(time: number, decimals = 7): string {
        const ticks = (((this.offset + time) % TICKS_PER_DAY) + TICKS_PER_DAY) % TICKS_PER_DAY;
        const seconds = Math.floor(ticks / 10_000_000);
        const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => pad(Math.floor(part), 2)).join(":");
        if (decimals === 0) return clock;
        return `${clock}.${pad(ticks % 10_000_000, 7).slice(0, decimals)}`;
    }

    date(time: number): string {
        const day = this.day + Math.floor((this.offset + time) / TICKS_PER_DAY);
        const date = new Date(Date.UTC(1601, 0, 1) + day * 86_400_000);
        return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
    }

    /** Date, clock time and time zone. */
    full(time: number, decimals = 7): string {
        return `${this.date(time)} ${this.time(time, decimals)} ${this.zone}`;
    }
}

function pad(value: number, width: number): string {
    return String(value).padStart(width, "0");
}
