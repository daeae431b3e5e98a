// What is shown is what the API answers.

import { assert, eventually } from "./facts.mjs";
import { refreshed } from "./browser.mjs";
import { format } from "./format.mjs";

const { count, compact, duration, percent, usd, rate } = format;
const sum = (values) => values.reduce((all, value) => all + (value ?? 0), 0);

/** The key figures that follow from the answers, by another way than the page goes. */
export function expectedFigures(stats, history) {
    const caches = Object.values(stats.caches);
    const hits = sum(caches.map(({ hits }) => hits));
    const lookups = hits + sum(caches.map(({ misses }) => misses));
    const p95 = history.points.map(({ p95_ms }) => p95_ms).filter((value) => value !== null);
    return {
        "requests": rate(stats.requests_per_second),
        "error-rate": percent(stats.recent_error_rate_percent),
        "p95": duration(p95.at(-1) ?? null),
        "in-flight": count(stats.active_requests),
        "agent-runs": compact(sum(Object.values(stats.agents).map(({ calls }) => calls))),
        "model-calls": compact(stats.llm.calls),
        "tokens": `${compact(stats.llm.input_tokens)} / ${compact(stats.llm.output_tokens)}`,
        "cost": usd(stats.llm.cost_usd),
        "cache": percent(lookups === 0 ? null : (hits / lookups) * 100),
        "rate-limits": count(stats.rate_limit_hits),
    };
}

const CELLS = {
    calls: count, errors: count, error_rate: percent, "4xx": count, "5xx": count, cancelled: count, input_tokens: count, output_tokens: count, cost: usd,
    avg: duration, p50: duration, p95: duration, p99: duration, hits: count, misses: count, hit_rate: percent, system: (value) => value,
};
const FIELDS = { "4xx": "errors_4xx", "5xx": "errors_5xx", cost: "cost_usd", avg: "avg_response_time" };

export const GROUPS = ["endpoints", "agents", "models", "tools", "databases", "caches", "workflows", "commands", "rpc", "http_clients", "rpc_clients"];

export function groupOf(stats, id) {
    return id === "models" ? stats.llm.models : stats[id];
}

/** The tables as they are shown: by table, by row, by column. */
export function shownTables(page) {
    return page.evaluate(() => {
        const tables = {};
        for (const section of document.querySelectorAll(".tables > section")) {
            const heads = [...section.querySelectorAll("thead button")].map((head) => head.dataset.sort);
            const rows = [...section.querySelectorAll("tbody > tr[data-key]")].map((row) => {
                const cells = [...row.cells].map((cell) => cell.textContent);
                return { key: row.dataset.key, cells: heads.map((head, index) => [head, cells[index]]) };
            });
            tables[section.id] = { hidden: section.hidden, rows };
        }
        return tables;
    });
}

/** Each figure and each row is as the API answers, at one of some refreshes: an application that works is never still. */
export async function figuresAgree(page, api, minutes, step) {
    const missing = new Map();
    let pending = null;
    for (let attempt = 0; attempt < 10; attempt += 1) {
        if (attempt > 0) await refreshed(page);
        const [stats, history] = await Promise.all([api("stats"), api(`stats/history?minutes=${minutes}&step=${step}`)]);
        const expected = expectedFigures(stats.data, history.data);
        pending ??= new Set(Object.keys(expected));
        // The page has asked at the same moment; it is shown when it has the answer.
        await eventually(async () => {
            const shown = Object.fromEntries(await page.evaluate(() => [...document.querySelectorAll(".figure")].map((figure) => [figure.dataset.figure, figure.querySelector(".value").textContent])));
            assert.deepEqual(Object.keys(shown).sort(), Object.keys(expected).sort());
            for (const name of pending) {
                if (shown[name] === expected[name]) pending.delete(name);
                else missing.set(name, `${name} shows "${shown[name]}", the API has "${expected[name]}"`);
            }
            assert.equal(pending.size, 0);
        }, 700).catch(() => undefined);
        if (pending.size === 0) return;
    }
    assert.fail([...pending].map((name) => missing.get(name)).join("\n"));
}

export async function tablesAgree(page, api) {
    const agreed = new Set();
    let wrong = [];
    let rows = 0;
    for (let attempt = 0; attempt < 10; attempt += 1) {
        if (attempt > 0) await refreshed(page);
        const { data } = await api("stats");
        await eventually(async () => {
            const tables = await shownTables(page);
            wrong = [];
            rows = 0;
            for (const id of GROUPS) {
                const group = groupOf(data, id);
                const names = Object.keys(group);
                assert.equal(tables[id].hidden, names.length === 0, `whether ${id} is shown`);
                assert.equal(tables[id].rows.length, Math.min(50, names.length), `rows of ${id}`);
                for (const { key, cells } of tables[id].rows) {
                    rows += 1;
                    if (agreed.has(`${id} ${key}`)) continue;
                    const differs = cells.filter(([head, text]) => {
                        if (head === "name") return text !== key;
                        if (head === "last_called") return (text === "never") !== (group[key]?.last_called === null);
                        return text !== CELLS[head](group[key]?.[FIELDS[head] ?? head]);
                    });
                    if (differs.length === 0) agreed.add(`${id} ${key}`);
                    else wrong.push(`${id} / ${key}: ${differs.map(([head, text]) => `${head} shows "${text}"`).join(", ")}`);
                }
            }
            assert.deepEqual(wrong, []);
        }, 700).catch((error) => wrong.push(error.message));
        if (wrong.length === 0) return rows;
    }
    return assert.fail(wrong.slice(0, 12).join("\n"));
}
