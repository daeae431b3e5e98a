//! Summary, operation and table of statements.

use crate::sql::{Dialect, Statement};

fn check(cases: &[(&str, &str, &str, &str)], dialect: Dialect) {
    for (sql, summary, operation, table) in cases {
        let statement = Statement::of(sql, dialect);
        let found = (statement.summary(), statement.operation(), statement.table());
        assert_eq!(found, (*summary, *operation, *table), "{sql}");
    }
}

#[test]
fn queries_name_the_tables_that_they_read() {
    check(
        &[
            ("SELECT * FROM users", "SELECT users", "SELECT", "users"),
            ("select id from users u where u.id = $1", "select users", "select", "users"),
            ("SELECT 1", "SELECT", "SELECT", ""),
            ("SELECT now()", "SELECT", "SELECT", ""),
            ("SELECT * FROM songs, artists WHERE songs.id = artists.id", "SELECT songs artists", "SELECT", ""),
            ("SELECT * FROM a AS x, b y, c", "SELECT a b c", "SELECT", ""),
            (
                "SELECT * FROM a JOIN b ON a.id = b.a_id LEFT OUTER JOIN c USING (id) WHERE c.x IS NULL",
                "SELECT a b c",
                "SELECT",
                "",
            ),
            ("SELECT * FROM a NATURAL JOIN b CROSS JOIN c", "SELECT a b c", "SELECT", ""),
            ("SELECT * FROM t x JOIN t y ON x.id = y.parent", "SELECT t t", "SELECT", "t"),
            ("SELECT * FROM (a JOIN b ON a.id = b.id) JOIN c ON true", "SELECT a b c", "SELECT", ""),
            (
                "SELECT d FROM (SELECT * FROM orders o JOIN customers c ON o.c = c.id) q",
                "SELECT SELECT orders customers",
                "SELECT",
                "",
            ),
            ("SELECT * FROM t WHERE id IN (SELECT t_id FROM u WHERE x > 1)", "SELECT t SELECT u", "SELECT", ""),
            ("SELECT (SELECT max(x) FROM u), y FROM t", "SELECT SELECT u t", "SELECT", ""),
            ("SELECT * FROM t WHERE EXISTS (SELECT 1 FROM t s WHERE s.p = t.id)", "SELECT t SELECT t", "SELECT", "t"),
            ("SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY 1", "SELECT t SELECT u", "SELECT", ""),
            ("(SELECT a FROM t) EXCEPT (SELECT b FROM u)", "SELECT t SELECT u", "SELECT", ""),
            ("SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.a = a.id) x", "SELECT a SELECT b", "SELECT", ""),
            ("SELECT * FROM a LEFT JOIN LATERAL f(a.id) x ON true", "SELECT a", "SELECT", "a"),
            ("SELECT * FROM generate_series(1, 10) AS g", "SELECT", "SELECT", ""),
            ("SELECT * FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS t(a, b)", "SELECT", "SELECT", ""),
            ("SELECT * FROM ONLY public.parts WHERE x", "SELECT public.parts", "SELECT", "public.parts"),
            ("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (n, t)", "SELECT", "SELECT", ""),
            ("SELECT extract(epoch FROM created), trim(both 'x' FROM name) FROM t", "SELECT t", "SELECT", "t"),
            ("SELECT substring(name FROM 1 FOR 2) FROM t", "SELECT t", "SELECT", "t"),
            ("SELECT * FROM t WHERE a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d", "SELECT t", "SELECT", "t"),
            ("SELECT id FROM jobs WHERE s = 'x' FOR UPDATE SKIP LOCKED LIMIT 1", "SELECT jobs", "SELECT", "jobs"),
            ("SELECT lower(replace(name, 'a', 'b')) FROM t", "SELECT t", "SELECT", "t"),
            ("SELECT * INTO archive FROM t", "SELECT archive t", "SELECT", ""),
            ("SELECT t.from, t.\"select\" FROM t", "SELECT t", "SELECT", "t"),
            ("SELECT data->>'a', data #> '{b}', tags && $1, a[1:2] FROM t", "SELECT t", "SELECT", "t"),
            ("SELECT имя FROM пользователи", "SELECT пользователи", "SELECT", "пользователи"),
            (
                "SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t WINDOW w AS (ORDER BY c)",
                "SELECT t",
                "SELECT",
                "t",
            ),
            ("TABLE t", "TABLE t", "TABLE", "t"),
            ("VALUES (1), (2)", "VALUES", "VALUES", ""),
        ],
        Dialect::PostgreSql,
    );
}

