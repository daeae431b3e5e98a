//! The words that say what a statement does.

/// Longest keyword, in bytes.
const LONGEST: usize = 13;

macro_rules! keywords {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// A word that means something to the outline of a statement.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword {
            /// Any other word.
            None,
            $($variant,)*
        }

        impl Keyword {
            /// The keyword that `word` is, in any case of its letters.
            pub(super) fn of(word: &str) -> Self {
                let mut upper = [0_u8; LONGEST];
                let Some(upper) = upper.get_mut(..word.len()) else { return Self::None };
                upper.copy_from_slice(word.as_bytes());
                upper.make_ascii_uppercase();
                match &*upper {
                    $($text => Self::$variant,)*
                    _ => Self::None,
                }
            }
        }
    };
}

keywords! {
    Abort = b"ABORT", All = b"ALL", Alter = b"ALTER", Analyze = b"ANALYZE", Array = b"ARRAY", As = b"AS", Attach = b"ATTACH",
    Authorization = b"AUTHORIZATION", Begin = b"BEGIN", By = b"BY", Call = b"CALL", Checkpoint = b"CHECKPOINT", Close = b"CLOSE",
    Cluster = b"CLUSTER", Comment = b"COMMENT", Commit = b"COMMIT", Concurrently = b"CONCURRENTLY", Constraint = b"CONSTRAINT",
    Copy = b"COPY", Create = b"CREATE", Database = b"DATABASE", Deallocate = b"DEALLOCATE", Declare = b"DECLARE",
    Default = b"DEFAULT", Delete = b"DELETE", Desc = b"DESC", Describe = b"DESCRIBE", Detach = b"DETACH", Discard = b"DISCARD",
    Distinct = b"DISTINCT", Do = b"DO", Domain = b"DOMAIN", Drop = b"DROP", End = b"END", Escape = b"ESCAPE", Event = b"EVENT",
    Except = b"EXCEPT", Exec = b"EXEC", Execute = b"EXECUTE", Exists = b"EXISTS", Explain = b"EXPLAIN", Extension = b"EXTENSION",
    External = b"EXTERNAL", Fail = b"FAIL", False = b"FALSE", Fetch = b"FETCH", Flush = b"FLUSH", For = b"FOR",
    Foreign = b"FOREIGN", From = b"FROM", Function = b"FUNCTION", Global = b"GLOBAL", Grant = b"GRANT", Group = b"GROUP",
    Having = b"HAVING", Identified = b"IDENTIFIED", If = b"IF", Ignore = b"IGNORE", In = b"IN", Index = b"INDEX",
    Insert = b"INSERT", Intersect = b"INTERSECT", Into = b"INTO", Join = b"JOIN", Kill = b"KILL", Lateral = b"LATERAL",
    Limit = b"LIMIT", Listen = b"LISTEN", Load = b"LOAD", Local = b"LOCAL", Lock = b"LOCK", LowPriority = b"LOW_PRIORITY",
    Materialized = b"MATERIALIZED", Merge = b"MERGE", Minus = b"MINUS", Move = b"MOVE", Not = b"NOT", Notify = b"NOTIFY",
    Null = b"NULL", Offset = b"OFFSET", On = b"ON", Only = b"ONLY", Optimize = b"OPTIMIZE", Or = b"OR", Order = b"ORDER",
    Policy = b"POLICY", Pragma = b"PRAGMA", Prepare = b"PREPARE", Procedure = b"PROCEDURE", Reassign = b"REASSIGN",
    Recursive = b"RECURSIVE", Refresh = b"REFRESH", Reindex = b"REINDEX", Release = b"RELEASE", Rename = b"RENAME",
    Replace = b"REPLACE", Reset = b"RESET", Returning = b"RETURNING", Revoke = b"REVOKE", Role = b"ROLE", Rollback = b"ROLLBACK",
    Rule = b"RULE", Savepoint = b"SAVEPOINT", Schema = b"SCHEMA", Select = b"SELECT", Sequence = b"SEQUENCE", Set = b"SET",
    Show = b"SHOW", Start = b"START", StraightJoin = b"STRAIGHT_JOIN", System = b"SYSTEM", Table = b"TABLE", Temp = b"TEMP",
    Temporary = b"TEMPORARY", To = b"TO", Transaction = b"TRANSACTION", Trigger = b"TRIGGER", True = b"TRUE",
    Truncate = b"TRUNCATE", Type = b"TYPE", Union = b"UNION", Unique = b"UNIQUE", Unlisten = b"UNLISTEN", Unlock = b"UNLOCK",
    Unlogged = b"UNLOGGED", Update = b"UPDATE", Use = b"USE", User = b"USER", Using = b"USING", Vacuum = b"VACUUM",
    Values = b"VALUES", View = b"VIEW", Virtual = b"VIRTUAL", Where = b"WHERE", Window = b"WINDOW", With = b"WITH",
    Zone = b"ZONE",
}
