// A stand-in for the monitoring endpoints, with figures that move. For work on the page without an application, and for states that a
// healthy application does not show.
//
//     node mock.mjs [--port 8787] [--mode normal|hostile|large|empty] [--token T]

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { makeWorld } from "./mock/world.mjs";

const DIST = new URL("../../crates/tachograph-monitor/page/dist/", import.meta.url);
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ASSETS = {
    "/": ["index.html", "text/html; charset=utf-8"],
    "/assets/page.js": ["page.js", "text/javascript; charset=utf-8"],
    "/assets/page.css": ["page.css", "text/css; charset=utf-8"],
};

/**
 * Starts it on a free port, or the one given. `state` can be changed while it runs: `failing` answers 500, `noStats` answers 503 to
 * stats, `status` is the health.
 */
export async function startMock({ port = 0, mode = "normal", token = null, prefix = "/monitoring" } = {}) {
    const state = { failing: false, noStats: false, status: "healthy", asked: 0 };
    const world = makeWorld(mode, state);
    const server = createServer((request, response) => {
        answer(request, response).catch((error) => {
            console.error(error);
            response.writeHead(500).end();
        });
    });

    async function answer(request, response) {
        const url = new URL(request.url, "http://localhost");
        if (url.pathname === prefix) return response.writeHead(308, { location: `${prefix}/` }).end();
        if (!url.pathname.startsWith(`${prefix}/`)) return response.writeHead(404).end();
        const path = url.pathname.slice(prefix.length);
        const asset = ASSETS[path];
        if (asset !== undefined) {
            const body = await readFile(new URL(asset[0], DIST));
            return response.writeHead(200, { "content-type": asset[1], "content-security-policy": CSP, "x-content-type-options": "nosniff" }).end(body);
        }
        state.asked += 1;
        const send = (status, body, headers = {}) =>
            response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers }).end(JSON.stringify(body));
        const refuse = (status, error, headers) => send(status, { success: false, error, timestamp: Date.now() / 1000 }, headers);
        if (token !== null && request.headers.authorization !== `Bearer ${token}`) return refuse(401, "a bearer token is required", { "www-authenticate": "Bearer" });
        if (state.failing) return refuse(500, "the mock was told to fail");
        const { status = 200, body } = world.answer(path, url.searchParams);
        return send(status, body);
    }

    await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}${prefix}/`,
        state,
        stop: () => new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
        }),
    };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
    const option = (name) => {
        const at = process.argv.indexOf(`--${name}`);
        return at < 0 ? undefined : process.argv[at + 1];
    };
    const mock = await startMock({ port: Number(option("port") ?? 8787), mode: option("mode") ?? "normal", token: option("token") ?? null });
    console.log(mock.url);
}
