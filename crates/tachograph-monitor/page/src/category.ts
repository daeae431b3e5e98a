// What kinds of work there are, and what they are called.

const NAMES: Record<string, string> = {
    http: "HTTP", http_client: "HTTP client", rpc: "RPC", rpc_client: "RPC client", agent: "agent", llm: "model", tool: "tool",
    workflow: "workflow", command: "command", db: "database", cache: "cache", other: "other",
};

function known(category: string): string {
    return Object.hasOwn(NAMES, category) ? category : "other";
}

export function categoryName(category: string): string {
    return Object.hasOwn(NAMES, category) ? (NAMES[category] as string) : category;
}

/** Paints with the colour of a category. */
export function paint(node: HTMLElement, category: string): void {
    node.style.backgroundColor = `var(--cat-${known(category).replace("_", "-")})`;
}

export function order(category: string): number {
    return Object.keys(NAMES).indexOf(known(category));
}
