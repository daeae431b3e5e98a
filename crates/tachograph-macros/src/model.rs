//! The attributes as data: what each takes and which operation it makes.

/// One attribute macro.
pub(crate) struct Attribute {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// The operation type it builds.
    pub(crate) operation: &'static str,
    /// Positional arguments, in order; each may be given by name instead.
    pub(crate) positional: &'static [Positional],
    /// Arguments by name that are set on the operation: argument and builder method.
    pub(crate) setters: &'static [(&'static str, &'static str)],
    /// Arguments by name whose closure reads the result.
    pub(crate) readers: &'static [(&'static str, Reader)],
}

/// A positional argument.
pub(crate) struct Positional {
    /// Its name when given by name.
    pub(crate) name: &'static str,
    /// What it is, for messages.
    pub(crate) what: &'static str,
    /// An example, for messages.
    pub(crate) example: &'static str,
}

/// What a closure argument reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Token usage, of the `Ok` part.
    Usage,
    /// The model that answered, of the `Ok` part.
    ResponseModel,
    /// Returned rows, of the `Ok` part.
    Rows,
    /// Whether a look-up hit, of the `Ok` part.
    Hit,
    /// The HTTP status, of the whole value.
    Status,
}

/// Arguments by name that every attribute takes.
pub(crate) const COMMON: &[&str] = &[
    "attributes",
    "capture",
    "conversation_id",
    "user_id",
    "error_type",
    "ok_if",
    "error_if",
    "none_is_error",
    "skip",
    "stream",
    "value",
    "crate",
];

const fn positional(name: &'static str, what: &'static str, example: &'static str) -> Positional {
    Positional { name, what, example }
}

pub(crate) const AGENT: Attribute = Attribute {
    name: "track_agent_execution",
    operation: "AgentExecution",
    positional: &[positional("name", "the agent's name", "researcher")],
    setters: &[("model", "with_model")],
    readers: &[],
};

pub(crate) const LLM: Attribute = Attribute {
    name: "track_llm_request",
    operation: "LlmRequest",
    positional: &[
        positional("provider", "the provider", "openai"),
        positional("model", "the requested model", "gpt-4o"),
    ],
    setters: &[
        ("operation", "operation"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("max_tokens", "max_tokens"),
        ("server_address", "server_address"),
        ("server_port", "server_port"),
    ],
    readers: &[("usage", Reader::Usage), ("response_model", Reader::ResponseModel)],
};

pub(crate) const TOOL: Attribute = Attribute {
    name: "track_tool_execution",
    operation: "ToolExecution",
    positional: &[positional("name", "the tool's name", "web_search")],
    setters: &[("tool_type", "tool_type"), ("call_id", "call_id"), ("description", "description")],
    readers: &[],
};

pub(crate) const WORKFLOW: Attribute = Attribute {
    name: "track_workflow",
    operation: "WorkflowExecution",
    positional: &[positional("name", "the workflow's name", "onboarding")],
    setters: &[],
    readers: &[],
};

pub(crate) const COMMAND: Attribute = Attribute {
    name: "track_command",
    operation: "CommandExecution",
    positional: &[positional("name", "the command's name", "import")],
    setters: &[],
    readers: &[],
};

pub(crate) const HTTP: Attribute = Attribute {
    name: "track_http_request",
    operation: "HttpRequest",
    positional: &[
        positional("method", "the HTTP method", "GET"),
        positional("route", "the route template", "/users/{id}"),
    ],
    setters: &[],
    readers: &[("status", Reader::Status)],
};

pub(crate) const DB: Attribute = Attribute {
    name: "track_db_query",
    operation: "DbQuery",
    positional: &[positional("operation", "the operation", "SELECT"), positional("table", "the table", "users")],
    setters: &[
        ("system", "system"),
        ("query_text", "query_text"),
        ("server_address", "server_address"),
        ("server_port", "server_port"),
    ],
    readers: &[("rows", Reader::Rows)],
};

pub(crate) const CACHE: Attribute = Attribute {
    name: "track_cache_operation",
    operation: "CacheOperation",
    positional: &[positional("name", "the cache's name", "sessions"), positional("operation", "the operation", "get")],
    setters: &[],
    readers: &[("hit", Reader::Hit)],
};

impl Attribute {
    /// Every argument that may be given by name, for messages.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let own = self.positional.iter().map(|p| p.name);
        let setters = self.setters.iter().map(|(name, _)| *name);
        let readers = self.readers.iter().map(|(name, _)| *name);
        own.chain(setters).chain(readers).chain(COMMON.iter().copied()).collect()
    }

    /// How it is written, for messages.
    pub(crate) fn usage(&self) -> String {
        let arguments: Vec<_> = self.positional.iter().map(|p| format!("\"{}\"", p.example)).collect();
        format!("#[{}({})]", self.name, arguments.join(", "))
    }
}
