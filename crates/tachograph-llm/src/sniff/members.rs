//! The outermost keys of JSON that may break off anywhere. Nothing is checked: whoever gets a format from here reads the body with a parser.

use memchr::memchr2;

/// From the first brace of the JSON on: of the object itself, or of the first one in an array.
pub(super) fn first_object(json: &[u8]) -> Option<&[u8]> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json).trim_ascii_start();
    let object = json.strip_prefix(b"[").unwrap_or(json).trim_ascii_start();
    object.starts_with(b"{").then_some(object)
}

/// The keys of an object, each with what follows from its value's first byte on. Of anything but an object there are none.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = object.strip_prefix(b"{").unwrap_or_default();
    let mut last: Option<&[u8]> = None;
    std::iter::from_fn(move || {
        if let Some(value) = last.take() {
            // Only now: whoever has found what it looked for does not ask again.
            rest = value[length_of_value(value)?..].trim_ascii_start().strip_prefix(b",")?;
        }
        rest = rest.trim_ascii_start();
        let (key, after) = rest.split_at(length_of_text(rest)?);
        let value = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        last = Some(value);
        (!value.is_empty()).then_some((&key[1..key.len() - 1], value))
    })
}

/// The bytes of the value that this begins with; `None` when its end is not here.
pub(super) fn length_of_value(json: &[u8]) -> Option<usize> {
    match json.first()? {
        b'"' => length_of_text(json),
        b'{' | b'[' => {
            let (mut at, mut depth) = (0, 0_usize);
            loop {
                match json.get(at)? {
                    b'"' => at += length_of_text(&json[at..])? - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => json.iter().position(|byte| matches!(byte, b',' | b'}' | b']')),
    }
}

fn length_of_text(json: &[u8]) -> Option<usize> {
    let mut at = 1;
    json.starts_with(b"\"").then_some(())?;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
