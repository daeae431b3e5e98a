// What can be told without a browser: the tree of a trace, the points of a chart.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { assert } from "./facts.mjs";

async function load(name) {
    const path = fileURLToPath(new URL(`../../../crates/tachograph-monitor/page/src/${name}.ts`, import.meta.url));
    const { outputFiles: [file] } = await build({ entryPoints: [path], bundle: true, write: false, format: "esm", logLevel: "silent" });
    return import(`data:text/javascript;base64,${Buffer.from(file.text).toString("base64")}`);
}

const span = (id, parent, more = {}) => ({ span_id: id, parent_span_id: parent, parent_is_remote: false, ...more });

export async function logic(facts) {
    const { tree } = await load("tree");
    const { plotted, lonely, window } = await load("history");
    const drawn = (spans) => tree(spans).map((row) => `${"  ".repeat(row.depth)}${row.span.span_id} ${row.below} ${row.place}/${row.siblings}${row.orphan ? " orphan" : ""}`);

    await facts.fact("a tree has each span below its parent, in the order of their starts", () => {
        assert.deepEqual(drawn([span("a", null), span("b", "a"), span("c", "b"), span("d", "a")]), ["a 3 1/1", "  b 1 1/2", "    c 0 1/1", "  d 0 2/2"]);
    });
    await facts.fact("a span without its parent stands at the root and is marked, unless its parent is of another process", () => {
        assert.deepEqual(drawn([span("a", "gone", { parent_is_remote: true }), span("b", "lost"), span("c", "b")]), ["a 0 1/2", "b 1 2/2 orphan", "  c 0 1/1"]);
    });
    await facts.fact("spans that are each other's parents, or their own, are shown once", () => {
        assert.deepEqual(drawn([span("a", "b"), span("b", "a"), span("c", "c"), span("d", "b")]), ["c 0 1/1 orphan", "a 2 1/1 orphan", "  b 1 1/1", "    d 0 1/1"]);
    });
    await facts.fact("two spans of one id are both shown", () => {
        assert.deepEqual(drawn([span("a", null), span("b", "a"), span("b", "a"), span("c", "b")]).length, 4);
    });
    await facts.fact("a trace that is 2,000 deep is no difficulty", () => {
        assert.equal(tree(Array.from({ length: 2_000 }, (_, at) => span(`s${at}`, at === 0 ? null : `s${at - 1}`))).at(-1).depth, 1_999);
    });

    const history = (points) => ({ minutes: 15, step_seconds: 10, points: points.map(([timestamp, seconds]) => ({ timestamp, seconds })) });
    await facts.fact("no line bridges a time without points", () => {
        assert.deepEqual(plotted(history([[0, 10], [10, 10], [50, 10], [60, 10]])).map((point) => point?.timestamp ?? null), [0, 10, null, 50, 60]);
        assert.deepEqual(window(history([[0, 10], [10, 10], [50, 10]]), { minutes: 15, label: "15 min" }).times, [0, 10, 20, 50]);
    });
    await facts.fact("an interval that is not half over is not drawn", () => {
        assert.deepEqual(plotted(history([[0, 10], [10, 4.9]])).map(({ timestamp }) => timestamp), [0]);
        assert.deepEqual(plotted(history([[0, 10], [10, 5]])).map(({ timestamp }) => timestamp), [0, 10]);
        assert.deepEqual(plotted(history([])), []);
    });
    await facts.fact("a point without neighbours is drawn as a point", () => {
        assert.deepEqual(lonely([1, null, 2, 3, null, 0]), [0, 5]);
    });
}
