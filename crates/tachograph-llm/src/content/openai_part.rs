//! Parts of messages and tools of OpenAI's APIs: the newer one changed names, and no name means two things.

use std::borrow::Cow;

use serde::{
    Deserialize,
    de::{MapAccess, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use tachograph_core::ContentKind;

use super::{
    conversation::{Name, Part, Role, Tool},
    ends::{First, TextOr},
    media::{Data, Media},
};
use crate::json::{Lenient, Object, Shape, Text};

/// A text, or parts.
pub(super) type Content<'a> = Lenient<TextOr<'a, First<OpenAiPart<'a>>>>;

/// The parts of a message's content.
pub(super) fn parts<'a>(content: Content<'a>, role: &Role<'_>) -> Vec<Part<'a>> {
    match content.0 {
        Some(TextOr::Text(text)) if !text.is_empty() => vec![Part::text(role.kind(), text)],
        Some(TextOr::Objects(parts)) => parts.into_iter().filter_map(|part| part.read(role.kind())).collect(),
        _ => Vec::new(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct OpenAiPart<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    text: Text<'a>,
    refusal: Text<'a>,
    thinking: Text<'a>,
    image_url: Lenient<Url<'a>>,
    video_url: Lenient<Url<'a>>,
    input_audio: Object<Audio<'a>>,
    file: Object<File<'a>>,
    file_id: Text<'a>,
    file_data: Text<'a>,
    file_url: Text<'a>,
}

/// An address, or an object that has it.
#[derive(Debug)]
struct Url<'a>(Text<'a>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct UrlFields<'a> {
    #[serde(borrow)]
    url: Text<'a>,
}

impl<'de: 'a, 'a> Shape<'de> for Url<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(Lenient(Some(text))))
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        UrlFields::deserialize(MapAccessDeserializer::new(map)).map(|fields| Some(Self(fields.url)))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Audio<'a> {
    #[serde(borrow)]
    data: Text<'a>,
    format: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct File<'a> {
    #[serde(borrow)]
    file_id: Text<'a>,
    file_data: Text<'a>,
}

impl<'a> OpenAiPart<'a> {
    fn read(self, kind: ContentKind) -> Option<Part<'a>> {
        if let Some(text) = self.text.0 {
            return (!text.is_empty()).then(|| Part::text(kind, text));
        }
        if let Some(text) = self.refusal.0 {
            return Some(Part::text(ContentKind::Completion, text));
        }
        if let Some(text) = self.thinking.0 {
            return Some(Part::reasoning(text));
        }
        let file = self.file.0.unwrap_or(File { file_id: self.file_id, file_data: self.file_data });
        let or = match self.r#type.get() {
            Some("image_url" | "input_image") => "image",
            Some("video_url" | "input_video") => "video",
            Some("input_audio") => "audio",
            _ => "document",
        };
        let url = self.image_url.0.or(self.video_url.0).map_or(self.file_url, |url| url.0);
        let media = if let Some(audio) = self.input_audio.0 {
            let mime_type = audio.format.get().map(|format| Cow::Owned(format!("audio/{format}")));
            Media::inline(mime_type, "audio", audio.data.get().unwrap_or_default())
        } else if let Some(url) = url.0 {
            Media::at(url, None, or)
        } else if let Some(id) = file.file_id.0 {
            Media::file(id, None, or)
        } else if let Some(data) = file.file_data.0 {
            match Media::at(data, None, or) {
                Media { data: Data::Uri(base64), .. } => Media::inline(None, or, &base64),
                media => media,
            }
        } else {
            return Part::other(kind, self.r#type.0?);
        };
        Some(Part::Media(kind, media))
    }
}

/// A tool's definition: the fields of a function, which chat completions put into an object of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct OpenAiTool<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    function: Object<Function<'a>>,
    custom: Object<Function<'a>>,
    name: Text<'a>,
    server_label: Text<'a>,
    description: Text<'a>,
    parameters: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    description: Text<'a>,
    parameters: Option<&'a RawValue>,
}

impl<'a> OpenAiTool<'a> {
    pub(super) fn read(self) -> Tool<'a> {
        let sort = self.r#type.0.unwrap_or(Cow::Borrowed("function"));
        let flat = Function { name: self.name, description: self.description, parameters: self.parameters };
        let function = self.function.0.or(self.custom.0).unwrap_or(flat);
        let name: Name<'a> = function.name.0.or(self.server_label.0);
        Tool {
            name: name.unwrap_or_else(|| sort.clone()),
            sort,
            description: function.description.0,
            parameters: function.parameters.map(RawValue::get),
        }
    }
}
