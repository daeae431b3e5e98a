//! The text without literals.

use crate::sql::{Dialect, Statement};

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    for (sql, cleaned) in cases {
        assert_eq!(Statement::of(sql, dialect).text(), *cleaned, "{dialect:?}: {sql}");
    }
}

const ALL: [Dialect; 5] = [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::SqlServer, Dialect::Other];

#[test]
fn literals_become_question_marks_in_every_dialect() {
    for dialect in ALL {
        check(
            dialect,
            &[
                ("SELECT * FROM t WHERE a = 'it''s' AND b=5", "SELECT * FROM t WHERE a = ? AND b=?"),
                ("SELECT -1.5e-10, .5, 0xFF, 1_000, 3.14::int, t1.c2", "SELECT -?, ?, ?, ?, ?::int, t1.c2"),
                ("SELECT N'x', X'4D', b'01', DATE '2020-01-01'", "SELECT ?, ?, ?, DATE ?"),
                ("SELECT TRUE, NULL, :name, @p, ?", "SELECT TRUE, NULL, :name, @p, ?"),
                ("SELECT\n\t1  ,\r\n2", "SELECT ? , ?"),
                ("SELECT 'no end", "SELECT ?"),
                ("SELECT a /* no end 'x'", "SELECT a"),
                ("SELECT a -- user 17\nFROM t -- end", "SELECT a FROM t"),
                ("/* traceparent='00-abc' */ SELECT 1", "SELECT ?"),
                ("LIMIT 10 OFFSET 20", "LIMIT ? OFFSET ?"),
                ("CREATE USER u IDENTIFIED BY tiger", "CREATE USER u IDENTIFIED BY ?"),
            ],
        );
    }
}

#[test]
fn placeholders_stay() {
    check(
        Dialect::PostgreSql,
        &[
            ("SELECT * FROM t WHERE a = $1 AND b = $12::text", "SELECT * FROM t WHERE a = $1 AND b = $12::text"),
            ("SELECT data ? 'key', data @> $1, a[1], b::text", "SELECT data ? ?, data @> $1, a[?], b::text"),
        ],
    );
    check(Dialect::Sqlite, &[("SELECT ?1, :a, @b, $c, $1", "SELECT ?1, :a, @b, $c, $1")]);
    // An amount of money.
    check(Dialect::SqlServer, &[("SELECT $42.50, @p1", "SELECT ?, @p1")]);
}

#[test]
fn lists_of_any_length_become_one() {
    check(
        Dialect::PostgreSql,
        &[
            ("SELECT 1 FROM t WHERE a IN (1, 2, -3) AND b = 4", "SELECT ? FROM t WHERE a IN (?) AND b = ?"),
            ("SELECT 1 FROM t WHERE a NOT IN ($1,$2,$3)", "SELECT ? FROM t WHERE a NOT IN (?)"),
            ("SELECT 1 FROM t WHERE a IN ($1::uuid, $2::uuid)", "SELECT ? FROM t WHERE a IN (?)"),
            ("SELECT 1 FROM t WHERE a IN (1, x, 2)", "SELECT ? FROM t WHERE a IN (?, x, ?)"),
            ("SELECT 1 FROM t WHERE (a, b) IN ((1, 2), (3, 4), (5, 6))", "SELECT ? FROM t WHERE (a, b) IN ((?, ?))"),
            (
                "SELECT 1 FROM t WHERE a IN (SELECT b FROM u WHERE c IN ('x', 'y'))",
                "SELECT ? FROM t WHERE a IN (SELECT b FROM u WHERE c IN (?))",
            ),
            ("SELECT 1 WHERE a = ANY(ARRAY['a', 'b', 'c'])", "SELECT ? WHERE a = ANY(ARRAY[?])"),
            (
                "INSERT INTO t (a, b) VALUES ($1, f($2)), ($3, f($4)), ($5, f($6)) RETURNING id",
                "INSERT INTO t (a, b) VALUES ($1, f($2)) RETURNING id",
            ),
            (
                "INSERT INTO t VALUES (1), (2) ON CONFLICT (id) DO NOTHING",
                "INSERT INTO t VALUES (?) ON CONFLICT (id) DO NOTHING",
            ),
            ("SELECT coalesce(a, 1, 2) FROM t", "SELECT coalesce(a, ?, ?) FROM t"),
        ],
    );
    check(
        Dialect::MySql,
        &[(
            "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
            "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
        )],
    );
}

