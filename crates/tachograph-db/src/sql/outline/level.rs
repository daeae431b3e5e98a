use super::super::keyword::Keyword;

/// What kind of query stands on a level of parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// None: arguments of a function, a list of columns.
    None,
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    /// CREATE and its like.
    Define,
    /// DROP and TRUNCATE, which take lists.
    Drop,
    Pragma,
}

impl Verb {
    /// Whether a `FROM` names tables.
    pub(super) const fn has_from(self) -> bool {
        matches!(self, Self::Select | Self::Update | Self::Delete)
    }
}

/// What the next name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Nothing,
    /// A table that is read; a function, when a parenthesis follows.
    Source,
    /// A table that is written or defined.
    Target,
    Procedure,
    /// What is no table: an index, a schema, a pragma.
    Object,
}

impl Expect {
    pub(super) const fn is_table(self) -> bool {
        matches!(self, Self::Source | Self::Target)
    }
}

/// Where in a `WITH` clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CteState {
    None,
    /// The name of an expression comes.
    Name,
    /// Its columns or its body come, then another name or the query.
    Body,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) verb: Verb,
    pub(super) expect: Expect,
    /// A comma brings another name, of this sort.
    pub(super) lists: bool,
    pub(super) listed: Expect,
    pub(super) cte: CteState,
    /// The next word may be the verb of a query.
    pub(super) starts: bool,
    /// `CREATE INDEX … ON`.
    pub(super) indexes: bool,
    /// What follows the name is the body of a function.
    pub(super) body: bool,
    /// `IDENTIFIED BY`.
    pub(super) identified: bool,
}

impl Level {
    pub(super) const fn outermost() -> Self {
        Self {
            verb: Verb::None,
            expect: Expect::Nothing,
            lists: false,
            listed: Expect::Nothing,
            cte: CteState::None,
            starts: true,
            indexes: false,
            body: false,
            identified: false,
        }
    }

    /// The level inside of a parenthesis that opens here, which stands for the name that was expected.
    pub(super) const fn inner(&mut self) -> Self {
        let mut inner = Self::outermost();
        // `FROM (a JOIN b ON …)`
        if matches!(self.expect, Expect::Source) && self.verb.has_from() {
            inner.expect_list(Expect::Source);
        }
        self.expect = Expect::Nothing;
        inner
    }

    pub(super) const fn begin(&mut self, verb: Verb, expect: Expect) {
        self.verb = verb;
        self.expect = expect;
        self.lists = false;
        self.cte = CteState::None;
    }

    pub(super) const fn expect_list(&mut self, expect: Expect) {
        self.expect = expect;
        self.listed = expect;
        self.lists = true;
    }

    pub(super) const fn end_list(&mut self) {
        self.expect = Expect::Nothing;
        self.lists = false;
    }
}

impl Keyword {
    /// Whether a query, which can also be explained, begins with this word.
    pub(super) const fn begins_query(self) -> bool {
        matches!(
            self,
            Self::Select | Self::Insert | Self::Replace | Self::Update | Self::Delete | Self::Merge | Self::With
        )
    }

    /// Whether a statement can begin with this word, of which nothing more is told.
    pub(super) const fn is_command(self) -> bool {
        matches!(
            self,
            Self::Abort
                | Self::Analyze
                | Self::Attach
                | Self::Begin
                | Self::Checkpoint
                | Self::Close
                | Self::Cluster
                | Self::Commit
                | Self::Deallocate
                | Self::Desc
                | Self::Describe
                | Self::Detach
                | Self::Discard
                | Self::End
                | Self::Execute
                | Self::Fetch
                | Self::Flush
                | Self::Kill
                | Self::Listen
                | Self::Load
                | Self::Move
                | Self::Notify
                | Self::Optimize
                | Self::Reassign
                | Self::Reindex
                | Self::Release
                | Self::Reset
                | Self::Rollback
                | Self::Savepoint
                | Self::Show
                | Self::Unlisten
                | Self::Unlock
                | Self::Use
                | Self::Vacuum
        )
    }

    /// Whether this word stands between the one that announces a name and the name.
    pub(super) const fn stands_before_name(self, place: Expect) -> bool {
        match place {
            Expect::Source => matches!(self, Self::Only | Self::Lateral),
            Expect::Target | Expect::Object => matches!(
                self,
                Self::Only
                    | Self::Table
                    | Self::Temp
                    | Self::Temporary
                    | Self::Unlogged
                    | Self::If
                    | Self::Not
                    | Self::Exists
                    | Self::Concurrently
                    | Self::Materialized
                    | Self::View
                    | Self::Or
                    | Self::Rollback
                    | Self::Abort
                    | Self::Replace
                    | Self::Fail
                    | Self::Ignore
                    | Self::LowPriority
            ),
            Expect::Procedure | Expect::Nothing => false,
        }
    }
}
