//! Which command it is, by its first words, and what may be said of the others: that they are there.

mod names;

use redis::{Arg, Cmd};

pub(super) use self::names::Name;
use self::names::{CONTAINERS, KNOWN, OTHER};

/// Arguments that are told by a `?` each; further ones are told by `...` together.
const MAX_ARGUMENTS: usize = 16;
/// Longest name that is known, with its sub-command.
const MAX_NAME: usize = 32;

/// A command without its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    pub(super) name: &'static Name,
    arguments: usize,
}

impl Command {
    pub(super) fn of(command: &Cmd) -> Self {
        Self::of_words(command.args_iter().map(|word| match word {
            Arg::Simple(word) => word,
            // The cursor of a scan, which is an argument.
            _ => b"0",
        }))
    }

    /// The command that is sent as `words`.
    pub(super) fn of_words<'a>(mut words: impl ExactSizeIterator<Item = &'a [u8]>) -> Self {
        let first = words.next().unwrap_or_default();
        let arguments = words.len();
        let mut key = Key::default();
        let Some(name) = key.push(first).and_then(Key::look_up) else { return Self { name: &OTHER, arguments } };
        if CONTAINERS.binary_search(&name.alone).is_ok()
            && let Some(second) = words.next()
            && let Some(name) = key.push(b" ").and_then(|key| key.push(second)).and_then(Key::look_up)
        {
            return Self { name, arguments: arguments - 1 };
        }
        Self { name, arguments }
    }

    /// Writes the command with a `?` for each argument. Of a command that nobody knows the name is one too: it may be anything.
    pub(super) fn write_text(&self, out: &mut String) {
        out.push_str(if std::ptr::eq(self.name, &OTHER) { "?" } else { self.name.alone });
        for _ in 0..self.arguments.min(MAX_ARGUMENTS) {
            out.push_str(" ?");
        }
        if self.arguments > MAX_ARGUMENTS {
            out.push_str(" ...");
        }
    }
}

/// A name in upper case, without an allocation.
#[derive(Default)]
struct Key {
    letters: [u8; MAX_NAME],
    length: usize,
}

impl Key {
    /// `None` where the name is longer than any that is known.
    fn push(&mut self, word: &[u8]) -> Option<&mut Self> {
        let room = self.letters.get_mut(self.length..self.length + word.len())?;
        room.copy_from_slice(word);
        room.make_ascii_uppercase();
        self.length += word.len();
        Some(self)
    }

    fn look_up(&mut self) -> Option<&'static Name> {
        let name = &self.letters[..self.length];
        KNOWN.binary_search_by(|known| known.alone.as_bytes().cmp(name)).ok().map(|index| &KNOWN[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> (&'static str, String) {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let command = Command::of_words(words.into_iter());
        let mut text = String::new();
        command.write_text(&mut text);
        (command.name.alone, text)
    }

    #[test]
    fn tables_are_in_ascending_order_and_fit_the_key() {
        assert!(KNOWN.is_sorted_by(|a, b| a.alone < b.alone));
        assert!(CONTAINERS.is_sorted());
        assert_eq!(KNOWN.iter().map(|known| known.alone.len()).max(), Some(MAX_NAME));
        let of_container = |name: &Name| name.alone.split_once(' ').map(|(container, _)| container);
        assert!(KNOWN.iter().filter_map(of_container).all(|container| CONTAINERS.contains(&container)));
    }

    #[test]
    fn name_is_that_of_the_documentation_however_it_is_written() {
        assert_eq!(told(&["GET", "user:4711"]), ("GET", "GET ?".into()));
        assert_eq!(told(&["get", "user:4711"]), ("GET", "GET ?".into()));
        assert_eq!(told(&["json.Set", "doc", "$", "1"]), ("JSON.SET", "JSON.SET ? ? ?".into()));
        assert_eq!(told(&["PING"]), ("PING", "PING".into()));
    }

    #[test]
    fn sub_command_belongs_to_the_name_if_it_is_known() {
        assert_eq!(told(&["config", "set", "requirepass", "hunter2"]), ("CONFIG SET", "CONFIG SET ? ?".into()));
        assert_eq!(told(&["CONFIG", "hunter2"]), ("CONFIG", "CONFIG ?".into()));
        assert_eq!(told(&["CONFIG"]), ("CONFIG", "CONFIG".into()));
        // A key may be called as a command is.
        assert_eq!(told(&["GET", "SET"]), ("GET", "GET ?".into()));
        assert_eq!(told(&["CONFIG", &"x".repeat(40)]), ("CONFIG", "CONFIG ?".into()));
    }

    #[test]
    fn unknown_command_is_never_told() {
        for name in ["HUNTER2", "GET user", "", "GÉT", &"X".repeat(33), "CONFIG SET"] {
            let (known, text) = told(&[name, "a"]);
            let expected = if name == "CONFIG SET" { ("CONFIG SET", "CONFIG SET ?") } else { ("_OTHER", "? ?") };
            assert_eq!((known, text.as_str()), expected, "{name:?}");
        }
        assert_eq!(told(&[]), ("_OTHER", "?".into()));
    }

    #[test]
    fn text_is_bounded() {
        let (_, text) = told(&["DEL"; 1_000]);
        assert_eq!(text, format!("DEL{} ...", " ?".repeat(16)));
    }
}