#[test]
fn names_are_told_as_they_are_written() {
    check(
        &[
            (r#"SELECT * FROM "song list""#, r#"SELECT "song list""#, "SELECT", "song list"),
            (r#"SELECT * FROM "Public"."Users""#, r#"SELECT "Public"."Users""#, "SELECT", "Public.Users"),
            ("SELECT * FROM db.public.users", "SELECT db.public.users", "SELECT", "db.public.users"),
            ("SELECT * FROM public /* x */ . users", "SELECT public.users", "SELECT", "public.users"),
        ],
        Dialect::PostgreSql,
    );
    check(&[("SELECT * FROM `my db`.`users`", "SELECT `my db`.`users`", "SELECT", "my db.users")], Dialect::MySql);
    check(
        &[
            (r#"SELECT * FROM "users" JOIN [my notes] ON 1"#, r#"SELECT "users" [my notes]"#, "SELECT", ""),
            (r#"SELECT * FROM main."users""#, r#"SELECT main."users""#, "SELECT", "main.users"),
        ],
        Dialect::Sqlite,
    );
}

#[test]
fn common_table_expressions_are_no_tables() {
    check(
        &[
            ("WITH a AS (SELECT * FROM t) SELECT * FROM a", "SELECT t SELECT", "SELECT", "t"),
            (
                "WITH a AS (SELECT * FROM t), b AS (SELECT * FROM A) SELECT * FROM a JOIN b ON 1",
                "SELECT t SELECT SELECT",
                "SELECT",
                "t",
            ),
            (
                "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n JOIN t ON t.i = n.i",
                "SELECT SELECT t",
                "SELECT",
                "t",
            ),
            (
                "WITH d AS (DELETE FROM t WHERE x RETURNING *) INSERT INTO u SELECT * FROM d",
                "DELETE t INSERT u SELECT",
                "",
                "",
            ),
            ("WITH a AS MATERIALIZED (SELECT 1 FROM t) UPDATE u SET x = 1 FROM a", "SELECT t UPDATE u", "", ""),
            ("SELECT * FROM (WITH a AS (SELECT * FROM t) SELECT * FROM a) x", "SELECT SELECT t SELECT", "SELECT", "t"),
            ("INSERT INTO u (a) WITH x AS (SELECT a FROM t) SELECT a FROM x", "INSERT u SELECT t SELECT", "", ""),
        ],
        Dialect::PostgreSql,
    );
}

#[test]
fn changes_name_the_table_that_they_change() {
    check(
        &[
            ("INSERT INTO t (a, b) VALUES ($1, $2)", "INSERT t", "INSERT", "t"),
            ("INSERT INTO t DEFAULT VALUES RETURNING id", "INSERT t", "INSERT", "t"),
            (
                "INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE t.x",
                "INSERT t",
                "INSERT",
                "t",
            ),
            ("INSERT INTO s.details (a) SELECT a FROM orders WHERE id = ?", "INSERT s.details SELECT orders", "", ""),
            ("UPDATE t SET a = 1, b = (SELECT max(x) FROM u) WHERE id = 2", "UPDATE t SELECT u", "", ""),
            ("UPDATE ONLY t AS x SET a = b.a FROM b, c WHERE x.id = b.id", "UPDATE t b c", "UPDATE", ""),
            ("DELETE FROM t WHERE id = 3", "DELETE t", "DELETE", "t"),
            ("DELETE FROM a USING b JOIN c USING (id) WHERE a.id = b.id", "DELETE a b c", "DELETE", ""),
            (
                "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET x = s.x WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
                "MERGE t s",
                "MERGE",
                "",
            ),
            (
                "MERGE INTO t USING (SELECT * FROM u) s ON t.id = s.id WHEN MATCHED THEN DELETE",
                "MERGE t SELECT u",
                "",
                "",
            ),
            ("COPY t (a, b) FROM STDIN WITH (FORMAT csv)", "COPY t", "COPY", "t"),
            ("COPY (SELECT * FROM t) TO STDOUT", "COPY SELECT t", "", "t"),
            ("TRUNCATE TABLE a, b CASCADE", "TRUNCATE a b", "TRUNCATE", ""),
        ],
        Dialect::PostgreSql,
    );
    check(
        &[
            ("REPLACE INTO t VALUES (1)", "REPLACE t", "REPLACE", "t"),
            ("INSERT OR IGNORE INTO t VALUES (1)", "INSERT t", "INSERT", "t"),
            ("UPDATE OR ROLLBACK t SET a = 1", "UPDATE t", "UPDATE", "t"),
        ],
        Dialect::Sqlite,
    );
    check(
        &[
            (
                "INSERT IGNORE INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
                "INSERT t",
                "INSERT",
                "t",
            ),
            ("UPDATE a, b SET a.x = b.x WHERE a.id = b.id", "UPDATE a b", "UPDATE", ""),
        ],
        Dialect::MySql,
    );
}

#[test]
fn definitions_name_the_kind_of_object() {
    check(
        &[
            ("CREATE TABLE IF NOT EXISTS t (id INT DEFAULT 5, transaction INT)", "CREATE TABLE t", "CREATE TABLE", "t"),
            ("CREATE TEMP TABLE tmp_4711 AS SELECT * FROM t", "CREATE TABLE tmp_4711 SELECT t", "", ""),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) WHERE b > 5",
                "CREATE INDEX i t",
                "CREATE INDEX",
                "t",
            ),
            (
                "CREATE OR REPLACE VIEW v AS WITH x AS (SELECT 1 FROM t) SELECT * FROM x",
                "CREATE VIEW v SELECT t SELECT",
                "",
                "",
            ),
            ("ALTER TABLE t ADD COLUMN a TEXT DEFAULT 'x'", "ALTER TABLE t", "ALTER TABLE", "t"),
            ("DROP TABLE IF EXISTS a, b", "DROP TABLE a b", "DROP TABLE", ""),
            (
                "CREATE FUNCTION f(a int) RETURNS int AS $$ SELECT x FROM t $$ LANGUAGE sql",
                "CREATE FUNCTION f",
                "CREATE FUNCTION",
                "",
            ),
            ("CREATE ROLE alice LOGIN PASSWORD 'x'", "CREATE ROLE", "CREATE ROLE", ""),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH v", "REFRESH", "v"),
            ("GRANT SELECT, INSERT ON t TO alice", "GRANT", "GRANT", ""),
        ],
        Dialect::PostgreSql,
    );
    check(
        &[(
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE u SET n = n + 1; DELETE FROM v; END",
            "CREATE TRIGGER tr",
            "CREATE TRIGGER",
            "",
        )],
        Dialect::Sqlite,
    );
}

#[test]
fn commands_name_themselves() {
    check(
        &[
            ("BEGIN", "BEGIN", "BEGIN", ""),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", "BEGIN", "BEGIN", ""),
            ("START TRANSACTION READ ONLY", "START TRANSACTION", "START TRANSACTION", ""),
            ("COMMIT", "COMMIT", "COMMIT", ""),
            ("ROLLBACK TO SAVEPOINT s1", "ROLLBACK", "ROLLBACK", ""),
            ("SAVEPOINT s1", "SAVEPOINT", "SAVEPOINT", ""),
            ("RELEASE SAVEPOINT s1", "RELEASE", "RELEASE", ""),
            ("SET search_path TO tenant_17", "SET", "SET", ""),
            ("SHOW search_path", "SHOW", "SHOW", ""),
            ("EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM t", "EXPLAIN SELECT t", "", "t"),
            ("EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN DELETE t", "", "t"),
            ("LISTEN jobs", "LISTEN", "LISTEN", ""),
            ("DECLARE c CURSOR FOR SELECT * FROM t", "DECLARE SELECT t", "", "t"),
            ("LOCK TABLE t IN EXCLUSIVE MODE", "LOCK t", "LOCK", "t"),
            ("BEGIN; UPDATE t SET a = 1; COMMIT", "BEGIN UPDATE t COMMIT", "", "t"),
        ],
        Dialect::PostgreSql,
    );
    check(
        &[
            ("PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "PRAGMA", ""),
            ("PRAGMA main.table_info(users)", "PRAGMA main.table_info", "PRAGMA", ""),
            ("EXPLAIN QUERY PLAN SELECT * FROM t", "EXPLAIN SELECT t", "", "t"),
        ],
        Dialect::Sqlite,
    );
}

#[test]
fn a_stored_procedure_is_named() {
    let statement = Statement::of("CALL shop.close_day($1, 'x')", Dialect::PostgreSql);
    assert_eq!(statement.procedure(), Some("shop.close_day"));
    assert_eq!((statement.summary(), statement.operation(), statement.table()), ("CALL shop.close_day", "CALL", ""));
    assert_eq!(Statement::of("{call p(?)}", Dialect::Other).procedure(), Some("p"));
}

#[test]
fn what_is_no_statement_has_no_operation() {
    for sql in ["", ";", "hello world", "42", "-- SELECT * FROM t", "'SELECT", "\0", "SELEC * FRM t", ")))((("] {
        let statement = Statement::of(sql, Dialect::PostgreSql);
        assert_eq!((statement.summary(), statement.operation(), statement.table()), ("", "", ""), "{sql}");
    }
}

#[test]
fn a_summary_ends_before_the_token_that_does_not_fit() {
    let tables: Vec<String> = (0..100).map(|n| format!("table_number_{n}")).collect();
    let statement = Statement::of(&format!("SELECT * FROM {}", tables.join(", ")), Dialect::PostgreSql);
    let summary = statement.summary();
    assert!(summary.len() <= 255 && summary.len() > 230, "{}", summary.len());
    assert!(tables.iter().any(|table| summary.ends_with(&format!(" {table}"))), "{summary}");
}

#[test]
fn only_statements_that_change_rows_say_so() {
    for sql in
        ["INSERT INTO t VALUES (1);", "WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d", "COPY t FROM STDIN"]
    {
        assert!(Statement::of(sql, Dialect::PostgreSql).changes_rows(), "{sql}");
    }
    for sql in
        ["SELECT * FROM t FOR UPDATE", "UPDATE t SET a = 1; COMMIT", "CREATE TABLE t (a INT)", "COMMIT", "DROP TABLE t"]
    {
        assert!(!Statement::of(sql, Dialect::PostgreSql).changes_rows(), "{sql}");
    }
}
