//! Tables of a TOML text that know where they stand, so that an error can say it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;

/// A text, and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) origin: &'t str,
    pub(super) toml: &'t str,
}

/// A value, and where it stands.
#[derive(Clone)]
pub(super) struct Node<'t> {
    text: Text<'t>,
    /// Its last key.
    pub(super) key: String,
    path: String,
    offset: usize,
    value: DeValue<'t>,
}

/// A table that is emptied key by key; what is left over at the end is a mistake.
pub(super) struct Section<'t> {
    text: Text<'t>,
    path: String,
    offset: usize,
    /// In the order of the text.
    entries: Vec<Node<'t>>,
}

impl<'t> Text<'t> {
    pub(super) fn parse(self) -> Result<Section<'t>, Error> {
        let table = DeTable::parse(self.toml).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = self.toml.get(..at).unwrap_or_default();
            let line = self.toml.lines().nth(before.matches('\n').count()).unwrap_or_default().trim();
            self.wrong(at, line, error.message().trim(), "TOML")
        })?;
        Ok(Section::new(self, String::new(), 0, table.into_inner()))
    }

    fn wrong(self, offset: usize, subject: &str, problem: &str, accepted: &str) -> Error {
        let before = self.toml.get(..offset).unwrap_or(self.toml);
        Error::Profile {
            profile: self.origin.to_owned(),
            line: before.matches('\n').count() + 1,
            subject: subject.to_owned(),
            problem: problem.to_owned(),
            accepted: accepted.to_owned(),
        }
    }
}

impl<'t> Section<'t> {
    fn new(text: Text<'t>, path: String, offset: usize, table: DeTable<'t>) -> Self {
        let mut entries: Vec<Node<'t>> = table
            .into_iter()
            .map(|(key, value)| {
                let (offset, key) = (key.span().start, key.into_inner().into_owned());
                let is_bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let last = if is_bare { key.clone() } else { format!("{key:?}") };
                let path = if path.is_empty() { last } else { format!("{path}.{last}") };
                Node { text, key, path, offset, value: value.into_inner() }
            })
            .collect();
        entries.sort_by_key(|entry| entry.offset);
        Self { text, path, offset, entries }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Node<'t>> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// The entries that are left.
    pub(super) fn into_entries(self) -> Vec<Node<'t>> {
        self.entries
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self, accepted: &str) -> Result<(), Error> {
        match self.entries.first() {
            None => Ok(()),
            Some(entry) => Err(entry.wrong("this key is not known here", accepted)),
        }
    }

    /// An error about the table itself.
    pub(super) fn wrong(&self, problem: &str, accepted: &str) -> Error {
        let subject = if self.path.is_empty() { "the file" } else { &self.path };
        self.text.wrong(self.offset, subject, problem, accepted)
    }
}

impl<'t> Node<'t> {
    pub(super) fn wrong(&self, problem: &str, accepted: &str) -> Error {
        self.text.wrong(self.offset, &self.path, problem, accepted)
    }

    /// An error about the kind of value that this is.
    pub(super) fn unexpected(&self, accepted: &str) -> Error {
        let found = match &self.value {
            DeValue::String(text) if text.trim().is_empty() => "this is empty",
            DeValue::String(_) => "this is a text",
            DeValue::Integer(_) | DeValue::Float(_) => "this is a number",
            DeValue::Boolean(_) => "this is true or false",
            DeValue::Datetime(_) => "this is a date",
            DeValue::Array(list) if list.is_empty() => "this is empty",
            DeValue::Array(_) => "this is a list",
            DeValue::Table(table) if table.is_empty() => "this is empty",
            DeValue::Table(_) => "this is a table",
        };
        self.wrong(found, accepted)
    }

    pub(super) fn value(&self) -> &DeValue<'t> {
        &self.value
    }

    /// A text that says something.
    pub(super) fn text(&self, accepted: &str) -> Result<String, Error> {
        match &self.value {
            DeValue::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            _ => Err(self.unexpected(accepted)),
        }
    }

    /// One such text, or a list of them.
    pub(super) fn texts(&self, accepted: &str) -> Result<Vec<String>, Error> {
        match &self.value {
            DeValue::Array(list) if !list.is_empty() => {
                list.iter().map(|value| self.element(value.clone()).text(accepted)).collect()
            }
            _ => Ok(vec![self.text(accepted)?]),
        }
    }

    /// The elements of a list that has some.
    pub(super) fn list(self, accepted: &str) -> Result<Vec<Self>, Error> {
        match &self.value {
            DeValue::Array(list) if !list.is_empty() => {
                Ok(list.iter().map(|value| self.element(value.clone())).collect())
            }
            _ => Err(self.unexpected(accepted)),
        }
    }

    /// A table that has entries.
    pub(super) fn table(self, accepted: &str) -> Result<Section<'t>, Error> {
        match self.value {
            DeValue::Table(table) if !table.is_empty() => Ok(Section::new(self.text, self.path, self.offset, table)),
            _ => Err(self.unexpected(accepted)),
        }
    }

    fn element(&self, value: Spanned<DeValue<'t>>) -> Self {
        let (offset, value) = (value.span().start, value.into_inner());
        Self { text: self.text, key: self.key.clone(), path: self.path.clone(), offset, value }
    }
}
