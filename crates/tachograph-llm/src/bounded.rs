//! Texts from outside, cut to a length.

/// Most bytes of an id, a model's name or a tool's name.
pub(crate) const NAME: usize = 256;
/// Most bytes of a reason, a tier or a code.
pub(crate) const SHORT: usize = 64;
/// Most choices of an answer, tool calls of an answer, parts of a message.
pub(crate) const MAX_ENTRIES: usize = 128;

/// The longest beginning of the text that has at most this many bytes and ends between two characters.
pub(crate) fn bounded(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The value of an error attribute: few different ones, no prose. Everything else is `_OTHER`, as the conventions say for `error.type`.
pub(crate) fn code(text: &str) -> &str {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'#' | b'/');
    if !text.is_empty() && text.len() <= SHORT && text.bytes().all(is_code) { text } else { "_OTHER" }
}
