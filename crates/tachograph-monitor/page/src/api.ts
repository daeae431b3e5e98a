// Asks the monitoring endpoints. All addresses are relative: the prefix is the application's choice.

import type { HealthReport, History, Info, Point, PointOfOne, Stats, TraceDetail, TraceKind, TraceList } from "./contract";
import { token } from "./storage";

/** Longer than the server may take for its slowest check, shorter than anybody's patience. */
const TIMEOUT_MS = 15_000;

/** The server wants a bearer token, or another one. */
export class Unauthorized extends Error {}

/** The server answered, and it is not what was asked for. */
export class Refused extends Error {
    constructor(readonly status: number, message: string) {
        super(message);
    }
}

async function get(path: string, accepted: readonly number[] = [200]): Promise<unknown> {
    const headers: Record<string, string> = { accept: "application/json" };
    const bearer = token.get();
    if (bearer !== null) headers["authorization"] = `Bearer ${bearer}`;
    let response: Response;
    let answer: string;
    try {
        response = await fetch(path, { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
        answer = await response.text();
    } catch (error) {
        const late = error instanceof DOMException && error.name === "TimeoutError";
        throw new Error(late ? `no answer within ${TIMEOUT_MS / 1000} s` : "the server cannot be reached");
    }
    if (response.status === 401) throw new Unauthorized("the server asks for a token");
    let body: unknown;
    try {
        body = JSON.parse(answer);
    } catch {
        throw new Refused(response.status, `the answer is not JSON (HTTP status ${response.status})`);
    }
    if (!accepted.includes(response.status)) {
        const reason = (body as { error?: unknown } | null)?.error;
        throw new Refused(response.status, typeof reason === "string" && reason !== "" ? reason : `HTTP status ${response.status}`);
    }
    return body;
}

async function data<T>(path: string): Promise<{ data: T; timestamp: number }> {
    return (await get(path)) as { data: T; timestamp: number };
}

export type Of = "endpoint" | "agent" | "model" | "tool";

export const api = {
    /** An unhealthy process answers with 503, and the answer says why. */
    health: async () => ((await get("health", [200, 503])) as { health: HealthReport }).health,
    stats: () => data<Stats>("stats"),
    info: async () => (await get("info")) as Info,
    history: async (minutes: number, step: number) => (await data<History<Point>>(`stats/history?minutes=${minutes}&step=${step}`)).data,
    historyOf: async (of: Of, name: string, minutes: number, step: number) =>
        (await data<History<PointOfOne>>(`stats/history?minutes=${minutes}&step=${step}&${of}=${encodeURIComponent(name)}`)).data,
    traces: async (kind: TraceKind) => (await data<TraceList>(`traces?kind=${kind}&limit=50`)).data,
    trace: async (id: string) => (await data<TraceDetail>(`traces/${encodeURIComponent(id)}`)).data,
};
