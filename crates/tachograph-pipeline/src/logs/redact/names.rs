//! Names of fields whose values are secrets.

use std::sync::Arc;

/// Words, in lower case with `_` between them, that make a name that of a secret wherever they stand in it.
const WORDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "authorization",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "cookie",
    "credential",
    "credentials",
    "bearer",
];
/// At the end of a name a secret; `token_count` and `max_tokens` are none.
const LAST_WORD: &str = "token";
/// Longer names are looked at on the heap.
const USUAL: usize = 64;

/// Which fields are called like secrets: by default and by the application's wish.
#[derive(Clone, Debug, Default)]
pub(in crate::logs) struct SecretNames {
    further: Arc<[Box<str>]>,
}

impl SecretNames {
    /// These and `keys`, which are taken apart into words as names are. Keys without letters and digits are ignored.
    pub(in crate::logs) fn and(self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let further = self.further.iter().cloned();
        let added = keys.into_iter().filter_map(|key| {
            let mut words = Vec::new();
            as_words(key.as_ref(), |byte| words.push(byte));
            let text = String::from_utf8(words).ok()?;
            let text = text.trim_matches('_');
            (!text.is_empty()).then(|| Box::from(text))
        });
        Self { further: further.chain(added).collect() }
    }

    /// Whether a field of this name has a secret: `api_key`, `user.password`, `X-Api-Key`, `accessToken`, `session_cookies`.
    pub(in crate::logs) fn contains(&self, name: &str) -> bool {
        // A word needs a `_` in front at most, and for the end of the name.
        if name.len() <= USUAL {
            let mut words = [0; 2 * USUAL + 2];
            let mut length = 0;
            as_words(name, |byte| {
                words[length] = byte;
                length += 1;
            });
            self.have(&words[..length])
        } else {
            let mut words = Vec::with_capacity(2 * name.len() + 2);
            as_words(name, |byte| words.push(byte));
            self.have(&words)
        }
    }

    fn have(&self, words: &[u8]) -> bool {
        (0..words.len()).filter(|&at| words[at] == b'_').any(|at| {
            let rest = &words[at + 1..];
            let starts = |word: &str| match rest.strip_prefix(word.as_bytes()) {
                Some([b'_', ..]) => true,
                Some([b's', rest @ ..]) => rest.first() == Some(&b'_'),
                _ => false,
            };
            WORDS.iter().any(|word| starts(word))
                || rest.strip_prefix(LAST_WORD.as_bytes()).is_some_and(|rest| rest == b"_")
                || self.further.iter().any(|word| starts(word))
        })
    }
}

/// `accessToken` and `Access-Token` as `_access_token_`: at most twice the bytes and two.
fn as_words(name: &str, mut push: impl FnMut(u8)) {
    let mut before = b'_';
    push(b'_');
    for byte in name.bytes() {
        let begins = byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if begins {
            push(b'_');
        }
        // Letters beyond ASCII are letters.
        let letter = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        push(if letter { byte.to_ascii_lowercase() } else { b'_' });
        before = byte;
    }
    push(b'_');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_the_words_of_its_name() {
        let names = SecretNames::default();
        for name in [
            "password",
            "db_password",
            "password_hash",
            "PASSWORD",
            "user.password",
            "secret",
            "client_secrets",
            "authorization",
            "http.request.header.authorization",
            "api_key",
            "X-Api-Key",
            "apiKey",
            "apikey",
            "access_token",
            "accessToken",
            "token",
            "set-cookie",
            "cookies",
            "credentials",
        ] {
            assert!(names.contains(name), "{name}");
        }
        for name in [
            "",
            "input_tokens",
            "gen_ai.usage.output_tokens",
            "token_count",
            "tokens",
            "tokenizer",
            "secretary",
            "secretspot",
            "cookiecutter",
            "answer",
            "keyboard",
            "api",
            "author",
        ] {
            assert!(!names.contains(name), "{name}");
        }
        assert!(names.contains(&format!("{}_password", "x".repeat(200))));
        assert!(!names.contains(&"P".repeat(USUAL)));
        assert!(!names.contains(&"aB".repeat(USUAL / 2)), "the longest that has room on the stack");
    }

    #[test]
    fn an_application_adds_its_own() {
        let names = SecretNames::default().and(["iban", "Card-Number", "", "--"]).and(["pin"]);
        for name in ["iban", "customer_iban", "card_number", "cardNumbers", "pin", "token"] {
            assert!(names.contains(name), "{name}");
        }
        for name in ["pinned", "card", "number", ""] {
            assert!(!names.contains(name), "{name}");
        }
    }
}
