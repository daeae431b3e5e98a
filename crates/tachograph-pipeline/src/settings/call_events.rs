//! Of which calls there are events, and which calls are slow.

use std::time::Duration;

use tachograph_core::{CallEvents, Kind, SlowCalls};

use super::parse::{MILLISECONDS, Reader};
use crate::error::Error;

const LOG_CALLS: &str = "TACHOGRAPH_LOG_CALLS";
const LOG_CALLS_RATIO: &str = "TACHOGRAPH_LOG_CALLS_RATIO";
const SLOW_MS: &str = "TACHOGRAPH_SLOW_MS";

pub(super) fn call_events(read: &Reader<'_>) -> Result<CallEvents, Error> {
    let words = read.list(LOG_CALLS).unwrap_or_default();
    let events = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["none"] => CallEvents::none(),
        ["all"] => CallEvents::all(),
        ref words => words.iter().try_fold(CallEvents::none(), |events, word| match (*word, kind(word)) {
            ("failed", _) => Ok(events.with_failures()),
            (_, Some(kind)) => Ok(events.with_kinds([kind])),
            _ => {
                let accepted = format!("none, all, or a list of failed and {}", kinds());
                Err(Error::invalid(LOG_CALLS, word, accepted))
            }
        })?,
    };
    Ok(match read.ratio(LOG_CALLS_RATIO)? {
        Some(ratio) => events.with_ratio(ratio),
        None => events,
    })
}

pub(super) fn slow_calls(read: &Reader<'_>) -> Result<SlowCalls, Error> {
    let entries = read.list(SLOW_MS).unwrap_or_default();
    if entries == ["off"] {
        return Ok(SlowCalls::none());
    }
    entries.iter().try_fold(SlowCalls::default(), |slow, entry| {
        let told = entry.split_once('=').and_then(|(word, limit)| Some((kind(word.trim())?, limit.trim())));
        let milliseconds = |limit: &str| limit.parse().ok().filter(|limit| MILLISECONDS.contains(limit));
        match told {
            Some((kind, "off")) => Ok(slow.without(kind)),
            Some((kind, limit)) if let Some(limit) = milliseconds(limit) => {
                Ok(slow.with(kind, Duration::from_millis(limit)))
            }
            _ => {
                let (least, most) = (MILLISECONDS.start(), MILLISECONDS.end());
                let accepted = format!(
                    "off, or a list of KIND=MILLISECONDS (from {least} to {most}) and KIND=off, where KIND is one of {}",
                    kinds()
                );
                Err(Error::invalid(SLOW_MS, entry, accepted))
            }
        }
    })
}

fn kind(word: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| kind.as_str() == word)
}

fn kinds() -> String {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
