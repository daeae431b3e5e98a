//! The grammar that `Accept` and `Accept-Encoding` share: a list of entries with parameters and a weight.

use std::borrow::Cow;

/// A weight in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight(u16);

impl Weight {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(1000);

    /// From `0` to `1` with a fraction; more than three digits of it are more than the grammar has, and do not count.
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.as_bytes();
        if !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let thousandths = (0..3).fold(0, |sum, digit| {
            let value = fraction.get(digit).map_or(0, |byte| u16::from(byte - b'0'));
            sum * 10 + value
        });
        match whole {
            "0" => Some(Self(thousandths)),
            "1" if fraction.iter().all(|byte| *byte == b'0') => Some(Self::ONE),
            _ => None,
        }
    }
}

/// One entry of `Accept`.
#[derive(Debug)]
pub(super) struct Range<'a> {
    pub(super) kind: &'a str,
    pub(super) subtype: &'a str,
    pub(super) version: Option<Cow<'a, str>>,
    pub(super) escaping: Option<Cow<'a, str>>,
    pub(super) charset: Option<Cow<'a, str>>,
    /// Parameters that stand for something else than what is offered. What follows the weight is an extension of an older standard
    /// and never counts here.
    pub(super) has_unknown_parameters: bool,
    pub(super) weight: Weight,
}

/// The entries of `Accept` that can be read.
pub(super) fn ranges(accept: &str) -> impl Iterator<Item = Range<'_>> {
    split(accept, b',').filter_map(range)
}

fn range(entry: &str) -> Option<Range<'_>> {
    let mut parts = split(entry, b';');
    let (kind, subtype) = parts.next()?.trim().split_once('/')?;
    let (kind, subtype) = (kind.trim_end(), subtype.trim_start());
    if kind.is_empty() || subtype.is_empty() {
        return None;
    }
    let mut range = Range {
        kind,
        subtype,
        version: None,
        escaping: None,
        charset: None,
        has_unknown_parameters: false,
        weight: Weight::ONE,
    };
    let mut weighed = false;
    for (name, value) in parts.filter_map(parameter) {
        match name.to_ascii_lowercase().as_str() {
            "q" => {
                range.weight = Weight::parse(&value)?;
                weighed = true;
            }
            "version" => range.version = Some(value),
            "escaping" => range.escaping = Some(value),
            "charset" => range.charset = Some(value),
            _ => range.has_unknown_parameters |= !weighed,
        }
    }
    Some(range)
}

/// The entries of `Accept-Encoding` that can be read, each with its weight.
pub(super) fn codings(accept_encoding: &str) -> impl Iterator<Item = (&str, Weight)> {
    split(accept_encoding, b',').filter_map(|entry| {
        let mut parts = split(entry, b';');
        let coding = parts.next().map(str::trim).filter(|coding| !coding.is_empty())?;
        let weight = parts.filter_map(parameter).find(|(name, _)| name.eq_ignore_ascii_case("q"));
        Some((coding, weight.map_or(Some(Weight::ONE), |(_, value)| Weight::parse(&value))?))
    })
}

/// `name=value` or `name="value"`. Something without an equals sign says nothing and is skipped.
fn parameter(text: &str) -> Option<(&str, Cow<'_, str>)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted.strip_suffix('"').unwrap_or(quoted)),
        None => value.into(),
    };
    Some((name, value))
}

fn unquoted(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut escaped = false;
    let kept = text.chars().filter(|character| {
        escaped = *character == '\\' && !escaped;
        !escaped
    });
    kept.collect::<String>().into()
}

/// Splits at `delimiter` outside of quotes. A quote that is never closed reaches to the end.
fn split(text: &str, delimiter: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                _ if was_escaped => {}
                b'\\' => escaped = quoted,
                b'"' => quoted = !quoted,
                _ => return byte == delimiter && !quoted,
            }
            false
        });
        // The delimiter is ASCII, so both sides of it are whole characters.
        let (head, tail) = match end {
            Some(end) => (text.get(..end), text.get(end + 1..)),
            None => (Some(text), None),
        };
        rest = tail;
        head
    })
}
