//! The items of one rank, oldest first.
//!
//! They lie in chunks, which change hands as a whole: how long the lock of the queue is held does not depend on how much is moved.

use std::collections::VecDeque;

/// Items of a chunk: large enough that few are needed, small enough that making one, or copying one, takes microseconds.
pub(super) const CHUNK: usize = 64;

/// An item with its place in the order of arrival.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) number: u64,
    pub(super) size: usize,
    pub(super) item: T,
}

/// How much may be moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

impl Allowed {
    pub(super) const EVERYTHING: Self = Self { items: usize::MAX, bytes: usize::MAX };
}

#[derive(Debug)]
pub(super) struct Chunk<T> {
    entries: VecDeque<Entry<T>>,
    bytes: usize,
}

impl<T> Chunk<T> {
    fn new() -> Self {
        Self { entries: VecDeque::with_capacity(CHUNK), bytes: 0 }
    }

    fn push(&mut self, entry: Entry<T>) {
        self.bytes += entry.size;
        self.entries.push_back(entry);
    }

    /// How many of the oldest are allowed.
    fn fitting(&self, allowed: Allowed) -> usize {
        let mut bytes = 0_usize;
        let fits = |entry: &&Entry<T>| {
            bytes = bytes.saturating_add(entry.size);
            bytes <= allowed.bytes
        };
        self.entries.iter().take(allowed.items).take_while(fits).count()
    }
}

/// Empty chunks to be used again.
#[derive(Debug)]
pub(super) struct Spare<T> {
    chunks: Vec<Chunk<T>>,
    most: usize,
}

impl<T> Spare<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { chunks: Vec::with_capacity(most), most }
    }

    fn get(&mut self) -> Chunk<T> {
        self.chunks.pop().unwrap_or_else(Chunk::new)
    }

    pub(super) fn put(&mut self, chunk: Chunk<T>) {
        if self.chunks.len() < self.most {
            self.chunks.push(chunk);
        }
    }
}

#[derive(Debug)]
pub(super) struct Lane<T> {
    chunks: VecDeque<Chunk<T>>,
    len: usize,
    bytes: usize,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), len: 0, bytes: 0 }
    }
}

impl<T> Lane<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of the item that has been here longest.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.chunks.front()?.entries.front().map(|entry| entry.number)
    }

    /// The size of the item that has been here longest; 0 if there is none.
    pub(super) fn next_size(&self) -> usize {
        self.chunks.front().and_then(|chunk| chunk.entries.front()).map_or(0, |entry| entry.size)
    }

    pub(super) fn push(&mut self, entry: Entry<T>, spare: &mut Spare<T>) {
        (self.len, self.bytes) = (self.len + 1, self.bytes + entry.size);
        match self.chunks.back_mut() {
            Some(last) if last.entries.len() < CHUNK => last.push(entry),
            _ => {
                let mut chunk = spare.get();
                chunk.push(entry);
                self.chunks.push_back(chunk);
            }
        }
    }

    pub(super) fn pop_oldest(&mut self, spare: &mut Spare<T>) -> Option<Entry<T>> {
        let first = self.chunks.front_mut()?;
        let entry = first.entries.pop_front()?;
        first.bytes -= entry.size;
        if first.entries.is_empty() {
            self.chunks.pop_front().into_iter().for_each(|chunk| spare.put(chunk));
        }
        (self.len, self.bytes) = (self.len - 1, self.bytes - entry.size);
        Some(entry)
    }

    pub(super) fn pop_newest(&mut self, spare: &mut Spare<T>) -> Option<Entry<T>> {
        let last = self.chunks.back_mut()?;
        let entry = last.entries.pop_back()?;
        last.bytes -= entry.size;
        if last.entries.is_empty() {
            self.chunks.pop_back().into_iter().for_each(|chunk| spare.put(chunk));
        }
        (self.len, self.bytes) = (self.len - 1, self.bytes - entry.size);
        Some(entry)
    }

    /// Moves some of the oldest items to the end of `to`: a chunk, or as much of it as is allowed.
    pub(super) fn hand_over(&mut self, allowed: Allowed, to: &mut Self, spare: &mut Spare<T>) {
        let Some(first) = self.chunks.front_mut() else { return };
        let chunk = if first.entries.len() <= allowed.items && first.bytes <= allowed.bytes {
            self.chunks.pop_front()
        } else {
            let fitting = first.fitting(allowed);
            if fitting == 0 {
                return;
            }
            let mut part = spare.get();
            first.entries.drain(..fitting).for_each(|entry| part.push(entry));
            first.bytes -= part.bytes;
            Some(part)
        };
        if let Some(chunk) = chunk {
            (self.len, self.bytes) = (self.len - chunk.entries.len(), self.bytes - chunk.bytes);
            to.append(chunk, spare);
        }
    }

    fn append(&mut self, mut chunk: Chunk<T>, spare: &mut Spare<T>) {
        (self.len, self.bytes) = (self.len + chunk.entries.len(), self.bytes + chunk.bytes);
        match self.chunks.back_mut() {
            // Or many chunks with little in them would take much room.
            Some(last) if last.entries.len() + chunk.entries.len() <= CHUNK => {
                last.entries.extend(chunk.entries.drain(..));
                last.bytes += std::mem::take(&mut chunk.bytes);
                spare.put(chunk);
            }
            _ => self.chunks.push_back(chunk),
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<T>> {
        self.chunks.iter().flat_map(|chunk| &chunk.entries)
    }

    /// Takes the oldest item out, and leaves chunks that it emptied in `empty`.
    pub(super) fn drain_oldest(&mut self, empty: &mut Vec<Chunk<T>>) -> Option<T> {
        let first = self.chunks.front_mut()?;
        let entry = first.entries.pop_front()?;
        first.bytes -= entry.size;
        if first.entries.is_empty() {
            empty.extend(self.chunks.pop_front());
        }
        (self.len, self.bytes) = (self.len - 1, self.bytes - entry.size);
        Some(entry.item)
    }
}
