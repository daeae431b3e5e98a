//! The self-test at the start: an empty export to each endpoint, and what is wrong with it in one sentence.
//!
//! It runs in the background, on the export runtime, and nothing waits for it. Receivers take an export without items and keep nothing
//! of it.
//!
//! | module | holds |
//! |---|---|
//! | `subject` | what is tested, in the words of the settings |
//! | `connect` | name, connection, TLS |
//! | `exchange` | the empty export |
//! | `speaks` | what is spoken there, when the export found no answer |

mod connect;
mod exchange;
mod speaks;
mod subject;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::subject::Subject;
use crate::accounting::Accounting;
use crate::runtime::ExportRuntime;
use crate::settings::{Settings, Signal};

/// For each step: a name look-up, a connection, a handshake, an answer.
const STEP: Duration = Duration::from_secs(5);
/// An application may set its subscriber after it built the pipeline, because it wants the pipeline's layer in it.
const WAIT_FOR_SUBSCRIBER: Duration = Duration::from_secs(60);
const LOOK_FOR_SUBSCRIBER: Duration = Duration::from_millis(50);

/// Starts the test of every signal that goes to OTLP.
pub(crate) fn start(runtime: &ExportRuntime, settings: &Settings, accounting: &Arc<Accounting>) {
    let all = [
        (Signal::Traces, &settings.traces_otlp),
        (Signal::Metrics, &settings.metrics_otlp),
        (Signal::Logs, &settings.logs_otlp),
    ];
    let exported = all.into_iter().filter(|(signal, _)| accounting.of(*signal).endpoint().is_some());
    let subjects: Vec<_> = exported.filter_map(|(signal, otlp)| Subject::new(signal, otlp)).collect();
    let accounting = Arc::clone(accounting);
    runtime.spawn(async move {
        let mut sentences: Vec<(String, Vec<&'static str>)> = Vec::new();
        for subject in subjects {
            let signal = subject.signal;
            let diagnosis = diagnose(&subject).await.err();
            accounting.of(signal).diagnosed(diagnosis.clone());
            let Some(sentence) = diagnosis else {
                tracing::debug!(signal = signal.name(), endpoint = subject.url, "the OTLP endpoint takes exports");
                continue;
            };
            match sentences.iter_mut().find(|(other, _)| *other == sentence) {
                Some((_, signals)) => signals.push(signal.name()),
                None => sentences.push((sentence, vec![signal.name()])),
            }
        }
        let start = Instant::now();
        while !sentences.is_empty() && !tracing::dispatcher::has_been_set() && start.elapsed() < WAIT_FOR_SUBSCRIBER {
            tokio::time::sleep(LOOK_FOR_SUBSCRIBER).await;
        }
        for (sentence, signals) in sentences {
            tracing::warn!(signals = signals.join(", "), "{sentence}");
        }
    });
}

async fn diagnose(subject: &Subject) -> Result<(), String> {
    let addresses = connect::resolve(subject).await?;
    let stream = connect::connect(subject, &addresses).await?;
    match exchange::export(subject, stream).await {
        Ok(answer) => subject.judge(&answer),
        Err(error) => Err(speaks::explain(subject, &addresses, &error).await),
    }
}
