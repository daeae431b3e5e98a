use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _},
};
use serde_json::Value;

use crate::bounded::bounded;

/// More bytes than the longest name has that is kept.
const TEXT_BYTES: usize = 512;

/// More elements than the parsers look at.
const ELEMENTS: usize = 256;

const TYPE: &str = "type";

/// As much of a value as the parsers look at where no content is kept: long texts end early, and lists of numbers, which embeddings are,
/// are empty.
pub(super) struct Outline<'a>(pub(super) &'a Value);

impl Serialize for Outline<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => serializer.serialize_str(bounded(text, TEXT_BYTES)),
            Value::Array(elements) => {
                let mut list = serializer.serialize_seq(None)?;
                for element in elements.iter().take(ELEMENTS).take_while(|element| !element.is_number()) {
                    list.serialize_element(&Self(element))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut object = serializer.serialize_map(None)?;
                // Where it comes first, as it does on the wire, most events are recognised by it alone.
                let kind = fields.get_key_value(TYPE);
                for (key, value) in kind.into_iter().chain(fields.iter().filter(|(key, _)| *key != TYPE)) {
                    object.serialize_entry(key, &Self(value))?;
                }
                object.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
