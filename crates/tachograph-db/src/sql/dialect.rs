/// Which rules tell a literal from an identifier in the text of a statement.
///
/// | | `"…"` | `` `…` `` | `[…]` | `\'` in `'…'` | `$tag$…$tag$` | `#` | nested `/* */` |
/// |---|---|---|---|---|---|---|---|
/// | `PostgreSql` | identifier | – | array | ambiguous | literal | operator | yes |
/// | `MySql` | literal | identifier | – | ambiguous | – | comment | no |
/// | `Sqlite` | literal, but for tables | identifier | identifier | no escape | – | – | no |
/// | `SqlServer` | literal, but for tables | – | identifier | no escape | – | name | yes |
/// | `Other` | literal, but for tables | identifier | – | ambiguous | literal | ambiguous | ambiguous |
///
/// Where a setting of the server decides (`NO_BACKSLASH_ESCAPES`, `standard_conforming_strings`) or the product is not known,
/// both readings are possible and one of them would show what stands in a literal: such text is *ambiguous*, and everything from
/// there to the end of the statement becomes one `?`.
///
/// In SQLite `"x"` is a string when there is no such column, in MySQL unless `ANSI_QUOTES` is set, in SQL Server when
/// `QUOTED_IDENTIFIER` is off. There it counts as a literal; but for MySQL, not beside a dot (`"a"."b"`) and where only a table can
/// stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL, and products that read SQL as it does.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// Microsoft SQL Server.
    SqlServer,
    /// A product that is not known: the most careful reading.
    Other,
}

/// What `"…"` is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DoubleQuotes {
    Identifier,
    /// A literal where a table cannot stand.
    Dubious,
    Literal,
}

/// What a backslash before the quote means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// Nothing.
    Plain,
    /// The quote belongs to the text.
    Escape,
    /// One of the two, by a setting.
    Ambiguous,
}

impl Dialect {
    /// The dialect of a product by its `db.system.name`.
    #[must_use]
    pub fn of_system(name: &str) -> Self {
        match name {
            "postgresql" | "cockroachdb" => Self::PostgreSql,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            "microsoft.sql_server" => Self::SqlServer,
            _ => Self::Other,
        }
    }

    pub(super) const fn double_quotes(self) -> DoubleQuotes {
        match self {
            Self::PostgreSql => DoubleQuotes::Identifier,
            Self::MySql => DoubleQuotes::Literal,
            Self::Sqlite | Self::SqlServer | Self::Other => DoubleQuotes::Dubious,
        }
    }

    pub(super) const fn backslash(self) -> Backslash {
        match self {
            Self::Sqlite | Self::SqlServer => Backslash::Plain,
            Self::PostgreSql | Self::MySql | Self::Other => Backslash::Ambiguous,
        }
    }

    pub(super) const fn has_backticks(self) -> bool {
        matches!(self, Self::MySql | Self::Sqlite | Self::Other)
    }

    pub(super) const fn has_bracket_names(self) -> bool {
        matches!(self, Self::Sqlite | Self::SqlServer)
    }

    pub(super) const fn has_dollar_quotes(self) -> bool {
        matches!(self, Self::PostgreSql | Self::Other)
    }

    /// Whether `$1` is a placeholder. In SQL Server it is an amount of money.
    pub(super) const fn has_dollar_placeholders(self) -> bool {
        matches!(self, Self::PostgreSql | Self::Sqlite)
    }

    /// Whether `/* /* */ */` is one comment; `None` where it is not known.
    pub(super) const fn nests_comments(self) -> Option<bool> {
        match self {
            Self::PostgreSql | Self::SqlServer => Some(true),
            Self::MySql | Self::Sqlite => Some(false),
            Self::Other => None,
        }
    }
}
