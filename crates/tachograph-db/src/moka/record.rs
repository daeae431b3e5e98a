//! What is recorded of a cache, whichever of moka's it is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::{StringValue, trace::FutureExt as _};
use tachograph_core::{CacheCounter, CacheOperation, Observe};

use super::gauges::{Gauges, Measured};

/// What changes a cache.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Set,
    Remove,
}

impl Change {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Remove => "remove",
        }
    }
}

/// What the handles of one cache share.
pub(super) struct Record {
    name: StringValue,
    operations: CacheCounter,
    gauges: Gauges,
}

impl Record {
    pub(super) fn of<C: Measured>(name: impl Into<Arc<str>>, cache: &Arc<C>) -> Self {
        // As a text that is cloned by counting.
        let name = StringValue::from(name.into());
        Self { operations: CacheCounter::new(name.clone()), gauges: Gauges::of(name.clone(), cache), name }
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_str()
    }

    pub(super) fn look_up(&self, spans: bool) -> LookUp<'_> {
        LookUp { record: self, spans, loads: AtomicBool::new(false) }
    }

    pub(super) async fn change<T>(&self, change: Change, spans: bool, doing: impl Future<Output = T>) -> T {
        self.gauges.report();
        if spans {
            return self.operation(change.as_str()).track(async { Done(doing.await) }).await.0;
        }
        self.count(change);
        doing.await
    }

    pub(super) fn change_now<T>(&self, change: Change, spans: bool, doing: impl FnOnce() -> T) -> T {
        self.gauges.report();
        if spans {
            return self.operation(change.as_str()).run(|| Done(doing())).0;
        }
        self.count(change);
        doing()
    }

    fn hit(&self) {
        self.gauges.report_first();
        self.operations.hit();
    }

    fn miss(&self) {
        self.gauges.report();
        self.operations.miss();
    }

    /// Before it is done: moka completes a change that is dropped half-way.
    fn count(&self, change: Change) {
        match change {
            Change::Set => self.operations.set(),
            Change::Remove => self.operations.remove(),
        }
    }

    fn operation(&self, operation: &'static str) -> CacheOperation {
        CacheOperation::new(self.name.clone(), operation)
    }
}

/// A look-up that is under way.
pub(super) struct LookUp<'a> {
    record: &'a Record,
    spans: bool,
    /// Whether it runs the load that fills the missing entry.
    loads: AtomicBool,
}

impl LookUp<'_> {
    pub(super) async fn find<T>(&self, finding: impl Future<Output = T>, is_found: impl FnOnce(&T) -> bool) -> T {
        if !self.spans {
            let found = finding.await;
            self.count(is_found(&found));
            return found;
        }
        self.record.gauges.report();
        let call = self.record.operation("get").start();
        let found = finding.with_context(call.context()).await;
        call.hit(is_found(&found) && !self.is_loading());
        call.succeed();
        found
    }

    pub(super) fn find_now<T>(&self, finding: impl FnOnce() -> T, is_found: impl FnOnce(&T) -> bool) -> T {
        if !self.spans {
            let found = finding();
            self.count(is_found(&found));
            return found;
        }
        self.record.gauges.report();
        let call = self.record.operation("get").start();
        let found = {
            let _context = call.enter();
            finding()
        };
        call.hit(is_found(&found) && !self.is_loading());
        call.succeed();
        found
    }

    pub(super) async fn load<T: Observe>(&self, init: impl Future<Output = T>) -> T {
        self.loading();
        self.record.operation("load").track(init).await
    }

    pub(super) fn load_now<T: Observe>(&self, init: impl FnOnce() -> T) -> T {
        self.loading();
        self.record.operation("load").run(init)
    }

    /// A miss, whatever becomes of the load: it may be dropped or panic.
    fn loading(&self) {
        self.loads.store(true, Ordering::Relaxed);
        if !self.spans {
            self.record.miss();
        }
    }

    fn is_loading(&self) -> bool {
        self.loads.load(Ordering::Relaxed)
    }

    fn count(&self, is_found: bool) {
        match is_found {
            _ if self.is_loading() => {}
            true => self.record.hit(),
            false => self.record.miss(),
        }
    }
}

/// A value that came about, whatever it says of itself.
pub(super) struct Done<T>(pub(super) T);

impl<T> Observe for Done<T> {}
