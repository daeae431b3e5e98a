//! How many series metrics may have, as code wishes it.

use super::Builder;
use crate::cardinality::{Rules, checked_value_limit};
use crate::error::Error;

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Cardinality {
    limit: Option<usize>,
    limits: Vec<(String, usize)>,
    attributes: Vec<(String, Vec<String>)>,
    values: Option<usize>,
}

impl Cardinality {
    /// What the meter provider goes by, if all of it is valid.
    pub(super) fn rules(&self) -> Result<Rules, Error> {
        let mut rules = Rules::default();
        if let Some(limit) = self.limit {
            rules.set_limit(limit, "with_cardinality_limit")?;
        }
        for (instrument, limit) in &self.limits {
            rules.set_limit_of(instrument, *limit, "with_instrument_cardinality_limit")?;
        }
        for (instrument, keys) in &self.attributes {
            rules.set_attributes_of(instrument, keys, "with_instrument_attributes")?;
        }
        Ok(rules)
    }

    /// The limit of values in what Tachograph records, if one was asked for and is valid.
    pub(super) fn value_limit(&self) -> Result<Option<usize>, Error> {
        self.values.map(|limit| checked_value_limit(limit, "with_value_limit")).transpose()
    }
}

/// How many series metrics may have; what they cost is in [`cardinality`](crate::cardinality).
impl<P> Builder<P> {
    /// How many attribute sets an instrument keeps apart that has no limit of its own. The others share one series, marked
    /// `otel.metric.overflow`. From 1 to 1,000,000. Default: 895.
    ///
    /// The SDK makes room for all of them when an instrument is made, in steps: up to 895 it takes 34 KB, up to 1,791 68 KB, and so
    /// on. A few instruments of Tachograph that cannot have many series have a smaller limit, which a larger one given here does not
    /// raise.
    pub fn with_cardinality_limit(mut self, limit: usize) -> Self {
        self.wishes.cardinality.limit = Some(limit);
        self
    }

    /// How many attribute sets this instrument keeps apart, over every other limit. From 1 to 1,000,000.
    ///
    /// `instrument` is its name, in whatever case, or a beginning of names and `*`: `http.*`. A name stands before a beginning, and
    /// a longer beginning before a shorter one. The same one twice is an error.
    ///
    /// ```
    /// # use tachograph_pipeline::Builder;
    /// let builder = Builder::new()
    ///     .with_instrument_cardinality_limit("http.server.request.duration", 5000)
    ///     .with_instrument_cardinality_limit("shop.*", 200);
    /// # let _ = builder;
    /// ```
    pub fn with_instrument_cardinality_limit(mut self, instrument: impl Into<String>, limit: usize) -> Self {
        self.wishes.cardinality.limits.push((instrument.into(), limit));
        self
    }

    /// The attributes that this instrument keeps; others are left out before anything is counted, and series that become equal are
    /// one. An empty list leaves one series. Instruments are named as in
    /// [`with_instrument_cardinality_limit`](Self::with_instrument_cardinality_limit).
    ///
    /// Of an observable instrument, which reports totals and not additions, of the sets that become equal the last one stays. Classic
    /// names of a scrape lack the labels that are made of attributes left out here.
    ///
    /// ```
    /// # use tachograph_pipeline::Builder;
    /// let keys = ["http.request.method", "http.route", "http.response.status_code"];
    /// let builder = Builder::new().with_instrument_attributes("http.server.request.duration", keys);
    /// # let _ = builder;
    /// ```
    pub fn with_instrument_attributes<K: Into<String>>(
        mut self,
        instrument: impl Into<String>,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        self.wishes.cardinality.attributes.push((instrument.into(), keys.into_iter().map(Into::into).collect()));
        self
    }

    /// How many values of one attribute Tachograph's own metrics keep apart: models, tools, agents, hosts. The first ones are kept,
    /// and further ones are `_OTHER`, while spans have the true values. From 1 to 1,000,000. Default: 200, and 1000 for what the
    /// source code names; see [`TelemetryBuilder::with_value_limit`](tachograph_core::TelemetryBuilder::with_value_limit).
    pub fn with_value_limit(mut self, limit: usize) -> Self {
        self.wishes.cardinality.values = Some(limit);
        self
    }
}
