//! What was received, within bounds.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    time::Instant,
};

use http::HeaderMap;

use super::{
    payload::Payload,
    signal::{Protocol, Signal},
};

/// Hashes of bodies that are kept to tell a repetition: some megabytes at most.
const MAX_BODIES: usize = 200_000;

/// One request that had at least one item, as it came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// What it carries.
    pub signal: Signal,
    /// How it was sent.
    pub protocol: Protocol,
    /// When it had been read.
    pub at: Instant,
    /// Its headers, or gRPC metadata.
    pub headers: HeaderMap,
    /// The size of its message, uncompressed, in bytes.
    pub bytes: usize,
    /// The size of its body as it was sent, in bytes; over gRPC without the five bytes before the message.
    pub bytes_on_the_wire: usize,
    /// How many of its items, from the first on, were taken in.
    pub accepted: u64,
    /// The message.
    pub payload: Payload,
}

/// The latest requests, as many as fit.
#[derive(Debug)]
pub(super) struct Log {
    requests: VecDeque<Received>,
    bytes: usize,
    limit: usize,
    bodies: HashSet<u64>,
}

impl Log {
    pub(super) fn new(limit: usize) -> Self {
        Self { requests: VecDeque::new(), bytes: 0, limit, bodies: HashSet::new() }
    }

    /// Keeps a request and tells how many others went for it.
    pub(super) fn keep(&mut self, request: Received) -> u64 {
        self.bytes += request.bytes;
        self.requests.push_back(request);
        let mut forgotten = 0;
        while self.bytes > self.limit
            && let Some(oldest) = self.requests.pop_front()
        {
            self.bytes -= oldest.bytes;
            forgotten += 1;
        }
        forgotten
    }

    /// Whether such a body comes for the first time.
    pub(super) fn is_new(&mut self, signal: Signal, body: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        (signal, body).hash(&mut hasher);
        if self.bodies.len() >= MAX_BODIES {
            self.bodies.clear();
        }
        self.bodies.insert(hasher.finish())
    }

    pub(super) fn requests(&self) -> impl DoubleEndedIterator<Item = &Received> {
        self.requests.iter()
    }
}
