//! Statements that were read before: 256 sets of four places.
//!
//! A statement has four places to be in, so that a look-up is bounded and locks next to nothing. One that came again since somebody last looked
//! for a place keeps its own; so a flood of texts that come once does not wash out those that come often.

use std::{
    array,
    hash::BuildHasher as _,
    sync::{
        LazyLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use foldhash::fast::RandomState;

use super::{Dialect, Statement};

const SETS: usize = 256;
const PLACES: usize = 4;

/// Longest statement that is kept, in bytes: with its reading, 8 KiB at most for each of 1,024.
const MAX_KEPT: usize = 4096;

static CACHE: LazyLock<Cache> = LazyLock::new(Cache::new);

pub(super) fn get(sql: &str, dialect: Dialect) -> Statement {
    if sql.len() > MAX_KEPT { Statement::of(sql, dialect) } else { CACHE.get(sql, dialect) }
}

struct Entry {
    hash: u64,
    dialect: Dialect,
    sql: Box<str>,
    statement: Statement,
    came_again: AtomicBool,
}

impl Entry {
    fn is(&self, hash: u64, sql: &str, dialect: Dialect) -> bool {
        self.hash == hash && self.dialect == dialect && *self.sql == *sql
    }
}

type Set = RwLock<[Option<Entry>; PLACES]>;

struct Cache {
    // The seed is random: nobody can aim at one set.
    hasher: RandomState,
    sets: Box<[Set]>,
}

impl Cache {
    fn new() -> Self {
        let sets = (0..SETS).map(|_| RwLock::new(array::from_fn(|_| None))).collect();
        Self { hasher: RandomState::default(), sets }
    }

    fn get(&self, sql: &str, dialect: Dialect) -> Statement {
        let hash = self.hasher.hash_one((sql, dialect));
        // The hash's upper bits are the better mixed ones; SETS is a power of two.
        let Some(set) = self.sets.get((hash >> 32) as usize % SETS) else { return Statement::of(sql, dialect) };
        if let Some(found) = find(set, hash, sql, dialect) {
            return found;
        }
        let statement = Statement::of(sql, dialect);
        let came_again = AtomicBool::new(false);
        keep(set, Entry { hash, dialect, sql: sql.into(), statement: statement.clone(), came_again });
        statement
    }
}

fn find(set: &Set, hash: u64, sql: &str, dialect: Dialect) -> Option<Statement> {
    let places = set.read().unwrap_or_else(PoisonError::into_inner);
    let entry = places.iter().flatten().find(|entry| entry.is(hash, sql, dialect))?;
    if !entry.came_again.load(Ordering::Relaxed) {
        entry.came_again.store(true, Ordering::Relaxed);
    }
    Some(entry.statement.clone())
}

fn keep(set: &Set, entry: Entry) {
    let mut places = set.write().unwrap_or_else(PoisonError::into_inner);
    if places.iter().flatten().any(|known| known.is(entry.hash, &entry.sql, entry.dialect)) {
        return;
    }
    let came_once =
        |place: &Option<Entry>| place.as_ref().is_some_and(|known| !known.came_again.swap(false, Ordering::Relaxed));
    let empty = places.iter().position(Option::is_none);
    let place = empty.or_else(|| places.iter().position(came_once)).unwrap_or(0);
    if let Some(place) = places.get_mut(place) {
        *place = Some(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cache: &Cache) -> usize {
        cache.sets.iter().map(|set| set.read().unwrap().iter().flatten().count()).sum()
    }

    #[test]
    fn what_is_kept_is_what_would_be_read() {
        let cache = Cache::new();
        for sql in ["SELECT 1 FROM t", "SELECT 1 FROM u", "SELECT 1 FROM t"] {
            for dialect in [Dialect::PostgreSql, Dialect::MySql] {
                assert_eq!(cache.get(sql, dialect), Statement::of(sql, dialect));
            }
        }
        assert_eq!(kept(&cache), 4);
    }

    #[test]
    fn the_dialect_is_a_part_of_the_key() {
        let cache = Cache::new();
        let sql = r#"SELECT "a" FROM t"#;
        assert_eq!(cache.get(sql, Dialect::PostgreSql).text(), sql);
        assert_eq!(cache.get(sql, Dialect::MySql).text(), "SELECT ? FROM t");
    }

    #[test]
    fn a_flood_of_statements_that_come_once_is_bounded_and_leaves_those_that_come_often() {
        let cache = Cache::new();
        let often = "SELECT name FROM users WHERE id = $1";
        let hash = cache.hasher.hash_one((often, Dialect::PostgreSql));
        let set = &cache.sets[(hash >> 32) as usize % SETS];
        cache.get(often, Dialect::PostgreSql);
        for number in 0..20_000 {
            assert!(find(set, hash, often, Dialect::PostgreSql).is_some(), "lost at {number}");
            cache.get(&format!("SELECT name FROM users WHERE id = {number}"), Dialect::PostgreSql);
        }
        assert_eq!(kept(&cache), SETS * PLACES);
    }

    #[test]
    fn a_long_statement_is_read_and_not_kept() {
        let sql = format!("SELECT '{}' FROM t", "x".repeat(MAX_KEPT));
        assert_eq!(get(&sql, Dialect::PostgreSql).text(), "SELECT ? FROM t");
        let hash = CACHE.hasher.hash_one((sql.as_str(), Dialect::PostgreSql));
        assert!(CACHE.sets.iter().all(|set| find(set, hash, &sql, Dialect::PostgreSql).is_none()));
    }
}
