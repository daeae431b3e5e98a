//! Pictures, sound and documents: what they are and how long, never what is in them.

use std::borrow::Cow;

use super::conversation::Name;

/// Most bytes before the data of a `data:` URL.
const MAX_HEADER: usize = 256;

#[derive(Debug)]
pub(super) struct Media<'a> {
    pub(super) modality: &'static str,
    pub(super) mime_type: Name<'a>,
    pub(super) data: Data<'a>,
}

#[derive(Debug)]
pub(super) enum Data<'a> {
    /// In the body itself: so many bytes, which are not kept.
    Inline(usize),
    /// At an address.
    Uri(Cow<'a, str>),
    /// With the provider, under an id.
    File(Cow<'a, str>),
}

impl<'a> Media<'a> {
    /// Data that stands in the body in base64.
    pub(super) fn inline(mime_type: Name<'a>, or: &'static str, base64: &str) -> Self {
        Self { modality: modality(mime_type.as_deref(), or), mime_type, data: Data::Inline(base64_bytes(base64)) }
    }

    /// An address; `data:` URLs are no addresses.
    pub(super) fn at(url: Cow<'a, str>, mime_type: Name<'a>, or: &'static str) -> Self {
        match DataUrl::of(&url) {
            Some(data) => {
                let mime_type = mime_type.or_else(|| data.mime_type.map(|name| Cow::Owned(name.to_owned())));
                Self { modality: modality(mime_type.as_deref(), or), mime_type, data: Data::Inline(data.bytes) }
            }
            None => Self { modality: modality(mime_type.as_deref(), or), mime_type, data: Data::Uri(url) },
        }
    }

    pub(super) fn file(id: Cow<'a, str>, mime_type: Name<'a>, or: &'static str) -> Self {
        Self { modality: modality(mime_type.as_deref(), or), mime_type, data: Data::File(id) }
    }
}

/// What a `data:` URL says of its data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataUrl<'a> {
    pub(super) mime_type: Option<&'a str>,
    pub(super) is_base64: bool,
    /// Of the data, whatever it is written in.
    pub(super) bytes: usize,
}

impl<'a> DataUrl<'a> {
    /// What the URL says, if it is such a one.
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let scheme = url.get(.."data:".len()).filter(|scheme| scheme.eq_ignore_ascii_case("data:"))?;
        let rest = &url[scheme.len()..];
        let comma = memchr::memchr(b',', rest.get(..MAX_HEADER).unwrap_or(rest).as_bytes())?;
        let (header, data) = (&rest[..comma], &rest[comma + 1..]);
        let mut fields = header.split(';');
        let mime_type = fields.next().filter(|name| !name.is_empty());
        let is_base64 = fields.next_back().is_some_and(|last| last.eq_ignore_ascii_case("base64"));
        Some(Self { mime_type, is_base64, bytes: if is_base64 { base64_bytes(data) } else { data.len() } })
    }
}

fn base64_bytes(text: &str) -> usize {
    let digits = text.trim_end_matches('=').len();
    digits / 4 * 3 + digits % 4 * 3 / 4
}

/// The conventions' word for it.
fn modality(mime_type: Option<&str>, or: &'static str) -> &'static str {
    let family = mime_type.and_then(|name| name.split_once('/')).map(|(family, _)| family);
    match family {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        Some(_) => "document",
        None => or,
    }
}
