/** A table that creates elements for the visible rows only. */
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import { add, el, fill } from "./dom";
import { count } from "./text";

export interface GridColumn {
    title: string;
    /** A track of a CSS grid: `120px`, `minmax(200px, 1fr)`. */
    width: string;
    right?: boolean;
    /** Absent: the column cannot be sorted. */
    sort?: boolean;
}

export interface GridOptions {
    label: string;
    columns: GridColumn[];
    rowHeight: number;
    /** Height of the table, in CSS. */
    height: string;
    tree?: boolean;
    /** Fills the cells of a row, in the order of the columns. */
    render(row: number, cells: HTMLElement[], element: HTMLElement): void;
    activate?(row: number, event: MouseEvent | KeyboardEvent): void;
    /** Called when the cursor moves to a row. */
    move?(row: number): void;
    sort?(column: number): void;
    /** Opens or closes the branch of a row of a tree. */
    fold?(row: number, open: boolean): void;
}

/** Browsers limit the height of elements. Rows beyond the limit are not shown. */
const MAX_HEIGHT = 15_000_000;
const HEADER = 30;
const PRINTED_ROWS = 60;

/** Sum of the smallest widths of the columns: the first number of each width. */
function smallest(columns: GridColumn[]): number {
    return columns.reduce((sum, column) => sum + Number.parseFloat(/[\d.]+(?=px)/u.exec(column.width)?.[0] ?? "0"), 0);
}

let grids = 0;

export class Grid {
    readonly element: HTMLElement;
    private readonly scroller: HTMLElement;
    private readonly body: HTMLElement;
    private readonly headers: HTMLElement[] = [];
    private readonly empty: HTMLElement;
    private readonly printed = el("p", { class: "print-note", hidden: true });
    private readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>;
    private readonly pool: { element: HTMLElement; cells: HTMLElement[] }[] = [];
    private readonly id = `grid-${(grids += 1)}`;
    private length = 0;
    private cursor = -1;
    private printing = false;
    private readonly unmount: () => void;
    private readonly beforePrint = (): void => this.print(true);
    private readonly afterPrint = (): void => this.print(false);

    constructor(private readonly options: GridOptions) {
        const tracks = options.columns.map((column) => column.width).join(" ");
        const head = el("div", { class: "grid-row grid-head", role: "row", "aria-rowindex": 1 });
        head.style.gridTemplateColumns = tracks;
        options.columns.forEach((column, index) => head.append(this.header(column, index)));
        this.body = el("div", { class: "grid-body", role: "rowgroup" });
        this.empty = el("p", { class: "grid-empty" }, "Reading…");
        const inner = el("div", { class: "grid-inner" }, el("div", { class: "grid-top", role: "rowgroup" }, head), this.body);
        inner.style.minWidth = `${smallest(options.columns)}px`;
        this.scroller = el(
            "div",
            {
                class: "grid",
                id: this.id,
                role: options.tree ? "treegrid" : "grid",
                tabindex: "0",
                "aria-label": options.label,
                "aria-colcount": options.columns.length,
                keydown: (event) => this.key(event as KeyboardEvent),
            },
            inner,
            this.empty,
            this.printed,
        );
        this.scroller.style.height = options.height;
        this.scroller.style.setProperty("--tracks", tracks);
        this.scroller.style.setProperty("--row", `${options.rowHeight}px`);
        this.element = this.scroller;
        this.virtualizer = new Virtualizer(this.settings());
        this.unmount = this.virtualizer._didMount();
        window.addEventListener("beforeprint", this.beforePrint);
        window.addEventListener("afterprint", this.afterPrint);
    }

    /** Removes all listeners and observers. The grid must not be used afterwards. */
    destroy(): void {
        this.unmount();
        window.removeEventListener("beforeprint", this.beforePrint);
        window.removeEventListener("afterprint", this.afterPrint);
    }

