//! Timers of the runtime, which it may have been built without.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use tokio::time::{Interval, MissedTickBehavior, Sleep, interval, sleep};

/// Ticks at once and then every so often; `None` in a runtime without timers. Ticks that nobody took are left out.
pub(super) fn ticks(every: Duration) -> Option<Interval> {
    let mut ticks = catch_unwind(AssertUnwindSafe(|| interval(every))).ok()?;
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Some(ticks)
}

/// `None` in a runtime without timers.
pub(super) fn after(time: Duration) -> Option<Sleep> {
    catch_unwind(AssertUnwindSafe(|| sleep(time))).ok()
}
