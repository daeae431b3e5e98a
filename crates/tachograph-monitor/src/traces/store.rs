//! All traces that are kept.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use opentelemetry::TraceId;

use super::{
    lists::{Last, Slowest, TraceKind},
    record::SpanRecord,
    trace::{Listed, Trace},
    view::{TraceSummary, TraceView},
};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: usize,
    pub(super) latest: usize,
    pub(super) slowest: usize,
    pub(super) failed: usize,
    /// Traces whose beginning has not ended yet.
    pub(super) pending: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, latest: 100, slowest: 50, failed: 100, pending: 1000 }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    limits: Limits,
    traces: HashMap<TraceId, Trace>,
    bytes: usize,
    seen: u64,
    pending: Last,
    latest: Last,
    slowest: Slowest,
    failed: Last,
}

impl Store {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            traces: HashMap::new(),
            bytes: 0,
            seen: 0,
            pending: Last::new(limits.pending),
            latest: Last::new(limits.latest),
            slowest: Slowest::new(limits.slowest),
            failed: Last::new(limits.failed),
        }
    }

    pub(super) fn set_memory_limit(&mut self, bytes: usize) {
        self.limits.bytes = bytes;
        self.make_room();
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Traces that are listed. Those whose beginning has not ended do not count.
    pub(super) fn kept(&self) -> usize {
        self.traces.values().filter(|trace| !trace.listed.pending).count()
    }

    /// Adds spans, and lists the traces that they belong to.
    pub(super) fn add(&mut self, spans: Vec<(TraceId, SpanRecord)>) {
        let mut changed = HashSet::new();
        for (id, span) in spans {
            let trace = self.traces.entry(id).or_insert_with(|| Trace::new(id));
            let before = if trace.spans.is_empty() { 0 } else { trace.bytes };
            trace.add(span);
            self.bytes = (self.bytes + trace.bytes).saturating_sub(before);
            // One after the other, so that traces are listed in the order in which they ended.
            let begins = trace.spans.last().is_some_and(SpanRecord::is_local_root);
            if begins {
                changed.remove(&id);
                self.list(id);
            } else {
                changed.insert(id);
            }
        }
        for id in changed {
            self.list(id);
        }
        self.make_room();
    }

    /// Puts a trace into the lists that it now belongs to.
    fn list(&mut self, id: TraceId) {
        let Some(trace) = self.traces.get_mut(&id) else { return };
        let Some(root) = trace.root() else {
            if !std::mem::replace(&mut trace.listed.pending, true) {
                let gone = self.pending.push(id);
                self.unlist(gone, |listed| listed.pending = false);
            }
            return;
        };
        let (duration, ended) = (root.duration(), root.end);
        let has_failed = trace.errors > 0;
        if std::mem::take(&mut trace.listed.pending) {
            self.pending.remove(id);
        }
        let is_new = !std::mem::replace(&mut trace.listed.latest, true);
        let is_newly_failed = has_failed && !std::mem::replace(&mut trace.listed.failed, true);
        trace.listed.slowest = true;
        if is_new {
            self.seen += 1;
            let gone = self.latest.push(id);
            self.unlist(gone, |listed| listed.latest = false);
        }
        if is_newly_failed {
            let gone = self.failed.push(id);
            self.unlist(gone, |listed| listed.failed = false);
        }
        let mut gone = self.slowest.push(id, duration, ended);
        if !self.slowest.contains(id) {
            gone.push(id);
        }
        self.unlist(gone, |listed| listed.slowest = false);
    }

    /// Takes traces from one list, and forgets those that stand in no other.
    fn unlist(&mut self, ids: impl IntoIterator<Item = TraceId>, take: impl Fn(&mut Listed)) {
        for id in ids {
            let Some(trace) = self.traces.get_mut(&id) else { continue };
            take(&mut trace.listed);
            if trace.listed == Listed::default() {
                self.bytes = self.bytes.saturating_sub(trace.bytes);
                self.traces.remove(&id);
            }
        }
    }

    /// What is oldest goes first, and what failed last.
    fn make_room(&mut self) {
        while self.bytes > self.limits.bytes {
            if let Some(id) = self.latest.pop() {
                self.unlist([id], |listed| listed.latest = false);
            } else if let Some(id) = self.pending.pop() {
                self.unlist([id], |listed| listed.pending = false);
            } else if let Some(id) = self.slowest.pop() {
                self.unlist([id], |listed| listed.slowest = false);
            } else if let Some(id) = self.failed.pop() {
                self.unlist([id], |listed| listed.failed = false);
            } else {
                return;
            }
        }
    }

    pub(super) fn recent(&mut self, kind: TraceKind, limit: usize) -> Vec<TraceSummary> {
        let old = self.slowest.forget(SystemTime::now());
        self.unlist(old, |listed| listed.slowest = false);
        let ids: Vec<TraceId> = match kind {
            TraceKind::Latest => self.latest.iter().take(limit).collect(),
            TraceKind::Slowest => self.slowest.iter().take(limit).collect(),
            TraceKind::Failed => self.failed.iter().take(limit).collect(),
        };
        ids.iter().filter_map(|id| self.traces.get(id)).map(TraceSummary::new).collect()
    }

    pub(super) fn trace(&self, id: TraceId) -> Option<TraceView> {
        self.traces.get(&id).map(TraceView::new)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.bytes, self.traces.values().map(|trace| trace.bytes).sum())
    }
}
