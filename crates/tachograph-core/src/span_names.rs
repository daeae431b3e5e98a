//! Span names that are made once.
//!
//! A span takes a `&'static str` for nothing and a `String` for an allocation. Names are few by convention (`chat gpt-4o`), so the
//! first [`MAX_NAMES`] of the process are kept for ever; a process that has more pays for the others each time.

use std::{
    borrow::Cow,
    collections::HashSet,
    sync::{LazyLock, PoisonError, RwLock},
};

/// Names that are kept, about 100 KB of them.
const MAX_NAMES: usize = 4096;

static KEPT: LazyLock<RwLock<HashSet<&'static str>>> = LazyLock::new(RwLock::default);

/// The kept name of this text; `None` where there is no more room.
pub(crate) fn keep(name: Cow<'static, str>) -> Option<&'static str> {
    let name = match name {
        Cow::Borrowed(name) => return Some(name),
        Cow::Owned(name) => name,
    };
    // Nothing can panic under the lock half-way.
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(name.as_str()) {
        return Some(known);
    }
    if kept.len() >= MAX_NAMES {
        return None;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    kept.insert(name);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_there_is_a_limit() {
        let one = keep(Cow::Owned("chat one".to_owned())).unwrap();
        let again = keep(Cow::Owned("chat one".to_owned())).unwrap();
        assert!(std::ptr::eq(one, again));
        let kept = (0..2 * MAX_NAMES).filter_map(|i| keep(Cow::Owned(format!("chat {i}")))).count();
        assert!(kept < MAX_NAMES, "{kept}");
        assert_eq!(keep(Cow::Owned("one too many".to_owned())), None);
        assert_eq!(keep(Cow::Owned("chat one".to_owned())), Some("chat one"));
        assert_eq!(keep(Cow::Borrowed("static")), Some("static"));
    }
}
