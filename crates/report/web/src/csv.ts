/** CSV files, and texts for the clipboard. */

/** Adds an apostrophe to a text that begins like a formula, so that a spreadsheet does not evaluate it. */
function disarmed(value: string, isText: boolean): string {
    return isText && /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
}

/** A field of a CSV file. */
export function field(value: string, isText: boolean): string {
    const safe = disarmed(value, isText);
    return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell of a table that the user pastes into a spreadsheet. */
export function cell(value: string, isText: boolean): string {
    return disarmed(value.replace(/[\t\r\n]/gu, " "), isText);
}

/** Offers a text as a file, with a byte order mark, so that spreadsheets read it as UTF-8. */
export function download(name: string, text: string): void {
    const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * Copies a text to the clipboard. Returns false if the browser does not allow it. A page that was opened from disk may
 * not have access to `navigator.clipboard`; then, the text is copied from a selection.
 */
export async function copy(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        return done;
    }
}
