//! What the attribute macros write to ask a value.

use std::fmt;

use serde_json::{Value, json};
use tachograph_core::{Call, ContentPolicy, LlmRequest};
use tachograph_llm::LlmResponse;

use crate::facts::{self, Facts};

/// The tokens of the macros, with the ladder of `$answer`.
macro_rules! ask {
    ($($answer:ident)::+, $call:expr, $value:expr) => {{
        let (__call, __value): (&Call<LlmRequest>, &_) = ($call, $value);
        use $($answer)::+::*;
        (&&&$($answer)::+::Answer(__value)).tachograph_answer(__call);
    }};
}

macro_rules! asked {
    ($value:expr) => {{
        let value = $value;
        // Without answers that anybody reads, the same tokens say nothing.
        let silent = facts::of(ContentPolicy::none(), |call| ask!(tachograph_core::private::answer, call, &value));
        assert!(silent.is_silent());
        facts::of(ContentPolicy::none(), |call| ask!(tachograph_llm::private, call, &value))
    }};
}

struct Mine {
    tokens: u64,
}

impl LlmResponse for Mine {
    fn observe(&self, call: &Call<LlmRequest>) {
        call.usage((self.tokens, 1));
    }
}

/// Neither clones nor prints, and borrows.
struct Opaque<'a>(#[allow(dead_code)] &'a str);

fn input(facts: &Facts) -> Option<u64> {
    facts.tokens()[0]
}

fn opaque_answer() -> impl LlmResponse {
    Mine { tokens: 3 }
}

fn opaque_text(text: &str) -> impl fmt::Display + '_ {
    text
}

#[test]
fn answers_and_the_ok_parts_of_results_are_asked() {
    assert_eq!(input(&asked!(Mine { tokens: 7 })), Some(7));
    assert_eq!(input(&asked!(Ok::<_, String>(Mine { tokens: 8 }))), Some(8));
    assert_eq!(input(&asked!(Ok::<_, Opaque<'_>>(Some(Mine { tokens: 9 })))), Some(9));
    assert_eq!(input(&asked!(opaque_answer())), Some(3));
    assert_eq!(input(&asked!(&Box::new(Mine { tokens: 4 }))), Some(4));
    let value = json!({"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 6}});
    assert_eq!(input(&asked!(Ok::<Value, std::io::Error>(value))), Some(6));
}

#[test]
fn everything_else_is_silent() {
    let text = String::from("a text");
    assert!(asked!(Err::<Mine, _>(String::from("refused"))).is_silent());
    assert!(asked!(Opaque(&text)).is_silent());
    assert!(asked!(Ok::<_, String>(Opaque(&text))).is_silent());
    assert!(asked!(opaque_text(&text)).is_silent());
    assert!(asked!(()).is_silent());
    assert!(asked!(Vec::<Mine>::new()).is_silent());
    assert!(asked!(&text[..]).is_silent());
    assert!(asked!((Mine { tokens: 1 }, 2)).is_silent());
    assert!(asked!(|| Mine { tokens: 1 }).is_silent());
}
