/** The part of d3-flame-graph that the page uses. The package has no types. */
declare module "d3-flame-graph" {
    interface FlameFrame {
        data: unknown;
        depth: number;
        highlight?: boolean;
    }

    interface FlameChart {
        (selection: unknown): FlameChart;
        width(value: number): FlameChart;
        cellHeight(value: number): FlameChart;
        minFrameSize(value: number): FlameChart;
        transitionDuration(value: number): FlameChart;
        inverted(value: boolean): FlameChart;
        sort(value: boolean): FlameChart;
        getName(name: (frame: FlameFrame) => string): FlameChart;
        setLabelHandler(label: (frame: FlameFrame) => string): FlameChart;
        setDetailsHandler(show: (text: unknown) => void): FlameChart;
        setSearchMatch(matches: (frame: FlameFrame, term: string) => boolean): FlameChart;
        setSearchHandler(show: (found: unknown, sum: number, total: number) => void): FlameChart;
        setColorMapper(color: (frame: FlameFrame, original: string) => string): FlameChart;
        search(term: string): void;
        clear(): void;
        resetZoom(): void;
        destroy(): FlameChart;
    }

    export default function flamegraph(): FlameChart;
}
