//! What an error tells of itself, whatever its type is.
//!
//! Clients fail with the errors of many crates, boxed and unboxed, and this crate depends on none of them. What they have in
//! common is their `Debug` form: it shows the variants of an error and of its causes
//! (`Error(Connect, ConnectError("…", Os { kind: ConnectionRefused, … }))`), as [`std::error::Error::source`] would, which
//! boxed errors lack. A form that changes some day costs the error its class, not its record.

use std::fmt::{self, Write as _};

/// How much of an error is read, in bytes. Causes stand last, and are rarely deep.
const MAX_READ: usize = 4096;

const TIMEOUT: [&str; 5] = ["TimedOut", "Elapsed", "TimeoutExpired", "HeaderTimeout", "Timeout"];
const CONNECT: [&str; 7] = [
    "Connect",
    "ConnectError",
    "ConnectionRefused",
    "HostUnreachable",
    "NetworkUnreachable",
    "NetworkDown",
    "AddrNotAvailable",
];
const CLOSED: [&str; 7] = [
    "ConnectionReset",
    "ConnectionAborted",
    "BrokenPipe",
    "UnexpectedEof",
    "IncompleteMessage",
    "NotConnected",
    "ChannelClosed",
];

/// The names that stand in the `Debug` form of an error. What stands in quotes is data and is left out.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    text: String,
    quoted: bool,
    escaped: bool,
}

impl Signs {
    pub(crate) fn of(error: &impl fmt::Debug) -> Self {
        let mut signs = Self::default();
        // Full, or a `Debug` that failed: what was read so far is what there is.
        let _ = write!(signs, "{error:?}");
        signs
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
    }

    /// Something was waited for in vain.
    pub(crate) fn is_timeout(&self) -> bool {
        self.has(&TIMEOUT)
    }

    /// There was no connection: no address, nobody there, no agreement on TLS.
    pub(crate) fn is_connect(&self) -> bool {
        self.has(&CONNECT)
    }

    /// The connection ended early.
    pub(crate) fn is_closed(&self) -> bool {
        self.has(&CLOSED)
    }

    fn has(&self, names: &[&str]) -> bool {
        self.words().any(|word| names.contains(&word))
    }
}

impl fmt::Write for Signs {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for character in part.chars() {
            match character {
                _ if self.escaped => self.escaped = false,
                '\\' if self.quoted => self.escaped = true,
                '"' => {
                    self.quoted = !self.quoted;
                    self.text.push(' ');
                }
                _ if self.quoted => {}
                _ if self.text.len() >= MAX_READ => return Err(fmt::Error),
                character => self.text.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    type BoxError = Box<dyn std::error::Error + Send + Sync>;

    fn classes(error: &impl fmt::Debug) -> [bool; 3] {
        let signs = Signs::of(error);
        [signs.is_timeout(), signs.is_connect(), signs.is_closed()]
    }

    #[test]
    fn kinds_of_io_errors_are_seen_through_boxes_and_wrappers() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "seen by its `Debug`")]
        struct Wrapped(BoxError);

        for (kind, seen) in [
            (io::ErrorKind::TimedOut, [true, false, false]),
            (io::ErrorKind::ConnectionRefused, [false, true, false]),
            (io::ErrorKind::ConnectionReset, [false, false, true]),
            (io::ErrorKind::UnexpectedEof, [false, false, true]),
            (io::ErrorKind::InvalidData, [false; 3]),
        ] {
            assert_eq!(classes(&io::Error::from(kind)), seen);
            assert_eq!(classes(&Wrapped(Box::new(io::Error::new(kind, "why")))), seen);
        }
        assert_eq!(classes(&io::Error::from_raw_os_error(111)), [false, true, false]);
    }

    #[test]
    fn what_an_error_quotes_is_not_a_sign() {
        assert_eq!(classes(&io::Error::other(r#"said "TimedOut" and \ Connect "#)), [false; 3]);
        assert_eq!(classes(&"ConnectionReset"), [false; 3]);
        assert_eq!(classes(&("a\"b", io::ErrorKind::BrokenPipe)), [false, false, true]);
    }

    #[test]
    fn an_endless_error_is_read_up_to_a_limit() {
        struct Endless;

        impl fmt::Debug for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("Again ")?;
                }
            }
        }
        assert_eq!(Signs::of(&Endless).text.len(), MAX_READ);
    }

    #[tokio::test]
    async fn the_timeouts_of_tokio_and_tower_are_timeouts() {
        let elapsed = tokio::time::timeout(std::time::Duration::ZERO, std::future::pending::<()>()).await;
        assert_eq!(classes(&elapsed.unwrap_err()), [true, false, false]);
        let elapsed: BoxError = Box::new(tower::timeout::error::Elapsed::new());
        assert_eq!(classes(&elapsed), [true, false, false]);
    }
}
