//! Which events are printed: one set of directives for console, files and export, changed while the process runs.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber, callsite};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Filter};

use crate::error::Error;

const ACCEPTED: &str = "directives such as info,my_crate=debug";

/// The filter of the log, in hand: what `RUST_LOG` says at the start can be changed while the process runs, for the console, the log
/// files and the log records that are exported, all at once.
///
/// It comes from [`Pipeline::log_filter`](crate::Pipeline::log_filter). Cloning is cheap, and a clone changes the same log.
///
/// ```
/// # let pipeline = tachograph_pipeline::Pipeline::builder().with_traces_exporter(tachograph_pipeline::ExporterChoice::None)
/// #     .with_metrics_exporter(tachograph_pipeline::ExporterChoice::None).build().unwrap();
/// let filter = pipeline.log_filter();
/// filter.set("info,my_crate=debug").unwrap();
/// assert_eq!(filter.directives(), "info,my_crate=debug");
/// assert!(filter.set("my_crate=loudly").is_err()); // and stays what it was
/// ```
#[derive(Clone)]
pub struct LogFilter {
    shared: Arc<Shared>,
}

struct Shared {
    directives: Mutex<String>,
    /// Each layer has an `EnvFilter` of its own, because it keeps which spans a thread is in.
    parts: Mutex<Vec<Weak<ArcSwap<EnvFilter>>>>,
}

impl LogFilter {
    /// These directives; those that are none are left out, as `EnvFilter` does.
    pub(crate) fn new(directives: &str) -> Self {
        Self { shared: Arc::new(Shared { directives: Mutex::new(directives.to_owned()), parts: Mutex::default() }) }
    }

    /// Whether these are directives.
    pub(crate) fn check(source_name: &str, directives: &str) -> Result<EnvFilter, Error> {
        EnvFilter::try_new(directives).map_err(|_| Error::invalid(source_name, directives, ACCEPTED))
    }

    /// The directives in force.
    #[must_use]
    pub fn directives(&self) -> String {
        lock(&self.shared.directives).clone()
    }

    /// Puts these directives in force, in the syntax of `RUST_LOG`. Events that are written from then on follow them; a directive about
    /// the fields of a span (`[span{field=value}]=debug`) holds for spans that begin later.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] when they are not directives. Nothing is changed then.
    pub fn set(&self, directives: &str) -> Result<(), Error> {
        Self::check("LogFilter::set", directives)?;
        // Held to the end, so that of two who set at a time the parts follow the same one.
        let mut current = lock(&self.shared.directives);
        directives.clone_into(&mut current);
        for part in lock(&self.shared.parts).iter().filter_map(Weak::upgrade) {
            part.store(Arc::new(EnvFilter::new(directives)));
        }
        drop(current);
        // What `tracing` remembers of each place in the source is of the old filter.
        callsite::rebuild_interest_cache();
        Ok(())
    }

    /// A filter for one layer.
    pub(crate) fn part(&self) -> LogFilterPart {
        let current = lock(&self.shared.directives);
        let part = Arc::new(ArcSwap::from_pointee(EnvFilter::new(current.as_str())));
        let mut parts = lock(&self.shared.parts);
        parts.retain(|part| part.strong_count() > 0);
        parts.push(Arc::downgrade(&part));
        LogFilterPart(part)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogFilter").field(&self.directives()).finish()
    }
}

/// The filter of one layer.
pub(crate) struct LogFilterPart(Arc<ArcSwap<EnvFilter>>);

impl LogFilterPart {
    fn with<R>(&self, ask: impl FnOnce(&EnvFilter) -> R) -> R {
        ask(&self.0.load())
    }
}

impl<S: Subscriber> Filter<S> for LogFilterPart {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        self.with(|filter| Filter::enabled(filter, metadata, context))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.with(|filter| <EnvFilter as Filter<S>>::callsite_enabled(filter, metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.with(<EnvFilter as Filter<S>>::max_level_hint)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.with(|filter| Filter::on_new_span(filter, attributes, id, context));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.with(|filter| Filter::on_record(filter, id, values, context));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.with(|filter| Filter::on_enter(filter, id, context));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.with(|filter| Filter::on_exit(filter, id, context));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.with(|filter| Filter::on_close(filter, id, context));
    }
}

#[cfg(test)]
mod tests;
