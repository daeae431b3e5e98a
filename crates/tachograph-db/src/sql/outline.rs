//! What a statement does, and to what: its verbs and the names that follow them, found without a grammar.
//!
//! A state per level of parentheses, moved on by each token. What is not understood is passed over: a summary may lack a table,
//! never be wrong about one because of a column, an alias or a function of the same shape.

mod first;
mod level;
mod running;
mod summary;

use self::{
    level::{CteState, Expect, Level, Verb},
    summary::{Name, Summary},
};
use super::{
    keyword::Keyword,
    token::{Kind, Token},
};

/// Names of common table expressions that are remembered; a query with more shows the others as tables.
const MAX_CTES: usize = 32;

/// How a token may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    AsItIs,
    /// As a literal.
    Hidden,
}

/// Where in a statement we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its first word comes next.
    Start,
    /// After `EXPLAIN`: the explained statement may begin with any word.
    Explaining,
    /// After `CREATE` and its like: the kind of object comes.
    Object,
    /// The verb is known.
    Running,
    /// What follows in the whole text says nothing: the body of a function.
    Body,
}

/// Words in the place of a value, which are values without quotes: `SET role = admin`, `PRAGMA key = x`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    None,
    /// They begin after `=` or `TO`.
    Ahead,
    Here,
}

pub(super) struct Outline<'t> {
    summary: Summary<'t>,
    phase: Phase,
    values: Values,
    levels: Vec<Level>,
    level: Level,
    /// The name that is being read, which more parts may follow.
    name: Option<(Name<'t>, Expect)>,
    ctes: Vec<&'t str>,
    /// The verb of a definition, until its object is known.
    definition: &'t str,
    /// The word before this token; `None` after anything else.
    before: Option<Keyword>,
    after_dot: bool,
}

impl<'t> Outline<'t> {
    pub(super) fn new() -> Self {
        Self {
            summary: Summary::default(),
            phase: Phase::Start,
            values: Values::None,
            levels: Vec::new(),
            level: Level::outermost(),
            name: None,
            ctes: Vec::new(),
            definition: "",
            before: None,
            after_dot: false,
        }
    }

    pub(super) fn finish(mut self) -> Summary<'t> {
        self.end_name(false);
        self.summary
    }

    /// Takes the next token into account.
    pub(super) fn see(&mut self, token: &Token<'t>) -> Shown {
        let continues = self.continues_name(token);
        if !continues {
            self.end_name(token.text == "(");
        }
        let before = self.before.take();
        let hidden = self.values == Values::Here || before == Some(Keyword::By) && self.level.identified;
        let after_dot = std::mem::replace(&mut self.after_dot, token.kind == Kind::Punct && token.text == ".");
        match token.kind {
            Kind::Punct => self.punctuation(token.text, before),
            Kind::Word(_) if after_dot || continues => {}
            Kind::Word(word) => {
                self.word(word, before, token.text);
                self.before = Some(word);
            }
            Kind::Quoted if continues => {}
            Kind::Quoted => self.identifier(token.text),
            Kind::Dubious if !hidden && self.level.expect.is_table() => self.identifier(token.text),
            Kind::Dubious if !hidden && continues => {}
            Kind::Dubious | Kind::Literal | Kind::Placeholder => {
                self.level.expect = Expect::Nothing;
                self.level.starts = false;
                return if token.kind == Kind::Placeholder { Shown::AsItIs } else { Shown::Hidden };
            }
        }
        let shows = match token.kind {
            Kind::Word(word) => !hidden || matches!(word, Keyword::Default | Keyword::Null),
            Kind::Quoted | Kind::Dubious => !hidden,
            _ => true,
        };
        if shows { Shown::AsItIs } else { Shown::Hidden }
    }

    /// Whether the token belongs to the name that is being read.
    fn continues_name(&mut self, token: &Token<'t>) -> bool {
        let Some((name, _)) = &mut self.name else { return false };
        match token.kind {
            Kind::Punct if token.text == "." => name.dot(),
            Kind::Word(_) | Kind::Quoted | Kind::Dubious => name.part(token.text),
            _ => false,
        }
    }

    /// The name that was read, if there was one, is whole. Before a parenthesis it may be that of a function.
    fn end_name(&mut self, at_parenthesis: bool) {
        let Some((name, place)) = self.name.take() else { return };
        match place {
            Expect::Source if at_parenthesis => {}
            Expect::Source | Expect::Target if self.is_cte(&name) => {}
            Expect::Source | Expect::Target => self.summary.table(&name),
            Expect::Procedure => self.summary.procedure(&name),
            Expect::Object => self.summary.object(&name),
            Expect::Nothing => {}
        }
    }

    fn is_cte(&self, name: &Name<'t>) -> bool {
        name.only_part().is_some_and(|part| self.ctes.iter().any(|cte| cte.eq_ignore_ascii_case(part)))
    }

    fn identifier(&mut self, text: &'t str) {
        self.level.starts = false;
        if self.level.cte == CteState::Name {
            self.level.cte = CteState::Body;
            if self.ctes.len() < MAX_CTES {
                self.ctes.push(text);
            }
            return;
        }
        let place = std::mem::replace(&mut self.level.expect, Expect::Nothing);
        if place != Expect::Nothing {
            self.name = Some((Name::of(text), place));
        }
    }

    fn punctuation(&mut self, text: &str, before: Option<Keyword>) {
        if self.phase == Phase::Body {
            return;
        }
        match text {
            "(" => {
                // `JOIN … USING (id)`
                if before == Some(Keyword::Using) {
                    self.level.expect = Expect::Nothing;
                }
                if self.values == Values::Ahead && self.level.verb == Verb::Pragma {
                    self.values = Values::Here;
                }
                let inner = self.level.inner();
                self.level.starts = false;
                self.levels.push(std::mem::replace(&mut self.level, inner));
            }
            ")" => {
                if let Some(outer) = self.levels.pop() {
                    self.level = outer;
                    self.level.starts = self.level.cte != CteState::None || self.phase == Phase::Explaining;
                    if self.level.verb == Verb::Insert {
                        self.level.starts = true;
                    }
                }
            }
            "," => {
                self.level.starts = false;
                if self.level.lists {
                    self.level.expect = self.level.listed;
                } else if self.level.cte == CteState::Body {
                    self.level.cte = CteState::Name;
                }
                if self.levels.is_empty() && self.values == Values::Here {
                    self.values = Values::Ahead;
                }
            }
            "=" if self.values == Values::Ahead => self.values = Values::Here,
            ";" => {
                self.levels.clear();
                self.level = Level::outermost();
                self.phase = Phase::Start;
                self.values = Values::None;
            }
            "." => {}
            _ => {
                self.level.expect = Expect::Nothing;
                self.level.starts = false;
            }
        }
    }

    fn word(&mut self, word: Keyword, before: Option<Keyword>, text: &'t str) {
        match self.phase {
            Phase::Body => {}
            Phase::Start => self.first(word, text),
            Phase::Object => self.defined(word, text),
            Phase::Explaining => {
                if self.levels.is_empty() && word.begins_query() {
                    self.phase = Phase::Running;
                    self.level.starts = true;
                    self.running(word, before, text);
                }
            }
            Phase::Running => self.running(word, before, text),
        }
    }
}
