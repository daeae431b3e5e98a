//! A bounded, varied load from the service's own client side.

mod summary;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::http;

/// Requests under way at the same time.
const CONCURRENCY: usize = 6;

/// One request of the load.
#[derive(Clone, Copy)]
enum Step {
    /// A question, answered as a whole.
    Ask(&'static str),
    /// A question, answered as a stream that is read to its end.
    Stream(&'static str),
    /// A stream that is given up after its first piece.
    GiveUp(&'static str),
    /// Any body, as it is.
    Post(&'static str),
}

use Step::{Ask, GiveUp, Post, Stream};

/// Said one after the other, with [`CONCURRENCY`] under way. Repeated questions find their search in the cache.
const LOAD: [Step; 23] = [
    Ask("What is helium used for?"),
    Ask("What is 12 * (3 + 4)?"),
    Stream("Tell me about neodymium"),
    Ask("Which element has atomic number 26?"),
    Ask("What is neon, and what is 6 * 7?"),
    Post("{\"question\": "),
    Ask("What is helium used for?"),
    Ask("What is 1 / 0?"),
    GiveUp("Tell me slowly about uranium"),
    Ask("Please give me a rate limit"),
    Stream("What is helium used for?"),
    Post("{\"question\": \"  \"}"),
    Ask("Where does gold go?"),
    Ask("Please give me a server error"),
    Stream("What is (2 ^ 10 - 24) / 8?"),
    Ask("What is zirconium used for? Answer slowly"),
    Post("{\"text\": \"What is tin?\"}"),
    Stream("Tell me about iodine and break off"),
    Ask("What is kryptonite?"),
    Ask("Convert 1085 celsius to fahrenheit"),
    Stream("A table of 0 to 100 celsius in fahrenheit"),
    Ask("Convert 5 km to kg"),
    Ask("What is helium used for?"),
];
const ROUNDS: usize = 2;

/// How often, and how far apart, the metrics are looked at until nothing is under way.
const MAX_LOOKS: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Sends the load to the service at `base` and returns what happened, in words.
pub(crate) async fn run(base: &str) -> reqwest::Result<String> {
    let client = http::client()?;
    let started = Instant::now();
    // What a first request leaves in the cache is there for the others.
    let mut outcomes = vec![send(&client, base, LOAD[0]).await?];
    let steps = std::iter::repeat_n(LOAD, ROUNDS).flatten().skip(1);
    let mut under_way = stream::iter(steps.map(|step| send(&client, base, step))).buffer_unordered(CONCURRENCY);
    while let Some(outcome) = under_way.next().await {
        outcomes.push(outcome?);
    }
    let took = started.elapsed();
    let metrics = settled_metrics(&client, base).await?;
    let mut counts = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry(outcome).or_insert(0) += 1;
    }
    Ok(summary::in_words(&counts, took, &metrics))
}

/// The metrics once nothing is under way: the service notices a client that gave up a moment after it did.
async fn settled_metrics(client: &Client, base: &str) -> reqwest::Result<String> {
    let mut looks = 0;
    loop {
        let response = client.get(format!("{base}/monitoring/metrics")).send().await?;
        let metrics = response.error_for_status()?.text().await?;
        looks += 1;
        if looks == MAX_LOOKS || metrics.lines().any(|line| line == "active_requests 0") {
            return Ok(metrics);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Sends one request and says how it ended.
async fn send(client: &Client, base: &str, step: Step) -> reqwest::Result<String> {
    let (path, body) = match step {
        Ask(question) => ("/api/chat", json!({"question": question}).to_string()),
        Stream(question) | GiveUp(question) => ("/api/chat/stream", json!({"question": question}).to_string()),
        Post(body) => ("/api/chat", body.to_owned()),
    };
    let mut response = client.post(format!("{base}{path}")).body(body).send().await?;
    let status = response.status();
    if let GiveUp(_) = step {
        response.chunk().await?;
        return Ok(format!("{} given up by the client", status.as_u16()));
    }
    let text = response.text().await?;
    Ok(match status {
        StatusCode::OK if text.contains("event: error") => "200 broken off by the LLM".to_owned(),
        status => status.to_string(),
    })
}
