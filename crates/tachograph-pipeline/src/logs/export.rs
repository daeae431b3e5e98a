//! Events as OpenTelemetry log records.
//!
//! | module | holds |
//! |---|---|
//! | `lists` | arrays, which lines have no type for |
//! | `mapping` | what of an event becomes which part of a record |
//! | `machinery` | whose events never become records, because exporting them would beget more |

mod lists;
mod machinery;
mod mapping;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use opentelemetry::logs::{Logger as _, LoggerProvider as _};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Context, Filter, Layer};

use super::record::{Belonging, Record};
use super::redact::SecretNames;
use crate::settings::LimitSettings;

/// The scope of all records, whose name an exporter replaces by the target of each.
const SCOPE: &str = "tracing";

/// A layer that makes records of the events that `filter` lets through, without the values of fields with these names, within the limits.
pub(crate) fn export_layer<S, F>(
    provider: &SdkLoggerProvider,
    filter: F,
    redacted_keys: &[String],
    limits: LimitSettings,
) -> impl Layer<S> + Send + Sync + use<S, F>
where
    S: Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span> + Send + Sync,
    F: Filter<S> + Send + Sync + 'static,
{
    let names = SecretNames::default().and(redacted_keys);
    ExportLayer { logger: provider.logger(SCOPE), names, limits }
        .with_filter(filter.and(filter_fn(|metadata| !machinery::is_target(metadata.target()))))
}

struct ExportLayer {
    logger: SdkLogger,
    names: SecretNames,
    limits: LimitSettings,
}

impl<S: Subscriber> Layer<S> for ExportLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if machinery::is_here() {
            return;
        }
        let now = SystemTime::now();
        Record::of(event, &self.names, |record| {
            let mut log = self.logger.create_log_record();
            mapping::fill(&mut log, now, event, record, &Belonging::current(), &self.names, &self.limits);
            self.logger.emit(log);
        });
    }
}
