//! Texts as JSON strings, within a limit.

/// What must be escaped, and how: 0 for nothing, `u` for a number.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// Writes `text` between quotes. More than `limit` bytes between them are cut, with a note behind that counts the bytes of the whole:
/// `whole`, where the text was cut before.
pub(in crate::logs) fn write_text(line: &mut String, text: &str, cut: Option<usize>, limit: usize) {
    line.push('"');
    let fits = escape(line, text, limit);
    if !fits || cut.is_some() {
        line.push_str("…[cut, ");
        line.push_str(itoa::Buffer::new().format(cut.unwrap_or(text.len())));
        line.push_str(" bytes]");
    }
    line.push('"');
}

/// Whether all of it fitted.
fn escape(line: &mut String, text: &str, limit: usize) -> bool {
    let end = line.len() + limit;
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        let length = if escape == b'u' { 6 } else { 2 };
        if !push_part(line, &text[done..at], end) || line.len() + length > end {
            return false;
        }
        line.push('\\');
        line.push(char::from(escape));
        if escape == b'u' {
            const DIGITS: [u8; 16] = *b"0123456789abcdef";
            line.push_str("00");
            line.push(char::from(DIGITS[usize::from(byte >> 4)]));
            line.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        done = at + 1;
    }
    push_part(line, &text[done..], end)
}

fn push_part(line: &mut String, part: &str, end: usize) -> bool {
    let room = end - line.len();
    if part.len() <= room {
        line.push_str(part);
        return true;
    }
    line.push_str(&part[..part.floor_char_boundary(room)]);
    false
}
