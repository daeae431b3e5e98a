use std::thread;

use tracing::Dispatch;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::*;
use crate::logs::printed::Writes;

fn layer<S>(filter: &LogFilter, writes: &Writes) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let writes = writes.clone();
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_writer(move || writes.clone())
        .with_filter(filter.part())
}

/// Two layers with the same filter, as console and files are.
fn two(filter: &LogFilter) -> (Dispatch, Writes, Writes) {
    let (console, files) = (Writes::default(), Writes::default());
    let subscriber = tracing_subscriber::registry().with(layer(filter, &console)).with(layer(filter, &files));
    (Dispatch::new(subscriber), console, files)
}

#[test]
fn every_layer_follows_what_is_set() {
    let filter = LogFilter::new("warn");
    let (dispatch, console, files) = two(&filter);
    tracing::dispatcher::with_default(&dispatch, || {
        // One place in the source, so that what is remembered of it must change.
        let say = |words: &str| tracing::debug!("{words}");
        say("too quiet");
        filter.set("info,tachograph_pipeline::logs::filter=debug").unwrap();
        say("loud enough");
        filter.set("error").unwrap();
        say("too quiet again");
        tracing::error!("always");
    });
    let expected = ["DEBUG loud enough\n", "ERROR always\n"];
    assert_eq!(console.all(), expected);
    assert_eq!(files.all(), expected);
    assert_eq!(filter.directives(), "error");
}

#[test]
fn what_is_no_directive_changes_nothing_and_is_named() {
    let filter = LogFilter::new("info");
    let (dispatch, console, _) = two(&filter);
    let error = filter.set("my_crate=loudly").unwrap_err().to_string();
    assert!(error.contains("my_crate=loudly") && error.contains("info,my_crate=debug"), "{error}");
    assert_eq!(filter.directives(), "info");
    tracing::dispatcher::with_default(&dispatch, || tracing::info!("still"));
    assert_eq!(console.all(), [" INFO still\n"]);
}

#[test]
fn a_directive_about_a_span_holds_inside_of_spans_that_begin_later() {
    let filter = LogFilter::new("off");
    let (dispatch, console, files) = two(&filter);
    tracing::dispatcher::with_default(&dispatch, || {
        let before = tracing::info_span!("job", user = "eve").entered();
        filter.set("off,[job{user=eve}]=debug").unwrap();
        tracing::debug!("in a span of before");
        drop(before);
        tracing::debug!("outside");
        tracing::info_span!("job", user = "eve").in_scope(|| tracing::debug!("inside"));
        tracing::info_span!("job", user = "bob").in_scope(|| tracing::debug!("somebody else's"));
        filter.set("off").unwrap();
        tracing::info_span!("job", user = "eve").in_scope(|| tracing::debug!("no more"));
    });
    let lines = console.all();
    assert_eq!(lines, files.all());
    assert!(lines.len() == 1 && lines[0].ends_with("inside\n"), "{lines:?}");
}

#[test]
fn layers_that_are_gone_are_forgotten() {
    let filter = LogFilter::new("info");
    for _ in 0..100 {
        drop(filter.part());
    }
    let _kept = filter.part();
    assert_eq!(lock(&filter.shared.parts).len(), 1);
}

#[test]
fn it_is_set_while_others_log() {
    let filter = LogFilter::new("off");
    let (dispatch, console, files) = two(&filter);
    thread::scope(|scope| {
        for _ in 0..4 {
            let dispatch = dispatch.clone();
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    for number in 0..500 {
                        tracing::info_span!("turn", number).in_scope(|| tracing::info!(number, "turned"));
                    }
                });
            });
        }
        for turn in 0..50 {
            filter.set(if turn % 2 == 0 { "info,[turn]=debug" } else { "off" }).unwrap();
        }
    });
    filter.set("info").unwrap();
    let before = (console.all().len(), files.all().len());
    tracing::dispatcher::with_default(&dispatch, || tracing::info!("at last"));
    assert_eq!((console.all().len(), files.all().len()), (before.0 + 1, before.1 + 1));
}
