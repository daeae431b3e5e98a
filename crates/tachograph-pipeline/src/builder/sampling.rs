//! Sampling by kind, as code wishes it.

use tachograph_core::Kind;

use super::Builder;
use crate::error::Error;
use crate::settings::Settings;

/// What was asked for in code.
#[derive(Default)]
pub(super) struct KindSampling(Vec<(Kind, f64)>);

impl KindSampling {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, settings: &mut Settings) -> Result<(), Error> {
        self.0.iter().try_for_each(|(kind, ratio)| settings.kind_ratios.set("with_sampling_ratio", *kind, *ratio))
    }
}

/// Sampling by kind of operation.
impl<P> Builder<P> {
    /// Which part of the operations of one kind is kept, from 0 to 1. Default: `TACHOGRAPH_SAMPLING_RATIOS`, a list such as
    /// `agent=1,llm=0.5,cache=0.01`, else [`with_sampler`](Self::with_sampler) decides about all kinds.
    ///
    /// The ratio decides about traces that begin with such an operation, and thins out such operations in traces that are kept. With a
    /// parent-based sampler, which is the default, traces stay whole otherwise: nothing is kept below a span that is not, so that
    /// ratios below 1 suit what has nothing below it, and a trace that another process began is kept if it says so. With any other
    /// sampler the ratio decides alone: `OTEL_TRACES_SAMPLER=traceidratio` with `llm=1` keeps every call to a model, of traces that are
    /// not kept as well.
    ///
    /// Decisions are consistent: they follow from the trace id, by the thresholds of OpenTelemetry's consistent probability sampling, so
    /// that services with the same ratio keep the same traces. Spans that are kept by a ratio say it in `tracestate` (`ot=th:…`). What
    /// `traceidratio` decides is independent of that: the SDK computes it in the older way.
    ///
    /// A kind is known by the attributes that the conventions ask for at the start of a span, so spans of other libraries count as
    /// well. A ratio out of the range is an error of [`build`](Self::build).
    ///
    /// ```
    /// use tachograph_pipeline::{Builder, Kind};
    ///
    /// let builder = Builder::new().with_sampling_ratio(Kind::Cache, 0.01).with_sampling_ratio(Kind::Http, 0.1);
    /// # drop(builder);
    /// ```
    pub fn with_sampling_ratio(mut self, kind: Kind, ratio: f64) -> Self {
        self.wishes.kind_sampling.0.push((kind, ratio));
        self
    }
}
