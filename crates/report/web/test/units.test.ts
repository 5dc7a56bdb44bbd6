/** Tests of functions that need no browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { field } from "../src/csv";
import { Numbers, zigzag } from "../src/decode";
import { extension, folder } from "../src/group";
import { Clock, bytes, duration, plural, visible } from "../src/text";

test("LEB128 numbers up to 2^53 are read", () => {
    const numbers = new Numbers(Uint8Array.from([0, 127, 0x80, 1, 0xe5, 0x8e, 0x26, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert.deepEqual([0, 1, 2, 3, 4].map(() => numbers.next()), [0, 127, 128, 624_485, 2 ** 53 - 1]);
    assert.throws(() => numbers.next(), /cut/u);
    assert.throws(() => new Numbers(Uint8Array.from([0x80])).next(), /cut/u);
});

test("zigzag numbers alternate between the signs", () => {
    assert.deepEqual([0, 1, 2, 3, 4].map(zigzag), [0, -1, 1, -2, 2]);
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
    assert.equal(visible("Zürich 東京 🙂"), "Zürich 東京 🙂");
});

test("fields of CSV are quoted, and formulas are disarmed", () => {
    assert.equal(field(`a "b", c`, true), `"a ""b"", c"`);
    assert.equal(field("=1+1", true), "'=1+1");
    assert.equal(field("-5", false), "-5");
});

test("folders and extensions are those of Windows paths", () => {
    assert.deepEqual(["C:\\a\\b.TXT", "C:\\b", "C:\\", "name"].map(folder), ["C:\\a", "C:\\", "C:\\", "name"]);
    assert.deepEqual(["C:\\a\\b.TXT", "C:\\a.b\\c", "C:\\.profile"].map(extension), [".txt", "", ""]);
});
