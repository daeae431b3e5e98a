//! The methods that a server was seen to serve.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use opentelemetry::StringValue;

use super::method;

/// How many methods are known at most: more than a server has.
const MAX_METHODS: usize = 1024;

/// Names of methods, bounded in number and in length, for all connections of a server.
///
/// Callers write any name that they like; only what was served becomes a metric label.
#[derive(Default)]
pub(super) struct KnownMethods(RwLock<HashSet<Arc<str>>>);

impl KnownMethods {
    pub(super) fn get(&self, name: &str) -> Option<StringValue> {
        // A set that another thread left by a panic is whole.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(name).map(|name| Arc::clone(name).into())
    }

    /// Learns a method; `None` where there is no room for it.
    pub(super) fn learn(&self, name: &str) -> Option<StringValue> {
        if name.len() > method::MAX_BYTES {
            return None;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(name) {
            return Some(Arc::clone(name).into());
        }
        if known.len() >= MAX_METHODS {
            return None;
        }
        let name: Arc<str> = name.into();
        known.insert(Arc::clone(&name));
        Some(name.into())
    }
}

impl fmt::Debug for KnownMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownMethods").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_once_they_were_learned_up_to_a_limit() {
        let known = KnownMethods::default();
        assert_eq!(known.get("s/0"), None);
        for number in 0..MAX_METHODS {
            assert!(known.learn(&format!("s/{number}")).is_some());
        }
        assert_eq!(known.learn("s/one more"), None);
        assert_eq!(known.learn("s/0").as_ref().map(StringValue::as_str), Some("s/0"));
        assert_eq!(known.get("s/1023").as_ref().map(StringValue::as_str), Some("s/1023"));
        assert_eq!(KnownMethods::default().learn(&format!("s/{}", "x".repeat(254))), None);
    }
}
