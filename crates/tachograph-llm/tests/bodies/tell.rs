//! An answer as text, one fact a line, so that a whole one can be expected at once.

use std::fmt::Write as _;

use tachograph_llm::{Losses, Response};

pub(crate) fn tell(response: &Response) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").unwrap();
        }
    };
    line("id", response.id.clone());
    line("model", response.model.clone());
    line("tier", response.service_tier.clone());
    line("fingerprint", response.system_fingerprint.clone());
    for reason in &response.finish_reasons {
        line("finish", Some(format!("{reason} ({})", reason.original())));
    }
    line(
        "usage",
        response.usage.map(|usage| {
            let figures = [
                ("in", usage.input),
                ("read", usage.cache_read),
                ("written", usage.cache_write),
                ("out", usage.output),
                ("reasoning", usage.reasoning),
            ];
            let known = figures.iter().filter_map(|(name, tokens)| tokens.map(|tokens| format!("{name} {tokens}")));
            known.collect::<Vec<_>>().join(", ")
        }),
    );
    line("cost", response.cost.map(|cost| cost.to_string()));
    for call in &response.tool_calls {
        let id = call.id.as_deref().unwrap_or("-");
        let arguments = call.arguments.as_deref().unwrap_or("-");
        line("call", Some(format!("{id} {} {arguments}", call.name)));
    }
    line("text", response.text.clone());
    line("error", response.error.clone());
    line("complete", (!response.complete).then(|| "no".to_owned()));
    line("losses", (response.losses != Losses::default()).then(|| format!("{:?}", response.losses)));
    out
}
