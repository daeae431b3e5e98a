//! Items gathered into requests: each in the first that has room for it, grouped by scope, none above the limit.

use bytes::Bytes;
use opentelemetry::InstrumentationScope;

use super::scopes::Scopes;
use super::wire::{CUT, Writer, field_len};
use super::{Encoded, EncodedResource, Encoding};

/// The field of the items in `Scope{Spans,Metrics,Logs}`, and of those in `Resource{Spans,Metrics,Logs}`.
pub(super) const ITEM: u8 = 0x12;

/// Gathers one batch. The items of the request that is being filled are in `writer`, in the order of the batch.
pub(super) struct Requests<'a> {
    resource: &'a EncodedResource,
    limit: usize,
    pub(super) writer: Writer,
    scopes: Scopes<'a>,
    /// Per scope of the batch.
    groups: Vec<Group>,
    /// The scopes in the request that is being filled.
    open: Vec<usize>,
    items: Vec<Item>,
    /// The fields of the open groups together, and the items that count.
    size: usize,
    counted: u64,
    encoding: Encoding,
}

/// What one scope has in the request that is being filled.
struct Group {
    /// Bytes of a message with the scope and no items.
    empty: usize,
    /// The largest item that fits into a request of its own.
    budget: usize,
    /// Bytes of the message so far; zero if it is not open.
    length: usize,
    first: usize,
    last: usize,
}

struct Item {
    start: usize,
    end: usize,
    /// The next one of its scope.
    next: usize,
}

const NONE: usize = usize::MAX;

/// The most content that a field of `size` bytes has room for.
fn content_of(size: usize) -> usize {
    let room = |width: usize| size.saturating_sub(1 + width);
    (1..=10).map(room).find(|&content| field_len(content) <= size).unwrap_or_default()
}

impl<'a> Requests<'a> {
    /// `expected` is about what the items will take.
    pub(super) fn new(resource: &'a EncodedResource, limit: usize, expected: usize) -> Self {
        Self {
            resource,
            limit,
            writer: Writer::with_capacity(expected.min(limit)),
            scopes: Scopes::default(),
            groups: Vec::new(),
            open: Vec::new(),
            items: Vec::new(),
            size: 0,
            counted: 0,
            encoding: Encoding::default(),
        }
    }

    /// The group of a scope.
    pub(super) fn group(&mut self, name: &'a str, scope: &'a InstrumentationScope) -> usize {
        let place = self.scopes.place(name, scope);
        if place == self.groups.len() {
            let empty = self.scopes.get(place).map_or(0, |scope| scope.head.len() + scope.schema_url.len());
            let group =
                content_of(self.limit).saturating_sub(self.resource.head.len() + self.resource.schema_url.len());
            let budget = content_of(group).saturating_sub(empty);
            self.groups.push(Group { empty, budget, length: 0, first: NONE, last: NONE });
        }
        place
    }

    /// The largest item that fits into a request of its own.
    pub(super) fn budget(&self, group: usize) -> usize {
        self.groups.get(group).map_or(0, |group| group.budget)
    }

    /// Adds one item, with its texts cut if it is too large otherwise.
    #[inline]
    pub(super) fn add(&mut self, group: usize, content: impl Fn(&mut Writer)) {
        let (start, budget) = (self.writer.len(), self.budget(group));
        self.writer.restart(start, budget, usize::MAX);
        self.writer.message::<2>(ITEM, &content);
        if !self.writer.fits(start, budget) && !self.cut(start, budget, &content) {
            self.writer.restart(start, budget, usize::MAX);
            self.encoding.too_large += 1;
            return;
        }
        self.encoding.truncated += u64::from(self.writer.shortened);
        self.put(group, start, 1);
    }

    /// Writes the item with the longest texts with which it fits: so those are cut that are longest.
    #[cold]
    fn cut(&mut self, start: usize, budget: usize, content: &impl Fn(&mut Writer)) -> bool {
        let mut attempt = |longest_text| {
            self.writer.restart(start, budget, longest_text);
            self.writer.message::<2>(ITEM, content);
            self.writer.fits(start, budget)
        };
        if !attempt(CUT.len()) {
            return false;
        }
        let (mut fitting, mut too_long) = (CUT.len(), budget);
        while too_long.saturating_sub(fitting) > 1 {
            let middle = fitting.midpoint(too_long);
            *if attempt(middle) { &mut fitting } else { &mut too_long } = middle;
        }
        attempt(fitting)
    }

    /// Takes what lies behind `start` of the writer as `count` items. It has to be within the budget.
    #[inline]
    pub(super) fn put(&mut self, group: usize, mut start: usize, count: u64) {
        let length = self.writer.len() - start;
        let Some(open) = self.groups.get(group) else { return };
        let before = if open.length == 0 { 0 } else { field_len(open.length) };
        let with = |length: usize| field_len(length + if open.length == 0 { open.empty } else { open.length });
        if self.request_len(self.size - before + with(length)) > self.limit {
            self.close(start);
            start = 0;
        }
        let place = self.items.len();
        let Some(open) = self.groups.get_mut(group) else { return };
        let before = if open.length == 0 { 0 } else { field_len(open.length) };
        if open.length == 0 {
            open.length = open.empty;
            open.first = place;
            self.open.push(group);
        } else if let Some(last) = self.items.get_mut(open.last) {
            last.next = place;
        }
        open.length += length;
        open.last = place;
        self.size = self.size - before + field_len(open.length);
        self.counted += count;
        self.items.push(Item { start, end: start + length, next: NONE });
    }

    fn resource_len(&self, groups: usize) -> usize {
        self.resource.head.len() + groups + self.resource.schema_url.len()
    }

    fn request_len(&self, groups: usize) -> usize {
        field_len(self.resource_len(groups))
    }

    /// Makes a request of the items before `end`; what lies behind it stays.
    fn close(&mut self, end: usize) {
        if self.items.is_empty() {
            return self.writer.keep_from(end);
        }
        let mut body = Writer::with_capacity(self.request_len(self.size));
        body.head(0x0a, self.resource_len(self.size));
        body.bytes(&self.resource.head);
        for place in self.open.drain(..) {
            let (Some(group), Some(scope)) = (self.groups.get_mut(place), self.scopes.get(place)) else { continue };
            body.head(ITEM, group.length);
            body.bytes(&scope.head);
            copy(&self.writer, &self.items, group.first, &mut body);
            body.bytes(&scope.schema_url);
            (group.length, group.first, group.last) = (0, NONE, NONE);
        }
        body.bytes(&self.resource.schema_url);
        self.encoding.requests.push(Encoded { body: Bytes::from(body.into_inner()), items: self.counted });
        self.items.clear();
        (self.size, self.counted) = (0, 0);
        self.writer.keep_from(end);
    }

    pub(super) fn too_large(&mut self, count: u64) {
        self.encoding.too_large += count;
    }

    pub(super) fn finish(mut self) -> Encoding {
        self.close(self.writer.len());
        self.encoding
    }
}

/// Copies the items of one scope, neighbours at once.
fn copy(from: &Writer, items: &[Item], first: usize, to: &mut Writer) {
    let (mut start, mut end) = (0, 0);
    let mut next = first;
    while let Some(item) = items.get(next) {
        if item.start != end {
            to.bytes(from.slice(start, end));
            start = item.start;
        }
        (end, next) = (item.end, item.next);
    }
    to.bytes(from.slice(start, end));
}
