/** The selection of the page, and the listeners of its changes. */
import type { Selection } from "./source";
import { EVERYTHING } from "./source";

type Listener = (selection: Selection) => void | Promise<void>;

export class State {
    private current: Selection = EVERYTHING;
    private readonly listeners: Listener[] = [];
    private readonly themed: (() => void)[] = [];

    get selection(): Selection {
        return this.current;
    }

    /** Calls a listener now and after each change. */
    follow(listener: Listener): void {
        this.listeners.push(listener);
        void listener(this.current);
    }

    change(part: Partial<Selection>): void {
        this.current = { ...this.current, ...part };
        for (const listener of this.listeners) void listener(this.current);
    }

    clear(): void {
        this.change(EVERYTHING);
    }

    /** Calls a function after each change of the colors. */
    onTheme(redraw: () => void): void {
        this.themed.push(redraw);
    }

    themeChanged(): void {
        for (const redraw of this.themed) redraw();
    }
}

/** Of several overlapping computations, uses only the result of the newest one. */
export class Latest {
    private turn = 0;

    /** Returns the value, or undefined if a newer computation has started. */
    async run<T>(value: Promise<T>): Promise<T | undefined> {
        const turn = ++this.turn;
        const result = await value;
        return turn === this.turn ? result : undefined;
    }
}
