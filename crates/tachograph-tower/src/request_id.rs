//! The id of a request: taken over from the caller, or made.

use std::{
    cell::Cell,
    hash::{BuildHasher, RandomState},
};

use http::{HeaderMap, HeaderName, HeaderValue};

/// Longest id that is taken over, in bytes.
const MAX_BYTES: usize = 128;
const UUID_BYTES: usize = 36;

/// The id that the caller sent, if it is sane, else a new one.
pub(crate) fn of(headers: &HeaderMap, header: &HeaderName) -> Option<HeaderValue> {
    match headers.get(header) {
        Some(id) if is_sane(id) => Some(id.clone()),
        _ => make(),
    }
}

/// Whether an id may stand in logs, on spans and in a response: 1 to 128 letters, digits and `._:/+=-`. Nothing in it can
/// end a line, a field or a JSON string.
fn is_sane(id: &HeaderValue) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:/+=-".contains(byte);
    (1..=MAX_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_allowed)
}

/// A new id: a random UUID (version 4).
fn make() -> Option<HeaderValue> {
    // Always sane: hexadecimal digits and dashes.
    HeaderValue::from_bytes(&uuid(random())).ok()
}

thread_local! {
    /// The generator of this thread, with a seed from the operating system.
    static GENERATOR: Cell<Xoroshiro> = Cell::new(Xoroshiro::seeded());
}

fn random() -> u128 {
    GENERATOR.with(|generator| {
        let mut state = generator.get();
        let bits = u128::from(state.next()) << 64 | u128::from(state.next());
        generator.set(state);
        bits
    })
}

/// xoroshiro128++ of Blackman and Vigna: ids must not repeat, and need not be secret.
#[derive(Clone, Copy)]
struct Xoroshiro([u64; 2]);

impl Xoroshiro {
    fn seeded() -> Self {
        // The keys of a `RandomState` are the standard library's way to ask the operating system.
        let keys = RandomState::new();
        Self([keys.hash_one(0), keys.hash_one(1) | 1])
    }

    fn next(&mut self) -> u64 {
        let [low, mut high] = self.0;
        let output = low.wrapping_add(high).rotate_left(17).wrapping_add(low);
        high ^= low;
        self.0 = [low.rotate_left(49) ^ high ^ high << 21, high.rotate_left(28)];
        output
    }
}

fn uuid(random: u128) -> [u8; UUID_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let version_and_variant = 0x4000_8000_0000_0000_0000;
    let bits = random & !(0xf000_c000_0000_0000_0000) | version_and_variant;
    let mut text = [b'-'; UUID_BYTES];
    let mut at = 0;
    for (index, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 0xf)];
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_4() {
        assert_eq!(&uuid(0), b"00000000-0000-4000-8000-000000000000");
        assert_eq!(&uuid(u128::MAX), b"ffffffff-ffff-4fff-bfff-ffffffffffff");
        let digits = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(&uuid(digits), b"01234567-89ab-4def-8123-456789abcdef");
    }

    #[test]
    fn ids_of_many_threads_are_all_different() {
        let threads: Vec<_> =
            (0..4).map(|_| std::thread::spawn(|| (0..1000).map(|_| make().unwrap()).collect::<Vec<_>>())).collect();
        let ids: HashSet<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(ids.len(), 4000);
        assert!(ids.iter().all(is_sane));
    }

    #[test]
    fn an_id_that_could_break_a_log_line_is_not_sane() {
        for sane in ["1", "a-B_9.:/+=", "Root=1-67891233-abcdef", "x".repeat(128).as_str()] {
            assert!(is_sane(&HeaderValue::from_str(sane).unwrap()), "{sane}");
        }
        for bad in [&b""[..], b"a b", b"a\tb", b"\"", b"a,b", b"{}", b"<script>", b"a\\n", b"\xc3\xa9", &[b'x'; 129]] {
            assert!(!is_sane(&HeaderValue::from_bytes(bad).unwrap()), "{bad:?}");
        }
    }
}
