//! What the log says of models without a price. The lines are counted for the process, so it is the only test of its process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::sync::{Arc, Mutex};

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;
use tracing::{Event, Metadata, Subscriber, field::Visit, span};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN && metadata.target().starts_with("tachograph_llm::prices")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_model_without_a_price_is_named_once_and_not_without_end() {
    let lines = Lines::default();
    let count = || lines.0.lock().unwrap().len();
    tracing::subscriber::with_default(lines.clone(), || {
        let prices = Prices::embedded();
        let usage = Usage::new(10, 10);
        for _ in 0..3 {
            assert_eq!(prices.cost_usd(&Billed::new("openai", "asked", usage).with_response_model("answered\n")), None);
        }
        assert_eq!(count(), 1);
        assert_eq!(prices.cost_usd(&Billed::new("openai", "gpt-4o", Usage::default())), None);
        assert_eq!(count(), 1, "a call without tokens does not want for a price");
        // Its input has a price.
        assert_eq!(prices.cost_usd(&Billed::new("openai", "text-embedding-3-small", usage)), None);
        assert_eq!(count(), 2);
        let long = "x".repeat(5_000);
        assert_eq!(prices.cost_usd(&Billed::new("openai", &long, usage)), None);
        assert_eq!(prices.cost_usd(&Billed::new("openai", &long, usage)), None);
        assert_eq!(count(), 3);

        let others = [Prices::embedded(), Prices::without_data()];
        for prices in &others {
            for index in 0..500 {
                assert_eq!(prices.cost_usd(&Billed::new("openai", &index.to_string(), usage)), None);
            }
        }
    });
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 65, "64 names and a last line, for all prices of the process");
    assert!(lines[0].contains(r#"provider="openai" model="answered\n""#), "{}", lines[0]);
    assert!(lines[2].len() < 400, "{}", lines[2]);
    assert!(lines[64].contains("64"), "{}", lines[64]);
}
