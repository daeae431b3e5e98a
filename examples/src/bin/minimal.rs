//! One agent, one call to a model, one tool: attributes in, metrics out.

#![allow(clippy::print_stdout, reason = "a program talks to its user")]

use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

use tachograph::{ExporterChoice, Usage, llm::Prices, track_agent_execution, track_llm_request, track_tool_execution};

#[track_agent_execution("greeter")]
async fn greet(name: &str) -> Result<String, Infallible> {
    let time = time_of_day();
    Ok(ask(&format!("Wish {name} a good {time}.")).await?.text)
}

#[track_tool_execution("time_of_day")]
fn time_of_day() -> &'static str {
    "morning"
}

struct Reply {
    text: String,
    tokens: (u64, u64),
}

/// Where the request to a model would be.
#[track_llm_request("example", "echo-1", usage = |reply| Usage::new(reply.tokens.0, reply.tokens.1))]
async fn ask(prompt: &str) -> Result<Reply, Infallible> {
    let text = prompt.replace("Wish", "I wish");
    let words = |text: &str| text.split_whitespace().count() as u64;
    Ok(Reply { tokens: (words(prompt), words(&text)), text })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // `tachograph::init()` does the same and exports by OTLP to where OTEL_EXPORTER_OTLP_ENDPOINT says.
    let telemetry = tachograph::builder()
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        // Published models have their prices; this one has a price of its own: dollars for a million tokens.
        .with_pricing(Arc::new(
            Prices::embedded().with_toml("provider.example.model.echo-1 = { input = 1, output = 2 }")?,
        ))
        .init()?;
    println!("{}\n", greet("Ada").await?);
    // Every counter of calls that has counted.
    let is_shown = |line: &&str| line.contains("_total{") && !line.starts_with("process_") && !line.ends_with(" 0");
    for line in telemetry.prometheus_text()?.lines().filter(is_shown) {
        println!("{line}");
    }
    telemetry.shutdown(Duration::from_secs(5)).await.into_result()?;
    Ok(())
}
