// What was checked, one line each, and what was not true.

import assert from "node:assert/strict";

export { assert };

/** A list of facts: each is named for what is true, and tried; those that are not are told at the end. */
export class Facts {
    #failed = [];
    #held = 0;

    async fact(name, check) {
        try {
            await check();
            this.#held += 1;
            console.log(`ok    ${name}`);
        } catch (error) {
            this.#failed.push(name);
            const reason = String(error?.message ?? error).split("\n").slice(0, 25).join("\n      ");
            console.log(`FAIL  ${name}\n      ${reason}`);
        }
    }

    /** Says how it went, and whether well. */
    end() {
        console.log(`\n${this.#held} facts hold, ${this.#failed.length} do not`);
        for (const name of this.#failed) console.log(`  not: ${name}`);
        return this.#failed.length === 0 && this.#held > 0;
    }
}

/** Tries until it holds, at most `limit` milliseconds; then the last error is the error. */
export async function eventually(check, limit = 10_000) {
    const end = Date.now() + limit;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > end) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}
