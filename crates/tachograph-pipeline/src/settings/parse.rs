//! One reader for all variables, so that "empty is unset" and the wording of errors hold everywhere.

use std::ops::RangeInclusive;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::error::Error;

/// About seven weeks: longer than any sensible interval, short enough that no clock arithmetic overflows.
pub(super) const MILLISECONDS: RangeInclusive<u64> = 1..=u32::MAX as u64;
/// A queue of a million spans without attributes takes 352 MB.
const COUNT: RangeInclusive<u64> = 1..=1_000_000;

/// Room for a batch of a few spans at least, and no more than machines have.
const BYTES: RangeInclusive<u64> = 65_536..=1 << 40;

/// Reads variables through a look-up function.
pub(crate) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup }
    }

    /// The trimmed text of a variable that is set and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// The text in lower case: the specification makes enumerated values case-insensitive.
    pub(crate) fn keyword(&self, name: &str) -> Option<String> {
        self.text(name).map(|value| value.to_ascii_lowercase())
    }

    /// Only `true`, in any case, is true: the specification's rule for booleans.
    pub(crate) fn boolean(&self, name: &str) -> bool {
        self.keyword(name).as_deref() == Some("true")
    }

    /// A comma list of keywords; `None` when unset.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.keyword(name)?;
        let entries: Vec<_> =
            text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        (!entries.is_empty()).then_some(entries)
    }

    pub(crate) fn milliseconds(&self, name: &str) -> Result<Option<Duration>, Error> {
        let number = self.whole(name, MILLISECONDS, "milliseconds")?;
        Ok(number.map(Duration::from_millis))
    }

    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Error> {
        let number = self.whole(name, COUNT, "items")?;
        Ok(number.and_then(|number| usize::try_from(number).ok()))
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Option<usize>, Error> {
        let number = self.whole(name, BYTES, "bytes")?;
        Ok(number.and_then(|number| usize::try_from(number).ok()))
    }

    /// A limit, which may be 0.
    pub(crate) fn limit(&self, name: &str, unit: &str) -> Result<Option<u32>, Error> {
        let number = self.whole(name, 0..=u64::from(u32::MAX), unit)?;
        Ok(number.and_then(|number| u32::try_from(number).ok()))
    }

    pub(crate) fn ratio(&self, name: &str) -> Result<Option<f64>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Some(ratio)),
            _ => Err(Error::invalid(name, &text, "a number from 0.0 to 1.0")),
        }
    }

    /// `key=value` pairs with percent-encoded values, in order.
    pub(crate) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, Error> {
        let text = self.text(name).unwrap_or_default();
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                pair(entry)
                    .ok_or_else(|| Error::invalid(name, entry, "key=value pairs, percent-encoded, separated by commas"))
            })
            .collect()
    }

    pub(crate) fn port(&self, name: &str) -> Result<Option<u16>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let port =
            text.parse().map_err(|_| Error::invalid(name, &text, "a port from 0 to 65535, where 0 is a free one"))?;
        Ok(Some(port))
    }

    fn whole(&self, name: &str, range: RangeInclusive<u64>, unit: &str) -> Result<Option<u64>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse::<u64>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(Error::invalid(
                name,
                &text,
                format!("a whole number of {unit} from {} to {}", range.start(), range.end()),
            )),
        }
    }
}

/// One `key=value` with percent-encoding undone on both sides.
pub(crate) fn pair(entry: &str) -> Option<(String, String)> {
    let (key, value) = entry.split_once('=')?;
    let key = percent_decode_str(key.trim()).decode_utf8().ok()?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    (!key.is_empty()).then(|| (key.into_owned(), value.into_owned()))
}
