/** Decoders of the embedded elements. */

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    return bytes;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The decompressed bytes of an element. Removes the element, to free the memory of its text. */
export async function take(id: string): Promise<Uint8Array> {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`the report has no element ${id}`);
    const bytes = bytesOf((element.textContent ?? "").trim());
    element.remove();
    return inflate(bytes);
}

/** The JSON value in a compressed element. */
export async function takeJson<T>(id: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await take(id))) as T;
}

/** Reads unsigned LEB128 numbers. */
export class Leb128Reader {
    private position = 0;

    constructor(private readonly bytes: Uint8Array) {}

    next(): number {
        const bytes = this.bytes;
        let byte = this.read();
        if (byte < 0x80) return byte;
        let value = byte & 0x7f;
        let scale = 128;
        do {
            if (this.position >= bytes.length) throw new Error("a chunk of events is cut");
            byte = this.read();
            value += (byte & 0x7f) * scale;
            scale *= 128;
        } while (byte >= 0x80);
        return value;
    }

    private read(): number {
        const byte = this.bytes[this.position];
        if (byte === undefined) throw new Error("a chunk of events is cut");
        this.position += 1;
        return byte;
    }
}

/** The difference that a zigzag-encoded number represents. */
export function zigzag(value: number): number {
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
