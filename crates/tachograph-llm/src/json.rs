//! Reading JSON that may be of another shape than documented.
//!
//! A field of the wrong kind is as good as a missing one: it must not cost the rest of the event. Everything is borrowed where the text
//! has no escapes, and what nobody asks for is skipped without being stored.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::de::{
    Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};

/// Most elements of one array that are looked at; a body with more choices, parts or calls than that is not a usual one.
const MAX_ELEMENTS: usize = 128;

/// Reads one JSON object; `None` when it is malformed or not an object.
pub(crate) fn parse<'de, T: Deserialize<'de>>(data: &'de [u8]) -> Option<T> {
    serde_json::from_slice::<Object<T>>(data).ok()?.0
}

/// A text, whole or absent.
pub(crate) type Text<'a> = Lenient<Cow<'a, str>>;

/// A count; negative and fractional numbers are no counts.
pub(crate) type Count = Lenient<u64>;

/// Makes itself of one kind of JSON value and refuses all others.
pub(crate) trait Shape<'de>: Sized {
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn from_number(_: f64) -> Option<Self> {
        None
    }

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Cow<'a, str> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

impl Shape<'_> for f64 {
    fn from_number(number: f64) -> Option<Self> {
        number.is_finite().then_some(number)
    }
}

impl Shape<'_> for bool {
    fn from_bool(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl Shape<'_> for u64 {
    // Exact up to 2^53, which no count of tokens reaches.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count")]
    fn from_number(number: f64) -> Option<Self> {
        (number >= 0.0 && number.fract() == 0.0 && number < 9e15).then_some(number as Self)
    }
}

impl Shape<'_> for i64 {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number")]
    fn from_number(number: f64) -> Option<Self> {
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as Self)
    }
}

/// A value of the wanted shape, or nothing.
#[derive(Clone, Debug)]
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'a> Lenient<Cow<'a, str>> {
    /// The text, if there is any.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

struct ShapeVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for ShapeVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(text.to_owned())))
    }

    #[expect(clippy::cast_precision_loss, reason = "the shapes take no number beyond 2^53")]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(T::from_number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "the shapes take no number beyond 2^53")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::from_seq(seq)
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor(PhantomData)).map(Self)
    }
}

/// An object with known fields, or nothing.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// The fields of an object: what [`Object`] reads through.
struct Fields<T>(T);

impl<'de, T: Deserialize<'de>> Shape<'de> for Fields<T> {
    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|fields| Some(Self(fields)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Lenient::<Fields<T>>::deserialize(deserializer)?;
        Ok(Self(fields.0.map(|fields| fields.0)))
    }
}

/// The objects of an array, at most [`MAX_ELEMENTS`]; empty when there is no array.
#[derive(Debug)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Shape<'de> for List<T> {
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let mut found = Vec::new();
        while found.len() < MAX_ELEMENTS {
            match seq.next_element::<Object<T>>()? {
                Some(element) => found.extend(element.0),
                None => return Ok(Some(Self(found))),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Self(found)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Lenient::<Self>::deserialize(deserializer)?;
        Ok(list.0.unwrap_or_default())
    }
}

/// One text or an array of texts.
#[derive(Debug, Default)]
pub(crate) struct Texts<'a>(pub(crate) Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Shape<'de> for Texts<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(vec![text]))
    }

    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let mut found = Vec::new();
        while let Some(element) = seq.next_element::<Text<'de>>()? {
            if found.len() < MAX_ELEMENTS {
                found.extend(element.0);
            }
        }
        Ok(Some(Self(found)))
    }
}

/// One text, or an array of parts of which each is an object.
#[derive(Debug)]
pub(crate) enum Content<'a, P> {
    Text(Cow<'a, str>),
    Parts(Vec<P>),
}

impl<'de: 'a, 'a, P: Deserialize<'de>> Shape<'de> for Content<'a, P> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self::Text(text))
    }

    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        let parts = List::<P>::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Some(Self::Parts(parts.0)))
    }
}
