/** The embedded events as arrays, one for each column. */
import type { Events } from "./data";
import { Leb128Reader, take, takeJson, zigzag } from "./decode";

/** The value that is stored where an optional column has no value. */
export const NONE = 0xffffffff;

export class Columns {
    readonly length: number;
    readonly number: Uint32Array;
    readonly time: Float64Array;
    /** NaN: no value. */
    readonly duration: Float64Array;
    readonly process: Uint32Array;
    readonly thread: Uint32Array;
    readonly operation: Uint32Array;
    readonly result: Uint32Array;
    readonly path: Uint32Array;
    readonly detail: Uint32Array;
    /** NaN: no value. */
    readonly bytes: Float64Array;
    readonly stack: Uint32Array;
    readonly decoded: Uint32Array;
    paths: string[] = [];
    private readonly details: (Promise<string[]> | undefined)[] = [];
    private readonly values: (Promise<unknown[]> | undefined)[] = [];
    private frames: Promise<string[]> | undefined;
    private stacks: Promise<number[][]> | undefined;

    private constructor(private readonly events: Events) {
        const length = events.chunks.reduce((sum, rows) => sum + rows, 0);
        this.length = length;
        this.number = new Uint32Array(length);
        this.time = new Float64Array(length);
        this.duration = new Float64Array(length).fill(Number.NaN);
        this.process = new Uint32Array(length);
        this.thread = new Uint32Array(length).fill(NONE);
        this.operation = new Uint32Array(length);
        this.result = new Uint32Array(length);
        this.path = new Uint32Array(length);
        this.detail = new Uint32Array(length);
        this.bytes = new Float64Array(length).fill(Number.NaN);
        this.stack = new Uint32Array(length).fill(NONE);
        this.decoded = new Uint32Array(length).fill(NONE);
    }

    /** Decodes all chunks. Details and stacks are decoded when they are first read. */
    static async load(events: Events): Promise<Columns> {
        const columns = new Columns(events);
        let row = 0;
        for (const [chunk, rows] of events.chunks.entries()) {
            columns.decode(await take(`events-${chunk}`), row, rows);
            row += rows;
        }
        if (columns.length > 0) columns.paths = await takeJson<string[]>("texts-paths");
        return columns;
    }

    get hasStacks(): boolean {
        return this.length > 0 && this.events.columns.some((column) => column.id === "stack");
    }

    private decode(bytes: Uint8Array, start: number, rows: number): void {
        const numbers = new Leb128Reader(bytes);
        for (const { id, encoding } of this.events.columns) {
            const target = this[id];
            const missing = target instanceof Float64Array ? Number.NaN : NONE;
            let last = 0;
            for (let row = start; row < start + rows; row += 1) {
                const value = numbers.next();
                if (encoding === "uint") last = value;
                else if (encoding === "delta") last += zigzag(value);
                else last = value === 0 ? missing : value - 1;
                target[row] = last;
            }
        }
    }

    /** Index of the chunk that contains a row. */
    chunkOf(row: number): number {
        let end = 0;
        return this.events.chunks.findIndex((rows) => row < (end += rows));
    }

    detailsOf(chunk: number): Promise<string[]> {
        return (this.details[chunk] ??= takeJson<string[]>(`details-${chunk}`));
    }

    async detailOf(row: number): Promise<string> {
        const details = await this.detailsOf(this.chunkOf(row));
        return details[this.detail[row] ?? 0] ?? "";
    }

    /** The decoded detail of an event; null if it is not embedded. */
    async decodedOf(row: number): Promise<unknown> {
        const index = this.decoded[row] ?? NONE;
        if (index === NONE) return null;
        const chunk = this.chunkOf(row);
        const values = await (this.values[chunk] ??= takeJson<unknown[]>(`decoded-${chunk}`));
        return values[index] ?? null;
    }

    /** All stacks, as indexes of frames, and the texts of the frames. */
    async allStacks(): Promise<{ stacks: number[][]; frames: string[] }> {
        this.frames ??= takeJson<string[]>("texts-frames");
        this.stacks ??= takeJson<number[][]>("texts-stacks");
        return { stacks: await this.stacks, frames: await this.frames };
    }

    async stackOf(row: number): Promise<string[] | null> {
        const index = this.stack[row] ?? NONE;
        if (index === NONE || !this.hasStacks) return null;
        const { stacks, frames } = await this.allStacks();
        return (stacks[index] ?? []).map((frame) => frames[frame] ?? "");
    }

    chunks(): number[] {
        return this.events.chunks;
    }
}
