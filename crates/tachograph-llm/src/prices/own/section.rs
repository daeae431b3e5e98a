//! A table of a TOML document that knows where it stands, so that an error can say it.

use std::fmt::Write as _;

use toml::{Table, Value};

use crate::prices::PricesError;

/// A table that is emptied key by key; what is left over at the end is a mistake.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    origin: &'a str,
    key: String,
    table: Table,
}

impl<'a> Section<'a> {
    pub(super) fn parse(origin: &'a str, text: &str) -> Result<Self, PricesError> {
        let table = text.parse().map_err(|error: toml::de::Error| PricesError::Syntax {
            origin: origin.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        Ok(Self { origin, key: String::new(), table })
    }

    /// A number that is not negative. Whole ones need no point.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<f64>, PricesError> {
        let number = match self.table.remove(name) {
            None => return Ok(None),
            Some(Value::Float(number)) => number,
            #[allow(clippy::cast_precision_loss, reason = "no price has so many digits")]
            Some(Value::Integer(number)) => number as f64,
            Some(other) => return Err(self.wrong(name, &format!("must be a number and is {}", described(&other)))),
        };
        if number.is_finite() && number >= 0.0 {
            return Ok(Some(number));
        }
        Err(self.wrong(name, &format!("is {number}: write a number that is finite and not negative")))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, PricesError> {
        match self.table.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, &format!("must be a text in quotes and is {}", described(&other)))),
        }
    }

    pub(super) fn section(&mut self, name: &str) -> Result<Option<Self>, PricesError> {
        self.table.remove(name).map(|value| self.below(name, value)).transpose()
    }

    /// The tables below `name`, each with its name.
    pub(super) fn named(&mut self, name: &str) -> Result<Vec<(String, Self)>, PricesError> {
        let Some(parent) = self.section(name)? else { return Ok(Vec::new()) };
        let Self { table, .. } = parent.clone();
        table.into_iter().map(|(child, value)| Ok((child.clone(), parent.below(&child, value)?))).collect()
    }

    /// The tables of `[[name]]`.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Self>, PricesError> {
        match self.table.remove(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.into_iter().map(|value| self.below(name, value)).collect(),
            Some(other) => {
                Err(self.wrong(name, &format!("must be a list (`[[…{name}]]`) and is {}", described(&other))))
            }
        }
    }

    fn below(&self, name: &str, value: Value) -> Result<Self, PricesError> {
        match value {
            Value::Table(table) => Ok(Self { origin: self.origin, key: self.path(name), table }),
            other => Err(self.wrong(name, &format!("must be a table and is {}", described(&other)))),
        }
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self, known: &[&str]) -> Result<(), PricesError> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, &format!("is not known here; what is: {}", known.join(", ")))),
        }
    }

    /// An error about one of the keys.
    pub(super) fn wrong(&self, name: &str, mend: &str) -> PricesError {
        PricesError::Key { origin: self.origin.to_owned(), key: self.path(name), mend: mend.to_owned() }
    }

    /// An error about the table itself.
    pub(super) fn wrong_itself(&self, mend: &str) -> PricesError {
        PricesError::Key { origin: self.origin.to_owned(), key: self.key.clone(), mend: mend.to_owned() }
    }

    fn path(&self, name: &str) -> String {
        let mut path = self.key.clone();
        if !path.is_empty() {
            path.push('.');
        }
        let is_bare =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let _ = if is_bare { write!(path, "{name}") } else { write!(path, "{name:?}") };
        path
    }
}

fn described(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
