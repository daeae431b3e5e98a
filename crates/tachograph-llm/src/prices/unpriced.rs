//! Says which models have no price: once for each, and not without end, because names come from outside.

use std::sync::{Mutex, PoisonError};

/// Models that are named in the log. What more there are stands in `tachograph.llm.unpriced` alone.
const NAMED: usize = 64;

/// Longest name that is written.
const NAME_BYTES: usize = 120;

/// The models that were named.
#[derive(Debug, Default)]
pub(crate) struct Unpriced {
    named: Mutex<Vec<(Box<str>, Box<str>)>>,
}

/// What there is to say of a model without a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// That it has none.
    This,
    /// That this and others will not be named any more.
    NoMore,
    /// Nothing: it was said.
    Nothing,
}

/// One for the process: so many lines, however many prices there are.
static UNPRICED: Unpriced = Unpriced { named: Mutex::new(Vec::new()) };

pub(crate) fn tell(provider: &str, model: &str) {
    let (provider, model) = (cut(provider), cut(model));
    match UNPRICED.notice(provider, model) {
        Notice::This => tracing::warn!(
            provider = ?provider,
            model = ?model,
            "no price is known: calls are counted in tachograph.llm.unpriced and have no cost; a price can be given in a TOML file"
        ),
        Notice::NoMore => tracing::warn!(
            "no price is known for more than {NAMED} models: the others are counted in tachograph.llm.unpriced and not named"
        ),
        Notice::Nothing => {}
    }
}

impl Unpriced {
    fn notice(&self, provider: &str, model: &str) -> Notice {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() > NAMED || named.iter().any(|(p, m)| **p == *provider && **m == *model) {
            return Notice::Nothing;
        }
        // The one after the last stands for all others.
        named.push((provider.into(), model.into()));
        if named.len() > NAMED { Notice::NoMore } else { Notice::This }
    }
}

fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_once() {
        let unpriced = Unpriced::default();
        assert_eq!(unpriced.notice("openai", "a"), Notice::This);
        assert_eq!(unpriced.notice("openai", "a"), Notice::Nothing);
        assert_eq!(unpriced.notice("groq", "a"), Notice::This);
    }

    #[test]
    fn names_come_to_an_end() {
        let unpriced = Unpriced::default();
        let lines: Vec<Notice> = (0..1_000).map(|index| unpriced.notice("openai", &index.to_string())).collect();
        assert_eq!(lines[..64], [Notice::This; 64]);
        assert_eq!(lines[64], Notice::NoMore);
        assert!(lines[65..].iter().all(|line| *line == Notice::Nothing));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(100)), "é".repeat(60));
        assert_eq!(cut("gpt"), "gpt");
    }
}
