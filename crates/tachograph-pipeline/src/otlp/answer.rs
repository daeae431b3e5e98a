//! What a receiver answers to an export, and whether it may be sent again.

use std::error::Error;
use std::iter;
use std::time::Duration;

/// It took the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taken {
    /// Items of it that it refused (partial success).
    pub(super) rejected: u64,
}

/// It did not, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Without anything that the receiver wrote: that may repeat a header.
    pub(super) why: String,
    pub(super) again: Again,
}

/// Whether the same request may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would be refused again.
    Never,
    /// Later; not before this has passed, if the receiver said so.
    After(Option<Duration>),
}

impl Refusal {
    pub(super) fn never(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::Never }
    }

    pub(super) fn later(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::After(None) }
    }

    /// The connection failed. Errors of the clients name no URL, which may carry a key.
    pub(super) fn of_connection(error: &(dyn Error + 'static)) -> Self {
        let mut words: Vec<String> = Vec::new();
        for source in iter::successors(Some(error), |error| (*error).source()) {
            let text = source.to_string();
            // Some errors end in what their source says.
            if words.last().is_none_or(|last| !last.ends_with(&text)) {
                words.push(text);
            }
        }
        Self::later(words.join(": "))
    }
}

/// `Export{Trace,Metrics,Logs}ServiceResponse`, which are alike but for the names of their fields.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PartialSuccess {
    /// `rejected_spans`, `rejected_data_points`, `rejected_log_records`.
    #[prost(int64, tag = "1")]
    pub(super) rejected: i64,
}

impl ExportResponse {
    pub(super) fn taken(&self) -> Taken {
        let rejected = self.partial_success.as_ref().map_or(0, |it| it.rejected);
        Taken { rejected: u64::try_from(rejected).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt, io};

    use super::*;

    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "cannot connect: {}", self.0)
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_cause_is_told_once() {
        let refusal = Refusal::of_connection(&Outer(io::Error::other("refused")));
        assert_eq!(refusal, Refusal::later("cannot connect: refused"));
    }

    #[test]
    fn a_negative_number_of_rejected_items_is_none() {
        let partial_success = Some(PartialSuccess { rejected: -1 });
        assert_eq!(ExportResponse { partial_success }.taken(), Taken { rejected: 0 });
    }
}
