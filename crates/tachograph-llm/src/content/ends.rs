//! Arrays of any length of which the beginning and the end are kept.

use std::{borrow::Cow, collections::VecDeque};

use serde::de::{Deserialize, Deserializer, SeqAccess};

use crate::json::{Lenient, Object, Shape, Text};

/// Messages: the first, which may be the system's, and the newest ones. No more fit into an attribute, however short they are.
pub(super) type Newest<E> = Ends<E, 1, 511>;

/// Tools: the first ones.
pub(super) type First<E> = Ends<E, 256, 0>;

/// The first `HEAD` and the last `TAIL` elements of an array, and how many it has. Elements of another shape are none. Empty when there
/// is no array.
#[derive(Debug)]
pub(super) struct Ends<E, const HEAD: usize, const TAIL: usize> {
    head: Vec<E>,
    tail: VecDeque<E>,
    total: usize,
}

impl<E, const HEAD: usize, const TAIL: usize> Ends<E, HEAD, TAIL> {
    pub(super) fn total(&self) -> usize {
        self.total
    }

    pub(super) fn push(&mut self, element: E) {
        self.total += 1;
        if self.head.len() < HEAD {
            self.head.push(element);
        } else if TAIL > 0 {
            if self.tail.len() == TAIL {
                self.tail.pop_front();
            }
            self.tail.push_back(element);
        }
    }

    /// Appends what another list kept, and counts what it did not keep.
    pub(super) fn extend(&mut self, other: Self) {
        let passed_over = other.total - other.head.len() - other.tail.len();
        other.into_iter().for_each(|element| self.push(element));
        self.total += passed_over;
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = E> {
        self.head.into_iter().chain(self.tail)
    }

    fn read<'de, A: SeqAccess<'de>, L>(mut seq: A) -> Result<Self, A::Error>
    where
        L: Deserialize<'de> + Into<Option<E>>,
    {
        let mut ends = Self::default();
        while let Some(element) = seq.next_element::<L>()? {
            if let Some(element) = element.into() {
                ends.push(element);
            }
        }
        Ok(ends)
    }
}

impl<E, const HEAD: usize, const TAIL: usize> Default for Ends<E, HEAD, TAIL> {
    fn default() -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), total: 0 }
    }
}

impl<T> From<Object<T>> for Option<T> {
    fn from(object: Object<T>) -> Self {
        object.0
    }
}

impl<'de, E: Deserialize<'de>, const HEAD: usize, const TAIL: usize> Shape<'de> for Ends<E, HEAD, TAIL> {
    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Self::read::<A, Object<E>>(seq).map(Some)
    }
}

impl<'de, E: Deserialize<'de>, const HEAD: usize, const TAIL: usize> Deserialize<'de> for Ends<E, HEAD, TAIL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ends = Lenient::<Self>::deserialize(deserializer)?;
        Ok(ends.0.unwrap_or_default())
    }
}

/// One text or an array of texts: the prompts of a completion, the inputs of embeddings. Tokens are none.
#[derive(Debug, Default)]
pub(super) struct Prompts<'a>(pub(super) Newest<Cow<'a, str>>);

struct Element<'a>(Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Element<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Self)
    }
}

impl<'a> From<Element<'a>> for Option<Cow<'a, str>> {
    fn from(element: Element<'a>) -> Self {
        element.0.0
    }
}

impl<'de: 'a, 'a> Shape<'de> for Prompts<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        let mut texts = Newest::default();
        texts.push(text);
        Some(Self(texts))
    }

    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Newest::read::<A, Element<'a>>(seq).map(|texts| Some(Self(texts)))
    }
}

/// A text, or an array of objects: what several fields of several providers may be.
#[derive(Debug)]
pub(super) enum TextOr<'a, L> {
    Text(Cow<'a, str>),
    Objects(L),
}

impl<'de: 'a, 'a, E: Deserialize<'de>, const HEAD: usize, const TAIL: usize> Shape<'de>
    for TextOr<'a, Ends<E, HEAD, TAIL>>
{
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self::Text(text))
    }

    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Ends::from_seq(seq).map(|list| list.map(Self::Objects))
    }
}
