//! What may be told of a SQL statement: what it does, to which table, and its text without literals.
//!
//! ```
//! use tachograph_db::sql::{Dialect, Statement};
//!
//! let statement = Statement::of("SELECT name FROM users WHERE mail = 'ann@example.com' AND id IN (7, 8, 9)", Dialect::PostgreSql);
//! assert_eq!(statement.operation(), "SELECT");
//! assert_eq!(statement.table(), "users");
//! assert_eq!(statement.summary(), "SELECT users");
//! assert_eq!(statement.text(), "SELECT name FROM users WHERE mail = ? AND id IN (?)");
//! ```
//!
//! # No literal
//!
//! A literal never is in what a [`Statement`] gives. That a text has placeholders does not prove that it has no literal, so every
//! text is cleaned: placeholders stay, literals become `?`, comments go (they may hold values: sqlcommenter writes them there),
//! as do the lengths of lists. Words that stand for a value (`SET role = admin`, `PRAGMA key = x`, `IDENTIFIED BY x`) become `?`
//! as well. Where a text can be read in more than one way, the rest of it becomes one `?`; [`Dialect`] says when.
//!
//! Identifiers are told as they are written: a table that is named for a day, a tenant or a person (`tmp_4711`) is in summary and
//! text, and its name becomes a label of metrics. Core bounds how many there are; `query_text` is on spans only.
//!
//! # Why not a parser
//!
//! `sqlparser` was weighed. It builds a tree of the whole statement, recursing, only to be walked for a few names; and it fails for what
//! its dialect does not know, which is when telemetry is needed most, and then gives nothing that could be shown safely. The
//! tokenizer here goes over the text once, does not recurse, cannot fail, and errs by hiding. The price: a summary is found by
//! the shape of a statement, so that an unusual one may lack a table.
//!
//! # Limits
//!
//! | what | limit |
//! |---|---|
//! | text that is read | the first 16 KiB of a statement |
//! | [`text`](Statement::text) | 4,096 bytes, cut between tokens |
//! | [`summary`](Statement::summary) | 255 bytes, cut between tokens |
//! | statements that [`Statement::cached`] keeps | 1,024, none longer than 4 KiB |
//!
//! | module | holds |
//! |---|---|
//! | `dialect` | what differs between products |
//! | `token`, `keyword` | the tokenizer |
//! | `outline` | verbs and tables |
//! | `text` | the cleaned text |
//! | `cache` | what was read before |

mod cache;
mod dialect;
mod keyword;
mod outline;
#[cfg(test)]
mod tests;
mod text;
mod token;

use std::sync::Arc;

use tachograph_core::{DbQuery, opentelemetry::StringValue};

pub use self::dialect::Dialect;
use self::{
    outline::{Outline, Shown},
    text::Text,
    token::Tokens,
};

/// How much of a statement is read, in bytes. A longer one is long because of its values.
const MAX_READ: usize = 16 * 1024;

/// Longest cleaned text, in bytes.
const MAX_TEXT: usize = 4096;

/// What may be told of the text of a statement. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    operation: StringValue,
    table: StringValue,
    summary: StringValue,
    text: StringValue,
    procedure: Option<StringValue>,
    changes_rows: bool,
}

impl Statement {
    /// Reads the text of one or more statements. Never fails; takes time in proportion to the text, up to 16 KiB of it.
    #[must_use]
    pub fn of(sql: &str, dialect: Dialect) -> Self {
        let head = sql.get(..sql.floor_char_boundary(MAX_READ)).unwrap_or_default();
        let mut outline = Outline::new();
        let mut text = Text::default();
        let mut tokens = Tokens::of(head, dialect);
        while let Some(token) = tokens.next() {
            if tokens.position() == head.len() && head.len() < sql.len() {
                // Half a token may look like another one.
                break;
            }
            let shown = outline.see(&token);
            text.push(&token, shown == Shown::Hidden);
        }
        let outline = outline.finish();
        Self {
            operation: shared(&outline.operation()),
            table: shared(outline.table_name()),
            summary: shared(outline.text()),
            text: shared(&text.finish()),
            procedure: outline.procedure_name(),
            changes_rows: outline.changes_rows(),
        }
    }

    /// The same from memory when this text was read before, which costs a hash and a comparison instead.
    ///
    /// The memory is the process's: 1,024 statements of up to 4 KiB. Statements that come often keep their places; those that
    /// come once, because somebody writes values into them, take each other's.
    #[must_use]
    pub fn cached(sql: &str, dialect: Dialect) -> Self {
        cache::get(sql, dialect)
    }

    /// The one verb of the text, as it is written (`SELECT`, `CREATE TABLE`); empty when there are several or none.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.operation.as_str()
    }

    /// The one table of the text, with its schema and without quotes; empty when there are several or none. A common table
    /// expression is none.
    #[must_use]
    pub fn table(&self) -> &str {
        self.table.as_str()
    }

    /// Verbs and what they work on, in the order of the text: `INSERT orders SELECT carts`. At most 255 bytes.
    #[must_use]
    pub fn summary(&self) -> &str {
        self.summary.as_str()
    }

    /// The text without literals and comments. At most 4,096 bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// The stored procedure that is called, if it is one.
    #[must_use]
    pub fn procedure(&self) -> Option<&str> {
        self.procedure.as_ref().map(StringValue::as_str)
    }

    /// Whether the text is one statement that inserts, updates, deletes or copies rows, so that a number of affected rows means
    /// something: for other statements databases repeat the number of an earlier one.
    #[must_use]
    pub fn changes_rows(&self) -> bool {
        self.changes_rows
    }

    /// The operation that runs the statement: what is known of it is set, where it runs is not.
    pub fn operation_on(&self, system: impl Into<StringValue>) -> DbQuery {
        let query = DbQuery::new(self.operation.clone(), self.table.clone())
            .system(system)
            .summary(self.summary.clone())
            .query_text(self.text.clone());
        match &self.procedure {
            Some(procedure) => query.stored_procedure(procedure.clone()),
            None => query,
        }
    }
}

/// A text that is cloned with every call.
fn shared(text: &str) -> StringValue {
    if text.is_empty() { StringValue::from("") } else { StringValue::from(Arc::<str>::from(text)) }
}
