//! Every figure that the program prints is what its provider said that it sent.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

use std::process::Command;

use examples::model_service::{Answer, Api, Asked, End, Finish, Mode, ModelService, Sent};
use serde_json::json;
use tachograph::{Billed, Pricing as _, Usage, llm::Prices};
use tests::process::{PATIENCE, Process};

const MODES: [&str; 2] = ["whole", "streamed"];
const WAYS: [&str; 3] = ["attribute", "genai", "middleware"];
const PROVIDERS: [(&str, Api); 6] = [
    ("openai", Api::OpenAiChat),
    ("openai", Api::OpenAiResponses),
    ("anthropic", Api::Anthropic),
    ("gcp.gemini", Api::Gemini),
    ("aws.bedrock", Api::Bedrock),
    ("ollama", Api::Ollama),
];

/// Another answer for every request, so that no two could be taken for each other.
fn answer(asked: &Asked, finish: Finish) -> Answer {
    let number = asked.number as u64;
    let usage = Usage::new(2_000 + 17 * number, 300 + 7 * number)
        .with_cache_read(640 + number)
        .with_cache_write(128 + number)
        .with_reasoning(50 + number);
    let answer = Answer::new("It is high water at six.", usage).with_thoughts("Let me see.");
    match finish {
        Finish::ToolCalls => answer.with_tool_call("call-1", "tide_table", json!({"port": "Saint-Malo"})),
        finish => answer.with_finish(finish),
    }
}

/// The program against this address, or its own stand-in; what it prints.
fn run(url: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_model_calls"));
    command.env_clear().envs(url.map(|url| ("MODEL_SERVICE_URL", url)));
    let mut program = Process::spawn(&mut command).unwrap();
    let status = program.wait(PATIENCE);
    assert!(status.success(), "{status}: {}", program.stderr());
    program.stdout()
}

/// What has to stand in the row of this call, but for the time of its first chunk.
fn expected(provider: &str, way: &str, mode: &str, sent: &Sent) -> Vec<String> {
    let mut usage = sent.told;
    if (sent.asked.api, way, mode) == (Api::Anthropic, "genai", "streamed") {
        // The client leaves it out.
        usage.reasoning = None;
    }
    let cost = Prices::embedded().cost_usd(&Billed::new(provider, &sent.asked.model, usage));
    // As it is recorded: what lies in the middle of two figures must not go the other way here.
    let cost = cost.map(|cost| (cost * 1e12).round() / 1e12);
    let tokens = [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning];
    let tokens = tokens.map(|tokens| tokens.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string()));
    let cost = cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.8}"));
    let finish = match (sent.answer.as_ref().unwrap().finish, sent.asked.api, way) {
        // The client passes on the status, which does not say why.
        (Finish::Length, Api::OpenAiResponses, "genai") => "incomplete",
        (finish, ..) => finish.as_str(),
    };
    let finish = finish.to_owned();
    let head = [provider, &sent.asked.model, way, mode].map(str::to_owned);
    head.into_iter().chain(tokens).chain([cost, finish]).collect()
}

/// The rows of a run whose answers all end so, beside what has to stand there.
async fn rows(finish: Finish) -> Vec<(Vec<String>, Vec<String>)> {
    let service = ModelService::start(move |asked| answer(asked, finish)).await.unwrap();
    let url = service.url().to_owned();
    let stdout = tokio::task::spawn_blocking(move || run(Some(&url))).await.unwrap();
    let calls = PROVIDERS.iter().flat_map(|provider| MODES.map(|mode| WAYS.map(|way| (provider, mode, way)))).flatten();
    let sent = service.settled(PROVIDERS.len() * MODES.len() * WAYS.len()).await;
    let lines = stdout.lines().skip(1).map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let rows = lines.zip(sent).zip(calls).map(|((mut row, sent), ((provider, api), mode, way))| {
        assert_eq!((sent.asked.api, sent.asked.mode == Mode::Stream), (*api, mode == "streamed"), "{way}");
        assert_eq!((sent.status, sent.end), (200, Some(End::Whole)), "{provider} {mode} {way}");
        let first_chunk = row.remove(10);
        assert_eq!(first_chunk != "-", mode == "streamed", "{provider} {mode} {way}: {first_chunk}");
        (row, expected(provider, way, mode, &sent))
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_is_what_the_provider_sent() {
    for finish in [Finish::Stop, Finish::Length, Finish::ToolCalls] {
        let rows = rows(finish).await;
        assert_eq!(rows.len(), 36);
        let differing: Vec<_> = rows.into_iter().filter(|(row, expected)| row != expected).collect();
        assert!(differing.is_empty(), "{differing:#?}");
    }
}

#[test]
fn without_an_address_it_asks_a_stand_in_of_its_own() {
    let stdout = run(None);
    let lines: Vec<&str> = stdout.lines().collect();
    // 456 tokens at 2.50 dollars a million, 1,024 from the cache at 1.25, 212 tokens of output at 10.
    let first: Vec<&str> = lines[1].split_whitespace().collect();
    let expected =
        ["openai", "gpt-4o", "attribute", "whole", "1480", "212", "1024", "256", "96", "0.00454000", "-", "stop"];
    assert_eq!(first, expected);
    let total = lines.last().unwrap();
    assert!(total.starts_with("36 calls, 30 of them with a price: $"), "{total}");
    let costs = lines[1..37].iter().filter_map(|line| line.split_whitespace().nth(9)?.parse::<f64>().ok());
    let sum: f64 = costs.sum();
    let said: f64 = total.rsplit('$').next().unwrap().parse().unwrap();
    assert!((sum - said).abs() < 1e-6, "{sum} {total}");
}

#[test]
fn help_names_the_variable() {
    let mut program = Process::spawn(Command::new(env!("CARGO_BIN_EXE_model_calls")).arg("--help")).unwrap();
    assert!(program.wait(PATIENCE).success());
    assert!(program.stdout().contains("MODEL_SERVICE_URL"), "{}", program.stdout());
}
