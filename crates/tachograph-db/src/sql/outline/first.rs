//! How a statement begins: its verb and, of definitions, the kind of object.

use super::{
    super::keyword::Keyword,
    Outline, Phase, Values,
    level::{Expect, Verb},
};

impl<'t> Outline<'t> {
    /// The first word of a statement.
    pub(super) fn first(&mut self, word: Keyword, text: &'t str) {
        use Keyword as K;
        self.phase = Phase::Running;
        self.summary.statement();
        if word.begins_query() {
            self.level.starts = true;
            return self.running(word, None, text);
        }
        self.level.starts = false;
        match word {
            K::Create | K::Alter | K::Drop | K::Comment | K::Rename => {
                self.definition = text;
                self.phase = Phase::Object;
                self.level.verb = if word == K::Drop { Verb::Drop } else { Verb::Define };
            }
            K::Truncate | K::Lock | K::Refresh => {
                self.summary.verb(text);
                self.level.verb = Verb::Drop;
                self.level.expect_list(Expect::Target);
            }
            K::Table => {
                self.summary.verb(text);
                self.level.expect = Expect::Target;
            }
            K::Values => self.summary.verb(text),
            K::Call | K::Exec => {
                self.summary.verb(text);
                self.level.expect = Expect::Procedure;
            }
            K::Copy => {
                self.summary.changing_verb(text);
                self.level.expect = Expect::Target;
            }
            K::Explain => {
                self.summary.verb(text);
                self.phase = Phase::Explaining;
            }
            K::Set => {
                self.summary.verb(text);
                self.values = Values::Ahead;
            }
            K::Pragma => {
                self.summary.verb(text);
                self.level.verb = Verb::Pragma;
                self.level.expect = Expect::Object;
                self.values = Values::Ahead;
            }
            K::Prepare | K::Declare => {
                self.summary.verb(text);
                self.level.verb = Verb::Define;
            }
            K::Start => self.definition = text,
            K::Grant | K::Revoke | K::Do => {
                self.summary.verb(text);
                self.phase = Phase::Body;
            }
            _ if word.is_command() => self.summary.verb(text),
            // An unknown word is no operation: it could be anything.
            _ => {}
        }
    }

    /// A word between `CREATE` and the name of what is created.
    pub(super) fn defined(&mut self, word: Keyword, text: &'t str) {
        use Keyword as K;
        match word {
            K::Or
            | K::Replace
            | K::Temp
            | K::Temporary
            | K::Unique
            | K::Global
            | K::Local
            | K::Unlogged
            | K::Materialized
            | K::Recursive
            | K::Virtual
            | K::Foreign
            | K::External
            | K::Constraint
            | K::Concurrently
            | K::On => return,
            _ => {}
        }
        self.phase = Phase::Running;
        let definition = std::mem::take(&mut self.definition);
        let expect = match word {
            K::Table | K::View => Expect::Target,
            K::Index | K::Schema | K::Sequence | K::Type | K::Domain | K::Extension => Expect::Object,
            K::Function | K::Procedure | K::Trigger | K::Rule | K::Policy | K::Event => Expect::Object,
            K::Database | K::Role | K::User | K::System => Expect::Nothing,
            _ => {
                self.summary.verb(definition);
                self.phase = Phase::Body;
                return;
            }
        };
        self.summary.verb_of(definition, text);
        self.level.indexes = word == K::Index;
        self.level.body = matches!(word, K::Function | K::Procedure | K::Trigger | K::Rule | K::Policy | K::Event);
        match word {
            K::Database | K::Role | K::User | K::System => self.values = Values::Ahead,
            _ if self.level.verb == Verb::Drop => self.level.expect_list(expect),
            _ => self.level.expect = expect,
        }
    }
}
