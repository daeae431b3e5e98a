//! Commands as they go over the wire, which is all that a synchronous connection is given of them.

/// The commands in `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n…`, up to the first byte that does not fit.
#[derive(Clone, Debug)]
pub(super) struct Packed<'a> {
    rest: &'a [u8],
}

/// The words of one command.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Packed<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = Words<'a>;

    fn next(&mut self) -> Option<Words<'a>> {
        let (left, rest) = header(self.rest, b'*')?;
        let words = Words { rest, left };
        let mut end = words.clone();
        // A command that is cut off has no end, and nothing follows it.
        self.rest = if end.by_ref().count() == left { end.rest } else { &[] };
        Some(words)
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (length, rest) = header(self.rest, b'$')?;
        let (word, rest) = rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix(b"\r\n")?;
        Some(word)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// As many as the command says that it has; what the client packs has them.
impl ExactSizeIterator for Words<'_> {}

/// The number behind `kind`, and what follows its line.
fn header(bytes: &[u8], kind: u8) -> Option<(usize, &[u8])> {
    let bytes = bytes.strip_prefix(&[kind])?;
    let end = bytes.iter().position(|byte| *byte == b'\r')?;
    let (number, rest) = bytes.split_at(end);
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((number, rest.strip_prefix(b"\r\n")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
        Packed::new(bytes).map(Iterator::collect).collect()
    }

    #[test]
    fn words_of_several_commands_are_told_apart() {
        let mut bytes = redis::cmd("SET").arg("k").arg("a\r\n*1\r\n").get_packed_command();
        redis::cmd("PING").write_packed_command(&mut bytes);
        redis::cmd("SCAN").cursor_arg(7).write_packed_command(&mut bytes);
        let expected: [&[&[u8]]; 3] = [&[b"SET", b"k", b"a\r\n*1\r\n"], &[b"PING"], &[b"SCAN", b"7"]];
        assert_eq!(words(&bytes), expected);
    }

    #[test]
    fn bytes_that_are_no_commands_end_the_list() {
        let whole = redis::cmd("GET").arg("key").get_packed_command();
        for length in 0..whole.len() {
            assert!(words(&whole[..length]).len() <= 1);
        }
        for bytes in
            [&b""[..], b"PING\r\n", b"*x\r\n", b"*99999999999999999999\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$9\r\nGET\r\n"]
        {
            assert!(words(bytes).into_iter().flatten().next().is_none(), "{bytes:?}");
        }
    }
}
