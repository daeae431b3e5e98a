//! The words after the verb: those that announce names, and the verbs of parts of a statement.

use super::{
    super::keyword::Keyword,
    Outline, Phase, Values,
    level::{CteState, Expect, Verb},
};

impl<'t> Outline<'t> {
    /// A word of a statement whose verb is known, or that may be the verb of a part of it.
    pub(super) fn running(&mut self, word: Keyword, before: Option<Keyword>, text: &'t str) {
        use Keyword as K;
        let starts = std::mem::replace(&mut self.level.starts, false);
        let place = self.level.expect;
        // In parentheses a change stands only as a common table expression; else REPLACE and INSERT are functions.
        let changes = starts && self.levels.last().is_none_or(|outer| outer.cte == CteState::Body);
        match word {
            K::With if starts || self.level.verb == Verb::Insert && place == Expect::Nothing => {
                self.level.cte = CteState::Name;
            }
            K::Recursive if self.level.cte == CteState::Name => {}
            K::Select if starts || !matches!(self.level.verb, Verb::Define | Verb::Drop) => {
                self.summary.verb(text);
                self.level.begin(Verb::Select, Expect::Nothing);
            }
            K::Insert | K::Replace if changes => self.changes(text, Verb::Insert, Expect::Nothing),
            K::Update if changes => {
                self.changes(text, Verb::Update, Expect::Target);
                self.level.expect_list(Expect::Target);
            }
            K::Delete if changes => self.changes(text, Verb::Delete, Expect::Nothing),
            K::Merge if changes => self.changes(text, Verb::Merge, Expect::Target),
            // `x IS DISTINCT FROM y` and `trim(x FROM y)` name no table.
            K::From if before != Some(K::Distinct) && self.level.verb.has_from() => {
                self.level.expect_list(Expect::Source);
            }
            K::Join | K::StraightJoin if self.level.lists => self.level.expect = Expect::Source,
            K::Using if matches!(self.level.verb, Verb::Delete | Verb::Merge) => self.level.expect_list(Expect::Source),
            K::Into if matches!(self.level.verb, Verb::Insert | Verb::Merge | Verb::Select) => {
                self.level.expect = Expect::Target;
            }
            K::On if self.level.indexes => {
                self.level.indexes = false;
                self.level.expect = Expect::Target;
            }
            K::Set
            | K::Where
            | K::Group
            | K::Order
            | K::Having
            | K::Limit
            | K::Offset
            | K::Window
            | K::Fetch
            | K::For
            | K::Returning
            | K::Values => {
                self.level.end_list();
                // `DECLARE c CURSOR FOR SELECT …`
                self.level.starts = word == K::For && self.level.verb == Verb::Define;
            }
            K::Union | K::Intersect | K::Except | K::Minus => {
                self.level.end_list();
                self.level.starts = true;
            }
            K::All | K::Distinct if starts => self.level.starts = true,
            K::As if self.level.verb == Verb::Define => self.level.starts = true,
            K::To | K::Zone | K::Role | K::Authorization if self.values == Values::Ahead => self.values = Values::Here,
            K::Identified => self.level.identified = true,
            K::Transaction if !self.definition.is_empty() => {
                let start = std::mem::take(&mut self.definition);
                self.summary.verb_of(start, text);
            }
            _ if place != Expect::Nothing && word.stands_before_name(place) => {}
            _ if place != Expect::Nothing || self.level.cte == CteState::Name => {
                self.identifier(text);
                if self.level.body {
                    self.end_name(false);
                    self.phase = Phase::Body;
                }
            }
            _ => {}
        }
    }

    fn changes(&mut self, text: &'t str, verb: Verb, expect: Expect) {
        self.summary.changing_verb(text);
        self.level.begin(verb, expect);
    }
}
