use std::borrow::Cow;

use serde::{Deserialize, de::MapAccess};

use crate::{
    json::{Lenient, Shape, Text},
    state::State,
};

/// An error as it stands under the key `error`: an object with a code, or prose.
#[derive(Debug)]
pub(crate) struct ErrorCode<'a>(Cow<'a, str>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Fields<'a> {
    #[serde(borrow)]
    code: Lenient<Code<'a>>,
    status: Text<'a>,
    r#type: Text<'a>,
}

/// A code that may be a number.
#[derive(Debug)]
pub(crate) enum Code<'a> {
    Name(Cow<'a, str>),
    Number(u64),
}

impl<'de: 'a, 'a> Shape<'de> for Code<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        (!text.is_empty()).then_some(Self::Name(text))
    }

    fn from_number(number: f64) -> Option<Self> {
        u64::from_number(number).map(Self::Number)
    }
}

impl<'a> ErrorCode<'a> {
    /// A name says more than a number, and the more exact name stands first.
    pub(crate) fn of(code: Lenient<Code<'a>>, status: Text<'a>, kind: Text<'a>) -> Self {
        let name = |text: Text<'a>| text.0.filter(|text| !text.is_empty());
        let named = match code.0 {
            Some(Code::Name(code)) => return Self(code),
            Some(Code::Number(number)) => Some(Cow::Owned(number.to_string())),
            None => None,
        };
        Self(name(status).or_else(|| name(kind)).or(named).unwrap_or(Cow::Borrowed("_OTHER")))
    }

    pub(crate) fn write(&self, state: &mut State) {
        state.error(&self.0);
    }
}

impl<'de: 'a, 'a> Shape<'de> for ErrorCode<'a> {
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        Some(Self(Cow::Borrowed("_OTHER")))
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let fields = Fields::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Some(Self::of(fields.code, fields.status, fields.r#type)))
    }
}
