/** Tests of functions that need no browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, field } from "../src/csv";
import { Leb128Reader, zigzag } from "../src/decode";
import { extension, folder, remote } from "../src/group";
import paths from "./paths.json";
import { Clock, bytes, duration, plural, visible } from "../src/text";

test("LEB128 numbers up to 2^53 are read", () => {
    const numbers = new Leb128Reader(Uint8Array.from([0, 127, 0x80, 1, 0xe5, 0x8e, 0x26, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert.deepEqual([0, 1, 2, 3, 4].map(() => numbers.next()), [0, 127, 128, 624_485, 2 ** 53 - 1]);
    assert.throws(() => numbers.next(), /cut/u);
    assert.throws(() => new Leb128Reader(Uint8Array.from([0x80])).next(), /cut/u);
});

test("zigzag numbers alternate between the signs", () => {
    assert.deepEqual([0, 1, 2, 3, 4].map(zigzag), [0, -1, 1, -2, 2]);
});

test("numbers of the largest differences are exact", () => {
    const leb128 = (value: bigint): number[] => (value < 128n ? [Number(value)] : [Number(value % 128n) | 128, ...leb128(value / 128n)]);
    for (const difference of [2n ** 52n - 1n, 1n - 2n ** 52n]) {
        const encoded = difference < 0n ? -2n * difference - 1n : 2n * difference;
        assert.equal(BigInt(zigzag(new Leb128Reader(Uint8Array.from(leb128(encoded))).next())), difference);
    }
});

test("times are exact to 100 ns, also beyond midnight and before the origin", () => {
    // 2025-11-21 18:00:00 UTC
    const clock = new Clock("134082216000000000", 60);
    assert.equal(clock.full(1), "2025-11-21 19:00:00.0000001 UTC+01:00");
    assert.equal(clock.full(5 * 3600 * 10_000_000 + 1_234_567), "2025-11-22 00:00:00.1234567 UTC+01:00");
    assert.equal(clock.time(-1), "18:59:59.9999999");
    assert.equal(new Clock("134082216000000000", -210).full(0, 0), "2025-11-21 14:30:00 UTC-03:30");
    for (const ticks of [0, 1, 123_456_789, 2_471_234_567]) assert.equal(clock.fromSeconds(clock.seconds(ticks)), ticks);
});

test("durations and sizes have three digits", () => {
    assert.deepEqual([0, 1, 12, 15_286, 300_000, 25_000_000, 1_300_000_000, 72_000_000_000].map(duration), ["0", "100 ns", "1.20 µs", "1.53 ms", "30.0 ms", "2.50 s", "2 min 10 s", "2 h 0 min"]);
    assert.deepEqual([0, 1023, 1024, 1_048_576 * 15].map(bytes), ["0 B", "1,023 B", "1.00 KB", "15.0 MB"]);
    assert.equal(plural(1, "process"), "1 process");
    assert.equal(plural(2000, "process"), "2,000 processes");
});

test("hidden characters become escapes", () => {
    assert.equal(visible("a\u202eb\u0000\u{e0041}\ud800\u00a0"), "a\\u{202E}b\\u{0000}\\u{E0041}\\u{D800}\\u{00A0}");
    assert.equal(visible("\u0890\u2065\u2800\u180b\u{110bd}\u{e0fff}\u2028"), "\\u{0890}\\u{2065}\\u{2800}\\u{180B}\\u{110BD}\\u{E0FFF}\\u{2028}");
    assert.equal(visible("Zürich 東京 🙂"), "Zürich 東京 🙂");
});

test("fields of CSV are quoted, and formulas are disarmed", () => {
    assert.equal(field(`a "b", c`, true), `"a ""b"", c"`);
    assert.equal(field("=1+1", true), "'=1+1");
    assert.equal(field("-5", false), "-5");
    assert.equal(cell('=HYPERLINK("http://127.0.0.1:9")', true), `'=HYPERLINK("http://127.0.0.1:9")`);
    assert.equal(cell("a\tb\r\nc", true), "a b  c");
});

test("paths are divided as by the library", () => {
    assert(paths.length > 5);
    for (const expected of paths) {
        const { path } = expected;
        assert.deepEqual({ path, folder: folder(path), extension: extension(path), remote: remote(path) }, expected);
    }
});
