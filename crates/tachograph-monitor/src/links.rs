//! Links from a trace to where more is known of it.

use std::fmt;

use crate::traces::TraceLinks;

const PLACE: &str = "{trace_id}";

/// The templates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    pub(crate) logs: Option<LinkTemplate>,
    pub(crate) trace: Option<LinkTemplate>,
}

impl Links {
    pub(crate) fn of(&self, trace_id: &str) -> TraceLinks {
        let filled = |template: &Option<LinkTemplate>| template.as_ref().map(|template| template.fill(trace_id));
        TraceLinks { logs: filled(&self.logs), trace: filled(&self.trace) }
    }
}

/// A URL with `{trace_id}` in it.
#[derive(Clone, Debug)]
pub(crate) struct LinkTemplate(String);

impl LinkTemplate {
    pub(crate) fn parse(template: &str) -> Result<Self, LinkError> {
        let flaw = |flaw| LinkError { template: template.to_owned(), flaw };
        // A script behind a link would run with the page's rights.
        if !(template.starts_with("https://") || template.starts_with("http://")) {
            return Err(flaw("does not begin with https:// or http://"));
        }
        if !template.contains(PLACE) {
            return Err(flaw("has no {trace_id} in it"));
        }
        if template.chars().any(|c| c.is_control() || c == ' ') {
            return Err(flaw("has spaces or control characters in it: write them as %20 and so on"));
        }
        Ok(Self(template.to_owned()))
    }

    fn fill(&self, trace_id: &str) -> String {
        self.0.replace(PLACE, trace_id)
    }
}

/// A link that cannot be made, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    template: String,
    flaw: &'static str,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link {:?} {}: write it like \"https://logs.example/?trace={PLACE}\"", self.template, self.flaw)
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_the_trace_in_it() {
        let template = LinkTemplate::parse("https://logs.example/?q={trace_id}&r={trace_id}").unwrap();
        assert_eq!(template.fill("ab12"), "https://logs.example/?q=ab12&r=ab12");
    }

    #[test]
    fn a_link_that_is_none_is_refused_with_the_reason() {
        for (template, reason) in [
            ("javascript:alert('{trace_id}')", "does not begin with https:// or http://"),
            ("https://logs.example/", "has no {trace_id}"),
            ("https://logs.example/?q={trace_id} or", "has spaces"),
        ] {
            let error = LinkTemplate::parse(template).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
