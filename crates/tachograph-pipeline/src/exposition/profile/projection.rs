//! Families as data: what the encoder makes them from.

use crate::exposition::points::Kind;

/// One family as data.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    /// The name as it is scraped, with the prefix and, for counters, `_total`.
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) take: Take,
    pub(crate) sources: Vec<Source>,
}

/// A gauge that is 1 and has labels from the resource.
#[derive(Debug, Clone)]
pub(crate) struct InfoProjection {
    pub(crate) name: String,
    pub(crate) help: String,
    /// Label and resource attribute.
    pub(crate) labels: Vec<(String, String)>,
}

/// What is taken of each point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    /// How many times a histogram recorded, or the number of a counter.
    Count,
    /// The sum of what a histogram recorded, which must never be negative, or the number of a counter.
    Sum,
    /// The number of a gauge or an up-down counter.
    Gauge,
    /// The histogram.
    Histogram,
}

impl Take {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Count | Self::Sum => Kind::Counter,
            Self::Gauge => Kind::Gauge,
            Self::Histogram => Kind::Histogram,
        }
    }

    /// Whether it can be taken of a stream of this kind; `None` is an exponential histogram. What shrinks again is no counter, and
    /// what only grows no gauge.
    pub(crate) fn can_be_of(self, kind: Option<Kind>) -> bool {
        match self {
            Self::Count | Self::Sum => matches!(kind, None | Some(Kind::Counter | Kind::Histogram)),
            Self::Gauge => kind == Some(Kind::Gauge),
            Self::Histogram => kind == Some(Kind::Histogram),
        }
    }
}

/// One stream that a family is made from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name of the instrument.
    pub(crate) stream: String,
    /// Only points for which all of these hold.
    pub(crate) only: Vec<Only>,
    pub(crate) labels: Vec<(String, ValueFrom)>,
}

/// Which points are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Only {
    Has(String),
    Lacks(String),
    Equals(String, String),
}

/// Where a label's value comes from.
#[derive(Debug, Clone)]
pub(crate) enum ValueFrom {
    /// The first of these attributes that a point has.
    FirstOf(Vec<String>),
    /// Whether the point has an `error.type`.
    Outcome {
        success: String,
        error: String,
    },
    Constant(String),
}
