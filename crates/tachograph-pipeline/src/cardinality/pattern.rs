//! Which instruments a setting is for.

use crate::error::Error;

/// Longest instrument name, by the specification.
const MAX_NAME: usize = 255;

/// The name of an instrument, or a beginning of names that is followed by `*`. Names are the same whatever their case, as the
/// specification has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    is_beginning: bool,
}

impl Pattern {
    /// `source_name` is the builder method that was given this.
    pub(super) fn new(text: &str, source_name: &str) -> Result<Self, Error> {
        let (name, is_beginning) = match text.strip_suffix('*') {
            Some(beginning) => (beginning, true),
            None => (text, false),
        };
        let may_be_instruments = (is_beginning || !name.is_empty())
            && name.len() <= MAX_NAME
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
            && name.bytes().next().is_none_or(|first| first.is_ascii_alphabetic());
        if !may_be_instruments {
            let accepted = "the name of an instrument such as http.server.request.duration, or a beginning of names such as http.*";
            return Err(Error::invalid(source_name, text, accepted));
        }
        Ok(Self { text: name.to_ascii_lowercase(), is_beginning })
    }

    fn matches(&self, name: &str) -> bool {
        match name.get(..self.text.len()) {
            Some(beginning) => {
                beginning.eq_ignore_ascii_case(&self.text) && (self.is_beginning || name.len() == self.text.len())
            }
            None => false,
        }
    }
}

/// Settings for some instruments each.
#[derive(Debug)]
pub(super) struct PerInstrument<T>(Vec<(Pattern, T)>);

impl<T> Default for PerInstrument<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> PerInstrument<T> {
    /// Adds a setting; one for the same instruments must not be there yet.
    pub(super) fn insert(&mut self, text: &str, setting: T, source_name: &str) -> Result<(), Error> {
        let pattern = Pattern::new(text, source_name)?;
        if self.0.iter().any(|(known, _)| *known == pattern) {
            return Err(Error::invalid(source_name, text, "each instrument once"));
        }
        self.0.push((pattern, setting));
        Ok(())
    }

    /// The setting for this instrument: that of its name, else that of the longest beginning.
    pub(super) fn find(&self, name: &str) -> Option<&T> {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.matches(name));
        matching.max_by_key(|(pattern, _)| (!pattern.is_beginning, pattern.text.len())).map(|(_, setting)| setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(patterns: &[&str]) -> PerInstrument<usize> {
        let mut settings = PerInstrument::default();
        for (index, pattern) in patterns.iter().enumerate() {
            settings.insert(pattern, index, "test").unwrap();
        }
        settings
    }

    #[test]
    fn the_name_stands_before_the_longest_beginning_in_whatever_order() {
        for order in [
            ["http.server.request.duration", "http.server.*", "http.*"],
            ["http.*", "http.server.*", "http.server.request.duration"],
        ] {
            let settings = of(&order);
            let found = |name| settings.find(name).map(|index| order[*index]);
            assert_eq!(found("http.server.request.duration"), Some("http.server.request.duration"));
            assert_eq!(found("http.server.active_requests"), Some("http.server.*"));
            assert_eq!(found("http.client.request.duration"), Some("http.*"));
            assert_eq!(found("http"), None);
            assert_eq!(found("db.client.operation.duration"), None);
        }
    }

    #[test]
    fn a_name_without_a_star_is_no_beginning() {
        assert_eq!(of(&["http.server"]).find("http.server.request.duration"), None);
        assert_eq!(of(&["*"]).find("anything"), Some(&0));
    }

    #[test]
    fn case_tells_no_instruments_apart() {
        assert_eq!(of(&["Shop.Orders"]).find("shop.orders"), Some(&0));
        let error = PerInstrument::<usize>(vec![(Pattern::new("shop.orders", "test").unwrap(), 0)])
            .insert("SHOP.orders", 1, "with_it")
            .unwrap_err();
        assert_eq!(error.to_string(), "with_it: \"SHOP.orders\" is not valid; accepted: each instrument once");
    }

    #[test]
    fn what_names_no_instrument_is_refused() {
        let long = "x".repeat(256);
        for wrong in ["", " ", "http server", "http.*.duration", "**", "1st", "é", &long] {
            let error = Pattern::new(wrong, "with_it").unwrap_err().to_string();
            assert!(error.starts_with(&format!("with_it: {wrong:?} is not valid")), "{error}");
        }
        // A character of several bytes where the beginning ends.
        assert!(!Pattern::new("ab*", "with_it").unwrap().matches("aé"));
    }
}
