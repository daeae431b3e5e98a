//! What a request is called: one command, or many that go together.

use redis::{Cmd, Pipeline};

use super::{
    command::{Command, Name},
    packed::Packed,
};

/// Commands whose texts are told; further ones are told by `...` together.
const MAX_COMMANDS: usize = 16;

/// What is known of a request before it is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) operation: &'static str,
    /// How many commands go together; `None` for one that goes alone.
    pub(super) batch: Option<usize>,
}

/// The commands that are sent at once, in the form that the client has them in.
#[derive(Clone, Copy)]
pub(super) enum Commands<'a> {
    One(&'a Cmd),
    Pipeline(&'a Pipeline),
    /// What goes over the wire, and whether it is wrapped in `MULTI` and `EXEC`.
    Packed(&'a [u8], bool),
}

impl Commands<'_> {
    pub(super) fn request(self) -> Request {
        match self {
            Self::One(command) => Request { operation: Command::of(command).name.alone, batch: None },
            Self::Pipeline(pipeline) => {
                Request::of_batch(pipeline.cmd_iter().map(Command::of), pipeline.is_transaction())
            }
            Self::Packed(bytes, is_transaction) => Request::of_batch(inside(bytes, is_transaction), is_transaction),
        }
    }

    /// The commands with a `?` for each argument, bounded.
    pub(super) fn text(self) -> String {
        match self {
            Self::One(command) => text(std::iter::once(Command::of(command))),
            Self::Pipeline(pipeline) => text(pipeline.cmd_iter().map(Command::of)),
            Self::Packed(bytes, is_transaction) => text(inside(bytes, is_transaction)),
        }
    }
}

/// The commands of `bytes` without `MULTI` and `EXEC`, if they are around.
fn inside(bytes: &[u8], is_transaction: bool) -> impl Iterator<Item = Command> {
    let ends = usize::from(is_transaction);
    let commands = Packed::new(bytes).map(Command::of_words);
    let inside = Packed::new(bytes).count().saturating_sub(2 * ends);
    commands.skip(ends).take(inside)
}

impl Request {
    /// The convention: the command is told if all are the same. A pipeline of one command is that command.
    fn of_batch(mut commands: impl Iterator<Item = Command>, is_transaction: bool) -> Self {
        let first = commands.next().map(|command| command.name);
        let (mut size, mut same) = (usize::from(first.is_some()), true);
        for command in commands {
            size += 1;
            same &= first.is_some_and(|first| std::ptr::eq(first, command.name));
        }
        let operation = match first.filter(|_| same) {
            Some(Name { transaction, .. }) if is_transaction => transaction,
            Some(Name { alone, .. }) if size == 1 => return Self { operation: alone, batch: None },
            Some(Name { pipeline, .. }) => pipeline,
            None if is_transaction => "MULTI",
            None => "PIPELINE",
        };
        Self { operation, batch: Some(size) }
    }
}

fn text(commands: impl Iterator<Item = Command>) -> String {
    let mut text = String::new();
    for (index, command) in commands.enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        if index == MAX_COMMANDS {
            text.push_str("...");
            break;
        }
        command.write_text(&mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a pipeline, which has to be the same whether the client gives it as it is or packed.
    fn told(pipeline: &Pipeline) -> (&'static str, Option<usize>, String) {
        let packed = pipeline.get_packed_pipeline();
        let [as_is, packed] =
            [Commands::Pipeline(pipeline), Commands::Packed(&packed, pipeline.is_transaction())].map(|commands| {
                let Request { operation, batch } = commands.request();
                (operation, batch, commands.text())
            });
        assert_eq!(as_is, packed);
        as_is
    }

    #[test]
    fn batch_of_one_command_tells_it() {
        let mut same = redis::pipe();
        same.get("a").get("b");
        assert_eq!(told(&same), ("PIPELINE GET", Some(2), "GET ?; GET ?".into()));
        assert_eq!(told(same.atomic()), ("MULTI GET", Some(2), "GET ?; GET ?".into()));
    }

    #[test]
    fn mixed_batch_tells_none() {
        let mut mixed = redis::pipe();
        mixed.set("a", 1).ignore().get("b");
        assert_eq!(told(&mixed), ("PIPELINE", Some(2), "SET ? ?; GET ?".into()));
        assert_eq!(told(mixed.atomic()), ("MULTI", Some(2), "SET ? ?; GET ?".into()));
    }

    #[test]
    fn pipeline_of_one_command_is_that_command_and_a_transaction_is_none() {
        let mut one = redis::pipe();
        one.get("a");
        assert_eq!(told(&one), ("GET", None, "GET ?".into()));
        assert_eq!(told(one.atomic()), ("MULTI GET", Some(1), "GET ?".into()));
    }

    #[test]
    fn empty_batch_and_unknown_commands_have_the_plain_names() {
        let mut empty = redis::pipe();
        assert_eq!(told(&empty), ("PIPELINE", Some(0), String::new()));
        assert_eq!(told(empty.atomic()), ("MULTI", Some(0), String::new()));
        let mut unknown = redis::pipe();
        unknown.cmd("HUNTER2").cmd("HUNTER3");
        assert_eq!(told(&unknown), ("PIPELINE", Some(2), "?; ?".into()));
    }

    #[test]
    fn text_is_bounded() {
        let mut long = redis::pipe();
        for _ in 0..100 {
            long.cmd("PING");
        }
        assert_eq!(told(&long), ("PIPELINE PING", Some(100), format!("{}...", "PING; ".repeat(16))));
    }
}
