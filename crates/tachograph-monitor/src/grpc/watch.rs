//! Statistics again and again.

use std::{pin::pin, sync::Arc, time::Duration};

use async_stream::stream;
use tonic::{Status, codegen::BoxStream};

use super::{
    WatchStatsRequest, WatchStatsResponse,
    service::{Sources, WATCHES},
    timer,
};

const SHORTEST: i64 = 1;
const LONGEST: i64 = 3600;

/// One summary at once and one per interval, until the stream is dropped or the application shuts down. There is no task behind it: where
/// the client does not read, nothing is made.
pub(super) fn summaries(
    sources: Arc<Sources>,
    request: &WatchStatsRequest,
) -> Result<BoxStream<WatchStatsResponse>, Status> {
    let every = interval(request.interval.as_ref())?;
    let stats = sources.stats()?.clone();
    if sources.health.readiness().is_shutting_down() {
        return Err(Status::unavailable("the application is shutting down"));
    }
    let no_timers = || Status::failed_precondition("the server's runtime has no timers: build it with `enable_time`");
    let mut ticks = timer::ticks(every).ok_or_else(no_timers)?;
    let no_room = |_| Status::resource_exhausted(format!("{WATCHES} watch the statistics already: ask again later"));
    let place = Arc::clone(&sources.room).try_acquire_owned().map_err(no_room)?;
    Ok(Box::pin(stream! {
        let _place = place;
        let mut end = pin!(sources.health.readiness().shutting_down());
        loop {
            tokio::select! {
                biased;
                () = &mut end => return,
                _ = ticks.tick() => {}
            }
            let summary = Some((&*stats.summary()).into());
            yield Ok(WatchStatsResponse { summary });
        }
    }))
}

/// The interval that is asked for. Compared by its parts, since arithmetic on what a client sends may overflow.
fn interval(asked: Option<&prost_types::Duration>) -> Result<Duration, Status> {
    let Some(&prost_types::Duration { seconds, nanos }) = asked else {
        return Ok(Duration::from_secs(SHORTEST.unsigned_abs()));
    };
    match u32::try_from(nanos) {
        Ok(nanos @ 0..1_000_000_000) if ((SHORTEST, 0)..=(LONGEST, 0)).contains(&(seconds, nanos)) => {
            Ok(Duration::new(seconds.unsigned_abs(), nanos))
        }
        _ => Err(Status::invalid_argument(format!(
            "`interval` is from {SHORTEST} to {LONGEST} seconds, not {seconds} s and {nanos} ns"
        ))),
    }
}

#[cfg(test)]
mod tests;