#[test]
fn strings_of_postgresql() {
    check(
        Dialect::PostgreSql,
        &[
            (r"SELECT E'it\'s', a", "SELECT ?, a"),
            (r"SELECT E'a\\', b", "SELECT ?, b"),
            ("SELECT $$secret$$, $a$x $$ y$a$, b", "SELECT ?, ?, b"),
            ("SELECT $a$ no end $b$", "SELECT ?"),
            ("SELECT U&'d\\0061t' UESCAPE '!', c", "SELECT ? UESCAPE ?, c"),
            (r#"SELECT "a""b", U&"x" FROM "T""#, r#"SELECT "a""b", U&"x" FROM "T""#),
            (
                r"SELECT * FROM t WHERE a LIKE $1 ESCAPE '\' AND b = 'x'",
                "SELECT * FROM t WHERE a LIKE $1 ESCAPE ? AND b = ?",
            ),
            ("SELECT a /* one /* two */ 'x' */ FROM t", "SELECT a FROM t"),
            ("SELECT a #>> '{b}', a$1 FROM t", "SELECT a #>> ?, a$1 FROM t"),
        ],
    );
}

#[test]
fn strings_of_mysql() {
    check(
        Dialect::MySql,
        &[
            (r#"SELECT "secret", `col` FROM t"#, "SELECT ?, `col` FROM t"),
            (r#"SELECT "secret" . a, b."secret" FROM t"#, "SELECT ? . a, b.? FROM t"),
            (r#"SELECT * FROM "secret""#, "SELECT * FROM ?"),
            (r"SELECT 'a\\', b", "SELECT ?, b"),
            ("SELECT a # comment 'x'\nFROM t", "SELECT a FROM t"),
            ("SELECT 5--3", "SELECT ?--?"),
            ("SELECT a /*!50003 , 'secret' */ FROM t", "SELECT a ?"),
        ],
    );
}

#[test]
fn in_sqlite_double_quotes_are_a_table_or_a_string() {
    check(
        Dialect::Sqlite,
        &[
            (r#"SELECT "id" FROM "users" WHERE "name" = "bob""#, r#"SELECT ? FROM "users" WHERE ? = ?"#),
            (r#"SELECT "u"."id", [a b], `c` FROM t AS u"#, r#"SELECT "u"."id", [a b], `c` FROM t AS u"#),
            (r#"SELECT a IS DISTINCT FROM "secret" FROM t"#, "SELECT a IS DISTINCT FROM ? FROM t"),
            (r#"SELECT "secret" .5"#, "SELECT ? ?"),
            (r"SELECT '\', 'x'", "SELECT ?, ?"),
            ("PRAGMA key = secret", "PRAGMA key = ?"),
            ("PRAGMA key(secret)", "PRAGMA key(?)"),
        ],
    );
}

#[test]
fn what_can_be_read_in_two_ways_is_hidden_to_the_end() {
    check(Dialect::PostgreSql, &[(r"SELECT 'a\', secret, 'b'", "SELECT ?")]);
    check(Dialect::MySql, &[(r"SELECT 'it\'s', secret", "SELECT ?"), (r"SELECT 'a\', secret, 'b'", "SELECT ?")]);
    check(
        Dialect::Other,
        &[
            ("SELECT q'[it's secret]', a", "SELECT ?"),
            ("SELECT a # 'secret'\n, b", "SELECT a ?"),
            ("SELECT a /* x /* y */ 'secret' */ FROM t", "SELECT a ?"),
            (r"SELECT E'it\'s', secret", "SELECT ?"),
            ("SELECT `no end", "SELECT ?"),
        ],
    );
}

#[test]
fn words_that_are_values_are_hidden() {
    check(
        Dialect::PostgreSql,
        &[
            ("SET search_path TO tenant_17, public", "SET search_path TO ?, public"),
            ("SET LOCAL app.user_id = alice", "SET LOCAL app.user_id = ?"),
            (r#"SET ROLE "alice""#, "SET ROLE ?"),
            ("SET TIME ZONE DEFAULT", "SET TIME ZONE DEFAULT"),
            ("ALTER DATABASE d SET app.key = secret", "ALTER DATABASE d SET app.key = ?"),
            ("UPDATE t SET a = b WHERE c = d", "UPDATE t SET a = b WHERE c = d"),
        ],
    );
}

#[test]
fn a_text_is_cut_between_tokens() {
    let columns: Vec<String> = (0..2000).map(|n| format!("column_{n}")).collect();
    let statement = Statement::of(&format!("SELECT {} FROM t", columns.join(", ")), Dialect::PostgreSql);
    let text = statement.text();
    assert!(text.len() <= 4096 && text.len() > 4070, "{}", text.len());
    let last = text.trim_end_matches(',').rsplit(' ').next().unwrap();
    assert!(columns.iter().any(|column| column == last), "{last}");
    // What comes after the first 16 KiB is not read.
    assert_eq!(statement.summary(), "SELECT");
}

#[test]
fn a_long_list_does_not_hide_what_follows() {
    let list = vec!["123456"; 1500].join(",");
    let statement = Statement::of(&format!("SELECT * FROM t WHERE id IN ({list}) AND a = b"), Dialect::PostgreSql);
    assert_eq!(statement.text(), "SELECT * FROM t WHERE id IN (?) AND a = b");
}
