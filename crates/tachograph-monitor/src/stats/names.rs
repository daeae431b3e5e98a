//! Things of one kind by name, no more than there is room for.

use std::collections::{HashMap, HashSet};

/// Most things of one kind that are told apart. Metrics keep a few hundred values of an attribute apart, so this is met by
/// combinations alone.
pub(crate) const MAX_NAMES: usize = 1000;

/// Values by name. Names stay when the values are cleared: a series of the process never goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names<T> {
    known: HashMap<Box<str>, T>,
    /// Those there was no room for, by their hash alone.
    omitted: HashSet<u64>,
}

impl<T: Default> Names<T> {
    /// The value of `name`; `None` if there is no room for one more.
    pub(crate) fn get_or_add(&mut self, name: &str) -> Option<&mut T> {
        if !self.known.contains_key(name) {
            if self.known.len() >= MAX_NAMES {
                self.omit(name);
                return None;
            }
            self.known.insert(name.into(), T::default());
        }
        self.known.get_mut(name)
    }
}

impl<T> Names<T> {
    /// Counted for as long as there is room for as many again; from there on "many" is all there is to know.
    fn omit(&mut self, name: &str) {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        if self.omitted.len() < MAX_NAMES {
            self.omitted.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(name));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.known.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.known.iter().map(|(name, value)| (&**name, value))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.known.values_mut()
    }

    /// How many names there was no room for, up to [`MAX_NAMES`].
    pub(crate) fn omitted(&self) -> usize {
        self.omitted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_counted_once() {
        let mut names = Names::<u32>::default();
        for round in 0..2 {
            for i in 0..MAX_NAMES + 3 {
                let value = names.get_or_add(&format!("name {i}"));
                assert_eq!(value.is_some(), i < MAX_NAMES, "{round} {i}");
            }
        }
        assert_eq!((names.iter().count(), names.omitted()), (MAX_NAMES, 3));
        assert_eq!(names.get("name 1002"), None);
    }
}
