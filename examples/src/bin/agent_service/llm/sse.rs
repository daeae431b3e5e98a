//! Server-sent events out of bytes that arrive in any pieces.

/// Longest event accepted, in bytes: a stream without line ends must not fill the memory.
const MAX_EVENT: usize = 1024 * 1024;

/// Collects bytes and gives the `data` of every event that is complete.
#[derive(Debug, Default)]
pub(crate) struct SseDecoder {
    /// The line that is not ended yet. Bytes, because a piece may end inside of a character.
    line: Vec<u8>,
    data: Option<String>,
}

/// An event is longer than [`MAX_EVENT`].
#[derive(Debug, PartialEq)]
pub(crate) struct EventTooLong;

impl SseDecoder {
    /// Takes the next piece; returns the events that it completed, in order.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, EventTooLong> {
        let mut events = Vec::new();
        for &byte in piece {
            if byte == b'\n' {
                events.extend(self.end_line());
            } else {
                self.line.push(byte);
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT {
                return Err(EventTooLong);
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
        if line.is_empty() {
            return self.data.take();
        }
        // Comments and the fields `event`, `id` and `retry` mean nothing to chat completions.
        let data = line.strip_prefix("data:")?;
        let data = data.strip_prefix(' ').unwrap_or(data);
        match &mut self.data {
            Some(lines) => {
                lines.push('\n');
                lines.push_str(data);
            }
            None => self.data = Some(data.to_owned()),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": keep-alive\n\ndata: {\"a\":\"é→😀\"}\n\nevent: x\r\ndata:one\r\ndata: two\r\n\r\ndata: [DONE]\n\n";

    fn decode(pieces: &[&[u8]]) -> Vec<String> {
        let mut decoder = SseDecoder::default();
        pieces.iter().flat_map(|piece| decoder.push(piece).unwrap()).collect()
    }

    #[test]
    fn events_are_the_same_wherever_the_bytes_are_cut() {
        let whole = decode(&[STREAM.as_bytes()]);
        assert_eq!(whole, ["{\"a\":\"é→😀\"}", "one\ntwo", "[DONE]"]);
        for at in 0..STREAM.len() {
            let (head, tail) = STREAM.as_bytes().split_at(at);
            assert_eq!(decode(&[head, tail]), whole, "cut at byte {at}");
        }
        for size in 1..8 {
            let pieces: Vec<&[u8]> = STREAM.as_bytes().chunks(size).collect();
            assert_eq!(decode(&pieces), whole, "pieces of {size} bytes");
        }
    }

    #[test]
    fn an_event_that_is_not_ended_is_not_given() {
        assert_eq!(decode(&[b"data: {\"a\":1}\n"]), Vec::<String>::new());
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut decoder = SseDecoder::default();
        assert_eq!(decoder.push(&vec![b'x'; MAX_EVENT + 1]), Err(EventTooLong));
    }
}
