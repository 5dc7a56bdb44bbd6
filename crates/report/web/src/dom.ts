/** Creates elements. Texts become text nodes, never HTML. */
import { append } from "./text";

type Child = Node | string | null | undefined;

interface Attributes {
    [name: string]: string | number | boolean | ((event: Event) => void) | undefined;
}

/** An element with attributes and children. Functions are listeners: `{ click: () => ... }`. */
export function el<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name, value);
        else if (value === true) element.setAttribute(name, "");
        else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
    }
    add(element, ...children);
    return element;
}

export function add(parent: Node, ...children: Child[]): void {
    for (const child of children) {
        if (typeof child === "string") append(parent, child);
        else if (child) parent.appendChild(child);
    }
}

/** Replaces the children of an element. */
export function fill(parent: Element, ...children: Child[]): void {
    parent.replaceChildren();
    add(parent, ...children);
}

/** The text of each cell that `put` has set. */
const shown = new WeakMap<Element, string>();

/** Sets the text of a cell. Does nothing if the cell has the text already, because cells are updated often. */
export function put(cell: Element, text: string): void {
    if (shown.get(cell) === text) return;
    shown.set(cell, text);
    fill(cell, text);
}

export function button(label: string, click: (event: Event) => void, attributes: Attributes = {}): HTMLButtonElement {
    return el("button", { type: "button", click, ...attributes }, label);
}

/** A text field that reports changes when the user pauses typing. */
export function searchField(label: string, change: (text: string) => void): HTMLInputElement {
    let timer = 0;
    const field = el("input", {
        type: "search",
        class: "search",
        placeholder: label,
        "aria-label": label,
        spellcheck: "false",
        autocomplete: "off",
        input: () => {
            window.clearTimeout(timer);
            timer = window.setTimeout(() => change(field.value), 150);
        },
    });
    return field;
}

export function choice(label: string, options: [string, string][], change: (value: string) => void): HTMLLabelElement {
    const list = el("select", { change: () => change(list.value) });
    for (const [value, text] of options) list.append(el("option", { value }, text));
    return el("label", { class: "choice" }, el("span", {}, label), list);
}

/** A section of the page with its heading. */
export function section(id: string, title: string, ...children: Child[]): HTMLElement {
    const heading = el("h2", { id: `${id}-title` }, title);
    return el("section", { id, "aria-labelledby": `${id}-title`, tabindex: "-1" }, heading, ...children);
}

/** A color of the theme, for canvases. */
export function color(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