    private settings(): ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0] {
        return {
            count: Math.min(this.length, Math.floor(MAX_HEIGHT / this.options.rowHeight)),
            getScrollElement: () => this.scroller,
            estimateSize: () => this.options.rowHeight,
            overscan: 8,
            scrollPaddingStart: HEADER,
            paddingEnd: HEADER,
            observeElementRect,
            observeElementOffset,
            scrollToFn: elementScroll,
            onChange: () => this.draw(),
        };
    }

    private header(column: GridColumn, index: number): HTMLElement {
        const cell = el("div", { class: `grid-cell${column.right ? " right" : ""}`, role: "columnheader", "aria-colindex": index + 1 });
        const sort = this.options.sort;
        if (column.sort && sort) {
            add(cell, el("button", { type: "button", class: "grid-sort", title: `Sort by ${column.title}`, click: () => sort(index) }, column.title));
        } else add(cell, column.title);
        this.headers.push(cell);
        return cell;
    }

    /** Shows in the header by which column and in which direction the table is sorted. */
    mark(column: number, descending: boolean): void {
        this.headers.forEach((header, index) => {
            if (index === column) header.setAttribute("aria-sort", descending ? "descending" : "ascending");
            else header.removeAttribute("aria-sort");
        });
    }

    /** Sets the number of rows, and redraws them. */
    update(length: number, { top = true, empty = "No rows." } = {}): void {
        this.length = length;
        this.scroller.setAttribute("aria-rowcount", String(length + 1));
        fill(this.empty, empty);
        this.empty.hidden = length > 0;
        this.virtualizer.setOptions(this.settings());
        this.virtualizer._willUpdate();
        if (top) {
            this.cursor = -1;
            this.scroller.removeAttribute("aria-activedescendant");
            this.scroller.scrollTop = 0;
            this.virtualizer.scrollToOffset(0);
        }
        this.virtualizer.measure();
        this.draw();
    }

    /** A note if the table cannot show all rows. */
    get limit(): string {
        const most = Math.floor(MAX_HEIGHT / this.options.rowHeight);
        return this.length > most ? `The table shows the first ${count(most)} rows of this order.` : "";
    }

    /** Draws the visible rows again. */
    draw(): void {
        if (this.printing) return;
        this.body.style.height = `${this.virtualizer.getTotalSize()}px`;
        const items = this.virtualizer.getVirtualItems();
        items.forEach((item, slot) => this.place(slot, item.index, item.start));
        this.hideFrom(items.length);
    }

    private place(slot: number, row: number, start: number): void {
        const { element, cells } = this.slot(slot);
        element.hidden = false;
        element.style.transform = `translateY(${start}px)`;
        element.id = `${this.id}-${row}`;
        element.dataset["row"] = String(row);
        element.setAttribute("aria-rowindex", String(row + 2));
        element.classList.toggle("cursor", row === this.cursor);
        element.classList.toggle("odd", row % 2 === 1);
        this.options.render(row, cells, element);
    }

    private hideFrom(slot: number): void {
        for (const { element } of this.pool.slice(slot)) element.hidden = true;
    }

    private slot(index: number): { element: HTMLElement; cells: HTMLElement[] } {
        const known = this.pool[index];
        if (known) return known;
        const cells = this.options.columns.map((column, position) =>
            el("div", { class: `grid-cell${column.right ? " right" : ""}`, role: "gridcell", "aria-colindex": position + 1 }),
        );
        const element = el("div", { class: "grid-row", role: "row" }, ...cells);
        element.addEventListener("click", (event) => {
            const row = Number(element.dataset["row"]);
            this.moveTo(row, false);
            this.options.activate?.(row, event);
        });
        this.body.append(element);
        const made = { element, cells };
        this.pool[index] = made;
        return made;
    }

    /** Moves the cursor to a row, and scrolls to it. */
    moveTo(row: number, scroll = true): void {
        if (this.length === 0) return;
        this.cursor = Math.max(0, Math.min(this.virtualizer.options.count - 1, row));
        if (scroll) this.virtualizer.scrollToIndex(this.cursor, { align: "auto" });
        this.draw();
        this.scroller.setAttribute("aria-activedescendant", `${this.id}-${this.cursor}`);
        this.options.move?.(this.cursor);
    }

    private key(event: KeyboardEvent): void {
        if (event.target !== this.scroller || event.ctrlKey || event.metaKey || event.altKey) return;
        const open = { ArrowRight: true, ArrowLeft: false }[event.key];
        if (open !== undefined && this.options.fold && this.cursor >= 0) {
            this.options.fold(this.cursor, open);
            event.preventDefault();
            return;
        }
        const page = Math.max(1, Math.floor((this.scroller.clientHeight - HEADER) / this.options.rowHeight) - 1);
        const steps: Record<string, number> = {
            ArrowDown: 1,
            ArrowUp: -1,
            PageDown: page,
            PageUp: -page,
            Home: -this.length,
            End: this.length,
        };
        const step = steps[event.key];
        if (step !== undefined) this.moveTo(Math.max(this.cursor, step > 0 ? this.cursor : 0) + step);
        else if ((event.key === "Enter" || event.key === " ") && this.cursor >= 0) this.options.activate?.(this.cursor, event);
        else return;
        event.preventDefault();
    }

    /** Before printing (`on`), shows the first rows without scrolling. After printing, shows the visible rows again. */
    private print(on: boolean): void {
        this.printing = on;
        this.scroller.classList.toggle("printing", on);
        if (!on) {
            this.printed.hidden = true;
            this.draw();
            return;
        }
        const rows = Math.min(this.length, PRINTED_ROWS);
        this.printed.hidden = rows === this.length;
        fill(this.printed, `The first ${count(rows)} of ${count(this.length)} rows are printed.`);
        for (let row = 0; row < rows; row += 1) this.place(row, row, 0);
        this.hideFrom(rows);
    }
}
