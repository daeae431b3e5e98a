//! Random statements with marked literals, and random bytes.

use crate::sql::{Dialect, Statement};

const DIALECTS: [Dialect; 5] =
    [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::SqlServer, Dialect::Other];

/// In every literal that is made; digits, so that it can stand in a number too.
const MARK: &str = "4711";

/// A small generator (xorshift), so that a failure comes again with its seed.
struct Random(u64);

impl Random {
    fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A literal of the dialect, as its product reads it by default.
fn literal(random: &mut Random, dialect: Dialect) -> String {
    // What may stand around the mark inside of a string of any dialect.
    let noise = [
        "", " ", "''", "\"", "--", "/*", "*/", "$$", ";", "é", "\n", "(", "] ", "`", "SELECT ", " FROM x", "\\\\", "#",
        "?",
    ];
    let inside = format!("{}{MARK}{}", random.of(&noise), random.of(&noise));
    let plain = format!("'{inside}'");
    let number = [
        MARK.to_owned(),
        format!("{MARK}.5"),
        format!(".{MARK}"),
        format!("1e{MARK}"),
        format!("0x{MARK}"),
        format!("-{MARK}"),
    ];
    match (dialect, random.below(8)) {
        (_, 0 | 1) => number[random.below(number.len())].clone(),
        (Dialect::PostgreSql, 2) => format!("E'{inside}\\''"),
        (Dialect::PostgreSql, 3) => format!("$t${inside}$t$"),
        (Dialect::PostgreSql, 4) => format!("$${}$$", inside.replace("$$", "")),
        (Dialect::MySql, 2 | 3) => format!("\"{}\"", inside.replace('"', "\"\"")),
        (Dialect::MySql, 4) => format!("'{inside}\\'{MARK}'"),
        (Dialect::Sqlite | Dialect::SqlServer, 2) => format!("'{inside}\\'"),
        // Where a table can stand it would be one.
        (Dialect::Sqlite | Dialect::SqlServer, 3) => format!("= \"{}\" AND", inside.replace('"', "\"\"")),
        (Dialect::SqlServer, 4) => format!("${MARK}"),
        (_, 5) => format!("{}{plain}", random.of(&["N", "x", "B", "b"])),
        _ => plain,
    }
}

fn statement(random: &mut Random, dialect: Dialect) -> String {
    let pieces = [
        "SELECT",
        "a",
        "t.b",
        "FROM",
        "users",
        "WHERE",
        "=",
        "AND",
        "IN (",
        ")",
        "(",
        ",",
        "VALUES (",
        "), (",
        "INSERT INTO t",
        "UPDATE t SET",
        "a =",
        "DELETE FROM",
        "JOIN b ON",
        "ORDER BY",
        "LIMIT",
        "::text",
        "CASE WHEN",
        "THEN",
        "END",
        "||",
        "LIKE",
        "BETWEEN",
        "WITH x AS (",
        "UNION ALL",
        "ON CONFLICT DO UPDATE SET",
        "CALL p(",
        "SET x =",
        "PRAGMA y =",
        ";",
        "ARRAY",
        "NULL",
        "-",
        "+",
        ".",
        "RETURNING *",
        "INTERVAL",
        "CREATE TABLE c (",
        "DEFAULT",
        "EXPLAIN",
        "COPY t FROM",
        "IS DISTINCT FROM",
        "MERGE INTO t USING",
        "'' ",
        "$1",
        "?",
        ":p",
        "@q",
        "LATERAL",
    ];
    let mut sql = String::new();
    for _ in 0..random.below(40) {
        match random.below(5) {
            0 => sql.push_str(&literal(random, dialect)),
            // Each of them ends with the line, or where it says.
            1 if random.below(6) == 0 => sql.push_str(&format!("-- it's {MARK}\n")),
            1 if random.below(6) == 0 => sql.push_str(&format!("/* \"{MARK}' */")),
            _ => sql.push_str(random.of(&pieces)),
        }
        // Literals that cling to each other would be other literals.
        sql.push(' ');
    }
    sql
}

fn check(statement: &Statement, sql: &str, seed: u64) {
    assert!(statement.text().len() <= 4096, "seed {seed}: {sql:?}");
    assert!(statement.summary().len() <= 255, "seed {seed}: {sql:?}");
}

#[test]
fn no_literal_is_ever_shown() {
    for seed in 1..=40_000 {
        let mut random = Random::seeded(seed);
        let dialect = DIALECTS[random.below(DIALECTS.len())];
        let sql = statement(&mut random, dialect);
        let statement = Statement::of(&sql, dialect);
        check(&statement, &sql, seed);
        let shown = format!("{statement:?}");
        assert!(!shown.contains(MARK), "seed {seed}, {dialect:?}:\n{sql}\n{shown}");
    }
}

/// The reading of an unknown product shows no literal of any known one. Names in double quotes, which are tables there, aside.
#[test]
fn the_careful_reading_shows_no_literal_of_any_product() {
    for seed in 1..=40_000 {
        let mut random = Random::seeded(seed);
        let dialect = DIALECTS[random.below(3)];
        let sql = statement(&mut random, dialect);
        if sql.contains('"') {
            continue;
        }
        let shown = format!("{:?}", Statement::of(&sql, Dialect::Other));
        assert!(!shown.contains(MARK), "seed {seed}, {dialect:?}:\n{sql}\n{shown}");
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let alphabet = b"'\"`$[](){}.,;:?@#-/*\\!&_ \n\t\0aEeNnQqUuXx019\xc3\xa9\xff";
    for seed in 1..=40_000 {
        let mut random = Random::seeded(seed);
        let any = seed % 2 == 0;
        let length = random.below(80);
        let bytes: Vec<u8> = (0..length)
            .map(|_| if any { random.below(256) as u8 } else { alphabet[random.below(alphabet.len())] })
            .collect();
        let sql = String::from_utf8_lossy(&bytes);
        for dialect in DIALECTS {
            check(&Statement::of(&sql, dialect), &sql, seed);
        }
    }
}

#[test]
fn every_part_of_a_statement_is_read_without_a_panic() {
    let whole = "WITH é AS (SELECT $ü$x$ü$, E'\\'', \"a\"\"b\", [c], `d` FROM t) INSERT INTO \"ö\".u VALUES (1, N'x'), (?, :p) -- ß\n/* /* */ */ ;";
    for (start, _) in whole.char_indices() {
        for (end, _) in whole.char_indices().filter(|(end, _)| *end >= start) {
            for dialect in DIALECTS {
                check(&Statement::of(&whole[start..end], dialect), whole, 0);
            }
        }
    }
}

#[test]
fn deep_and_long_texts_are_read_in_bounded_time() {
    let started = std::time::Instant::now();
    for unit in [
        "(",
        "((SELECT ",
        "$a",
        "/*",
        "\"",
        "'",
        "[",
        "$$",
        "$a$",
        "\\'",
        "IN (1, ",
        "a.",
        "WITH a AS (",
        ",",
        "VALUES (1),",
        "\0",
        "--",
        "1e",
    ] {
        let sql = unit.repeat(4_000_000 / unit.len());
        for dialect in DIALECTS {
            check(&Statement::of(&sql, dialect), unit, 0);
        }
    }
    // 90 statements of 4 MB: seconds if the whole text were read, minutes if any of it were read again and again.
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn half_a_token_at_the_end_of_what_is_read_is_not_shown() {
    for length in 16 * 1024 - 40..16 * 1024 + 5 {
        let head = "SELECT a FROM users WHERE b = ";
        let sql = format!("{head}{}secret FROM {MARK}", " ".repeat(length - head.len()));
        let shown = Statement::of(&sql, Dialect::PostgreSql);
        assert!(shown.summary() == "SELECT users", "{shown:?}");
        assert!(!shown.text().contains("secre") || shown.text().contains("secret"), "{shown:?}");
    }
}
