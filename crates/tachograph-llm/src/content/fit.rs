//! Bringing content into the room that an attribute has.
//!
//! Long texts were cut before. What is too much even so is shortened in an order that is always the same: of a conversation the oldest
//! messages go first, without the system's message that began it; of tools go the schemas, the descriptions, the last ones. Only what must
//! stay and does not fit is cut further.

use std::{collections::VecDeque, io};

use serde::Serialize;

use super::{
    clean::Cleaner,
    conversation::{self as given, Listed, Role},
    shape::{Message, Part, Tool},
};

/// Bytes of the brackets around a list.
const BRACKETS: usize = 2;

/// Bytes of the field that tells how many elements are left out.
const MARK: usize = ",\"omitted_before\":18446744073709551615".len();

/// The newest messages and the system's first. `None` when there is nothing to see in them or no room.
pub(super) fn messages(messages: &Listed<given::Message<'_>>, cleaner: &Cleaner<'_>, room: usize) -> Option<String> {
    let (newest, older) = messages.kept.split_last()?;
    let mark = if older.is_empty() { 0 } else { MARK };
    let mut left = room.checked_sub(BRACKETS + mark)?;

    let mut first = older.first().filter(|first| first.role == Role::System).map(|first| cleaner.message(first));
    let is_apart = first.is_some() || messages.total > messages.kept.len();
    let wanted = first.as_ref().map_or(0, |first| size(first) + 1);
    let mut newest = cleaner.message(newest);
    left -= shrink(&mut newest, cleaner.limit, left - wanted.min(left / 4))?;
    first = first.and_then(|mut first| {
        left -= shrink(&mut first, cleaner.limit, left.checked_sub(1)?)? + 1;
        Some(first)
    });

    let mut kept = VecDeque::from([newest]);
    for message in older.iter().skip(usize::from(is_apart)).rev() {
        let message = cleaner.message(message);
        match left.checked_sub(size(&message) + 1) {
            Some(rest) => left = rest,
            None => break,
        }
        kept.push_front(message);
    }
    let omitted = messages.total - kept.len() - usize::from(first.is_some());
    kept.front_mut()?.omitted_before = omitted;
    if let Some(first) = first {
        kept.push_front(first);
    }
    visible(kept.make_contiguous())
}

/// The answers of a model, the first ones if there is no room for all.
pub(super) fn answers(mut messages: Vec<Message>, limit: usize, room: usize) -> Option<String> {
    let total = messages.len();
    if shrink(&mut messages, limit, room).is_none() {
        let left = room.checked_sub(MARK)?;
        while size(&messages) > left {
            messages.pop()?;
        }
        messages.last_mut()?.omitted_after = total - messages.len();
    }
    visible(&messages)
}

/// The text of the messages, if there is anything in one of them.
fn visible(messages: &[Message]) -> Option<String> {
    let is_visible = messages.iter().any(|message| !message.parts.is_empty());
    is_visible.then(|| serde_json::to_string(messages).ok())?
}

/// Instructions, all of them.
pub(super) fn instructions(mut parts: Vec<Part>, limit: usize, room: usize) -> Option<String> {
    if parts.is_empty() {
        return None;
    }
    shrink(&mut parts, limit, room)?;
    serde_json::to_string(&parts).ok()
}

/// Definitions of tools: with schemas and descriptions where these fit, and else by their names.
pub(super) fn tools(mut tools: Vec<Tool>, total: usize, room: usize) -> Option<String> {
    let left = room.checked_sub(MARK)?;
    if size(&tools) > left {
        tools.iter_mut().for_each(Tool::drop_parameters);
    }
    if size(&tools) > left {
        tools.iter_mut().for_each(|tool| tool.description = None);
    }
    while size(&tools) > left {
        tools.pop()?;
    }
    tools.last_mut()?.omitted_after = total - tools.len();
    serde_json::to_string(&tools).ok()
}

/// What has texts that can be cut.
trait Cut: Serialize {
    fn cut(&mut self, limit: usize);
}

impl Cut for Message {
    fn cut(&mut self, limit: usize) {
        self.parts.cut(limit);
    }
}

impl Cut for Vec<Message> {
    fn cut(&mut self, limit: usize) {
        self.iter_mut().for_each(|message| message.cut(limit));
    }
}

impl Cut for Vec<Part> {
    fn cut(&mut self, limit: usize) {
        self.iter_mut().for_each(|part| part.cut(limit));
    }
}

/// Cuts all texts alike until the whole fits; gives its size.
fn shrink(what: &mut impl Cut, mut limit: usize, room: usize) -> Option<usize> {
    loop {
        let bytes = size(what);
        if bytes <= room {
            return Some(bytes);
        }
        if limit == 0 {
            return None;
        }
        limit = (limit / 2).min(room);
        what.cut(limit);
    }
}

fn size(what: &impl Serialize) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, what).map_or(usize::MAX, |()| count.0)
}
