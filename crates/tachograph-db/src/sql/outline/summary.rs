use tachograph_core::opentelemetry::StringValue;

/// Longest summary, in bytes: the conventions allow 255 characters.
const MAX_SUMMARY: usize = 255;

/// Parts of a name: server, catalogue, schema, table.
const MAX_PARTS: usize = 4;

/// A name as it is written, of up to four parts.
pub(super) struct Name<'t> {
    parts: [&'t str; MAX_PARTS],
    length: usize,
    dotted: bool,
}

impl<'t> Name<'t> {
    pub(super) const fn of(first: &'t str) -> Self {
        Self { parts: [first, "", "", ""], length: 1, dotted: false }
    }

    /// A dot follows; false when that cannot belong to the name.
    pub(super) fn dot(&mut self) -> bool {
        !std::mem::replace(&mut self.dotted, true)
    }

    /// The next part follows a dot; false when there was none.
    pub(super) fn part(&mut self, text: &'t str) -> bool {
        if !std::mem::replace(&mut self.dotted, false) {
            return false;
        }
        if let Some(part) = self.parts.get_mut(self.length) {
            *part = text;
            self.length += 1;
        }
        true
    }

    pub(super) fn only_part(&self) -> Option<&'t str> {
        (self.length == 1).then_some(self.parts[0])
    }

    fn parts(&self) -> impl Iterator<Item = &'t str> {
        self.parts.into_iter().take(self.length)
    }

    fn as_written(&self) -> String {
        self.parts().collect::<Vec<_>>().join(".")
    }

    /// Without the quotes, which are no part of a name.
    fn unquoted(&self) -> String {
        let bare = |part: &'t str| part.trim_matches(|c| matches!(c, '"' | '`' | '[' | ']'));
        self.parts().map(bare).collect::<Vec<_>>().join(".")
    }
}

/// One thing, several, or none yet.
#[derive(Default, PartialEq)]
enum Only<T> {
    #[default]
    None,
    One(T),
    Several,
}

impl<T: PartialEq> Only<T> {
    fn add(&mut self, value: T) {
        match self {
            Self::None => *self = Self::One(value),
            Self::One(known) if *known == value => {}
            Self::One(_) | Self::Several => *self = Self::Several,
        }
    }

    fn get(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            Self::None | Self::Several => None,
        }
    }
}

/// What was found in a text.
#[derive(Default)]
pub(in crate::sql) struct Summary<'t> {
    text: String,
    full: bool,
    operation: Only<(&'t str, &'t str)>,
    table: Only<String>,
    procedure: Only<String>,
    changes: bool,
    statements: usize,
}

impl<'t> Summary<'t> {
    pub(super) fn statement(&mut self) {
        self.statements += 1;
    }

    pub(super) fn verb(&mut self, verb: &'t str) {
        self.verb_of(verb, "");
    }

    pub(super) fn changing_verb(&mut self, verb: &'t str) {
        self.changes = true;
        self.verb(verb);
    }

    /// A verb of two words: `CREATE TABLE`.
    pub(super) fn verb_of(&mut self, verb: &'t str, object: &'t str) {
        self.operation.add((verb, object));
        self.add(&two_words(verb, object));
    }

    pub(super) fn table(&mut self, name: &Name<'t>) {
        self.table.add(name.unquoted());
        self.add(&name.as_written());
    }

    pub(super) fn procedure(&mut self, name: &Name<'t>) {
        self.procedure.add(name.unquoted());
        self.add(&name.as_written());
    }

    pub(super) fn object(&mut self, name: &Name<'t>) {
        self.add(&name.as_written());
    }

    /// Adds whole tokens only; the first that does not fit ends the summary.
    fn add(&mut self, token: &str) {
        let space = usize::from(!self.text.is_empty());
        self.full |= self.text.len() + space + token.len() > MAX_SUMMARY;
        if !self.full {
            if space > 0 {
                self.text.push(' ');
            }
            self.text.push_str(token);
        }
    }

    /// The verb, if there is one and no other; else empty.
    pub(in crate::sql) fn operation(&self) -> String {
        self.operation.get().map(|(verb, object)| two_words(verb, object)).unwrap_or_default()
    }

    /// The table, if there is one and no other; else empty.
    pub(in crate::sql) fn table_name(&self) -> &str {
        self.table.get().map_or("", String::as_str)
    }

    pub(in crate::sql) fn procedure_name(&self) -> Option<StringValue> {
        self.procedure.get().cloned().map(StringValue::from)
    }

    pub(in crate::sql) fn changes_rows(&self) -> bool {
        self.changes && self.statements == 1
    }

    pub(in crate::sql) fn text(&self) -> &str {
        &self.text
    }
}

fn two_words(first: &str, second: &str) -> String {
    match second {
        "" => first.to_owned(),
        _ => format!("{first} {second}"),
    }
}
