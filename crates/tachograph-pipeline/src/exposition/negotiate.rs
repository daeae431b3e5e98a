//! Who asks gets what: from `Accept` and `Accept-Encoding` to one form, by RFC 9110, sections 12.5.1 and 12.5.3.
//!
//! | form | asked for as |
//! |---|---|
//! | text 0.0.4 | `text/plain`, `version` absent or `0.0.4` |
//! | text 1.0.0 | `text/plain; version=1.0.0`: the same text, in which names may be UTF-8 |
//! | OpenMetrics 1.0.0 | `application/openmetrics-text`, `version` absent, `1.0.0` or `0.0.1` |
//!
//! Wildcards match all of them. The rules, where the standard leaves room:
//!
//! - The form with the highest weight wins; of equal weights the one that was named more exactly; then text before OpenMetrics. So
//!   OpenMetrics is given to those who rank it first or name nothing else as exactly, and a browser or `curl` gets text.
//! - `escaping=allow-utf-8` is honoured where the names are kept in UTF-8 at all and the version is `1.0.0` or left open. All other
//!   schemes (`dots`, `values`) are answered with underscores. Whoever names a scheme is told the one used, others are not.
//! - Nothing acceptable, nothing that can be read, or no header: text 0.0.4. A scraper that asks for nonsense still gets metrics, as
//!   from the clients of Prometheus; for the same reason there is no answer 406 or 415.
//! - An entry that cannot be read is skipped, the others count.

mod encoding;
mod header;

use std::borrow::Cow;

pub(crate) use encoding::Gzip;
use header::{Range, Weight};

use super::{Escaping, Form, Format, NameTranslation};

/// What a scraper gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Negotiated {
    pub(crate) form: Form,
    /// The value of `Content-Type`.
    pub(crate) content_type: Cow<'static, str>,
}

/// One thing that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offer {
    form: Form,
    kind: (&'static str, &'static str),
    version: &'static str,
}

const TEXT: (&str, &str) = ("text", "plain");
const OPENMETRICS: (&str, &str) = ("application", "openmetrics-text");

/// In the order in which they are preferred, all else being equal.
const OFFERS: [Offer; 5] = [
    Offer::new(Format::Text, Escaping::Utf8, TEXT, "1.0.0"),
    Offer::new(Format::Text, Escaping::Underscores, TEXT, "0.0.4"),
    Offer::new(Format::Text, Escaping::Underscores, TEXT, "1.0.0"),
    Offer::new(Format::OpenMetrics, Escaping::Utf8, OPENMETRICS, "1.0.0"),
    Offer::new(Format::OpenMetrics, Escaping::Underscores, OPENMETRICS, "1.0.0"),
];

/// How exactly a range names an offer: the level of its wildcards, then how many of its parameters the offer fulfils to the letter.
type Exactness = (u8, u8);

/// What a header says of one offer.
#[derive(Debug, Clone, Copy)]
struct Judgement {
    exactness: Exactness,
    weight: Weight,
    names_escaping: bool,
}

/// The form for an `Accept` header.
pub(crate) fn negotiate(accept: Option<&str>, translation: NameTranslation) -> Negotiated {
    let ranges: Vec<Range<'_>> = accept.map(|accept| header::ranges(accept).collect()).unwrap_or_default();
    let mut best: Option<(Offer, Judgement)> = None;
    for offer in OFFERS {
        if offer.form.escaping == Escaping::Utf8 && !translation.has_utf8() {
            continue;
        }
        let Some(judgement) = offer.judged_by(&ranges) else { continue };
        let rank = |judgement: &Judgement| (judgement.weight, judgement.exactness);
        if judgement.weight > Weight::ZERO && best.is_none_or(|(_, other)| rank(&judgement) > rank(&other)) {
            best = Some((offer, judgement));
        }
    }
    match best {
        Some((offer, judgement)) => {
            Negotiated { form: offer.form, content_type: offer.content_type(judgement.names_escaping) }
        }
        None => Negotiated { form: Form::default(), content_type: super::CONTENT_TYPE.into() },
    }
}

impl Offer {
    const fn new(
        format: Format,
        escaping: Escaping,
        kind: (&'static str, &'static str),
        version: &'static str,
    ) -> Self {
        Self { form: Form { format, escaping }, kind, version }
    }

    /// The most exact range decides; of several as exact as each other the kindest.
    fn judged_by(&self, ranges: &[Range<'_>]) -> Option<Judgement> {
        let judgements = ranges.iter().filter_map(|range| {
            let exactness = self.exactness(range)?;
            Some(Judgement { exactness, weight: range.weight, names_escaping: range.escaping.is_some() })
        });
        // The first of equals stays: `max_by_key` would take the last.
        judgements.reduce(|best, next| {
            let key = |it: &Judgement| (it.exactness, it.weight);
            if key(&next) > key(&best) { next } else { best }
        })
    }

    /// How exactly `range` names this offer, `None` if it does not.
    fn exactness(&self, range: &Range<'_>) -> Option<Exactness> {
        let is = |pattern: &str, text: &str| pattern.eq_ignore_ascii_case(text);
        let level = match (range.kind, range.subtype) {
            ("*", "*") => 0,
            (kind, "*") if is(kind, self.kind.0) => 1,
            (kind, subtype) if is(kind, self.kind.0) && is(subtype, self.kind.1) => 2,
            _ => return None,
        };
        let mut fulfilled = 0;
        match range.version.as_deref() {
            None => {}
            Some(version) if version == self.version => fulfilled += 1,
            // Newer than what was asked for, and readable by those who ask for it.
            Some("0.0.1") if self.form.format == Format::OpenMetrics && self.form.escaping == Escaping::Underscores => {
            }
            Some(_) => return None,
        }
        match (range.escaping.as_deref(), self.form.escaping) {
            (Some("allow-utf-8"), Escaping::Utf8) | (Some("underscores"), Escaping::Underscores) => fulfilled += 1,
            // Every scraper that reads another scheme reads plain names.
            (_, Escaping::Underscores) => {}
            (_, Escaping::Utf8) => return None,
        }
        match range.charset.as_deref() {
            None => {}
            Some(charset) if is(charset, "utf-8") => fulfilled += 1,
            Some(_) => return None,
        }
        (!range.has_unknown_parameters).then_some((level, fulfilled))
    }

    fn content_type(&self, names_escaping: bool) -> Cow<'static, str> {
        let Self { form, kind: (kind, subtype), version } = self;
        if !names_escaping && *version == "0.0.4" {
            return super::CONTENT_TYPE.into();
        }
        let escaping = match form.escaping {
            _ if !names_escaping => "",
            Escaping::Underscores => "; escaping=underscores",
            Escaping::Utf8 => "; escaping=allow-utf-8",
        };
        format!("{kind}/{subtype}; version={version}; charset=utf-8{escaping}").into()
    }
}

#[cfg(test)]
mod tests;
