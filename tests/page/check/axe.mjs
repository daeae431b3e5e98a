// Accessibility, as far as a program can tell.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { assert } from "./facts.mjs";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Nothing serious. The page must have been opened without its content security policy: axe brings styles of its own. */
export async function accessible(page) {
    await page.evaluate(source);
    const violations = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
        return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, impact, nodes }) => ({
            id, impact, nodes: nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.any.concat(node.all, node.none).map((check) => check.message).join("; ")}`),
        }));
    });
    assert.deepEqual(violations, []);
}
