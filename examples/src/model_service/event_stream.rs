//! The binary messages of AWS, after <https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html>.

/// A text, among the types that a header's value may have.
const TEXT: u8 = 7;

/// A message with these headers: lengths and their checksum, headers, payload, checksum of it all.
pub(super) fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let headers: Vec<u8> = headers.iter().flat_map(|(name, value)| header(name, value)).collect();
    let mut message = Vec::new();
    message.extend(length(16 + headers.len() + payload.len()));
    message.extend(length(headers.len()));
    message.extend(checksum(&message).to_be_bytes());
    message.extend(headers);
    message.extend(payload);
    message.extend(checksum(&message).to_be_bytes());
    message
}

#[expect(clippy::cast_possible_truncation, reason = "names and values of headers are short")]
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![name.len() as u8];
    header.extend(name.as_bytes());
    header.push(TEXT);
    header.extend((value.len() as u16).to_be_bytes());
    header.extend(value.as_bytes());
    header
}

#[expect(clippy::cast_possible_truncation, reason = "an event is no gigabytes")]
fn length(bytes: usize) -> [u8; 4] {
    (bytes as u32).to_be_bytes()
}

/// CRC-32 with the polynomial of Ethernet and gzip.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_check_value_all_catalogues_have() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn an_empty_message_is_lengths_and_checksums() {
        let expected = [0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF];
        assert_eq!(message(&[], b""), expected);
    }

    #[test]
    fn headers_have_their_lengths_before_them() {
        let message = message(&[(":a", "xyz")], b"{}");
        assert_eq!(message.len(), 12 + 9 + 2 + 4);
        assert_eq!(message[12..21], *b"\x02:a\x07\x00\x03xyz");
        assert_eq!(message[21..23], *b"{}");
    }
}
