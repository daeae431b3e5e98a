use futures_util::StreamExt as _;
use tachograph_core::source::{Point, ReadMetrics, ScrapeError};
use tonic::Code;

use super::*;
use crate::{Monitoring, Readiness, Stats, grpc::service::Endpoints};

struct Nothing;

impl ReadMetrics for Nothing {
    fn read_metrics(&self, _: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
        Ok(())
    }
}

fn sources(readiness: &Readiness) -> Arc<Sources> {
    let monitoring = Monitoring::new().with_readiness(readiness.clone());
    let monitoring = monitoring.with_stats(Stats::builder(Arc::new(Nothing)).start());
    Arc::clone(Endpoints::new(&monitoring).sources())
}

fn every(seconds: i64, nanos: i32) -> WatchStatsRequest {
    WatchStatsRequest { interval: Some(prost_types::Duration { seconds, nanos }) }
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_comes_at_once_and_one_each_interval() {
    for (request, interval) in [
        (WatchStatsRequest { interval: None }, Duration::from_secs(1)),
        (every(1, 0), Duration::from_secs(1)),
        (every(2, 500_000_000), Duration::from_millis(2_500)),
        (every(3600, 0), Duration::from_secs(3600)),
    ] {
        let begun = tokio::time::Instant::now();
        let mut stream = summaries(sources(&Readiness::new()), &request).unwrap();
        for passed in 0..4 {
            stream.next().await.unwrap().unwrap();
            assert_eq!(begun.elapsed(), passed * interval, "{request:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_took_do_not_pile_up() {
    let mut stream = summaries(sources(&Readiness::new()), &every(1, 0)).unwrap();
    stream.next().await.unwrap().unwrap();
    tokio::time::advance(Duration::from_secs(100)).await;
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
}

#[tokio::test]
async fn an_interval_that_cannot_be_is_refused_with_what_can() {
    for (seconds, nanos) in [
        (0, 0),
        (0, 999_999_999),
        (3600, 1),
        (3601, 0),
        (-1, 0),
        (1, -1),
        (1, 1_000_000_000),
        (i64::MAX, i32::MAX),
        (i64::MIN, i32::MIN),
    ] {
        let refused = summaries(sources(&Readiness::new()), &every(seconds, nanos)).err().unwrap();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let message = format!("`interval` is from 1 to 3600 seconds, not {seconds} s and {nanos} ns");
        assert_eq!(refused.message(), message);
    }
}

#[tokio::test]
async fn there_is_room_for_so_many_and_again_when_one_has_left() {
    let sources = sources(&Readiness::new());
    let watch = || summaries(Arc::clone(&sources), &every(1, 0));
    let mut streams: Vec<_> = (0..WATCHES).map(|_| watch().unwrap()).collect();
    let refused = watch().err().unwrap();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.message(), "1000 watch the statistics already: ask again later");
    streams.pop();
    assert!(watch().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_the_stream_and_begins_no_other() {
    let readiness = Readiness::new();
    // Not ready before, so that readiness itself does not change.
    let _latch = readiness.latch("database");
    let sources = sources(&readiness);
    let mut stream = summaries(Arc::clone(&sources), &every(3600, 0)).unwrap();
    stream.next().await.unwrap().unwrap();
    let begun = tokio::time::Instant::now();
    readiness.shut_down();
    assert!(stream.next().await.is_none());
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(summaries(sources, &every(1, 0)).err().unwrap().code(), Code::Unavailable);
}

#[test]
fn a_runtime_without_timers_is_told_and_not_panicked_in() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let refused = runtime.block_on(async { summaries(sources(&Readiness::new()), &every(1, 0)).err().unwrap() });
    assert_eq!(refused.code(), Code::FailedPrecondition);
}
