//! The articles that the agent searches: SQLite or PostgreSQL, with the same statements.
//!
//! The pool records every statement that goes through it. Writing the articles is hundreds of them, and one record.

mod seed;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Connection as _, Row as _, any::AnyPoolOptions};
use tachograph::{db::sqlx::AnyPool, source::Ping, track_db_query};
use tempfile::TempDir;
use thiserror::Error;

/// Words of a query that are looked for; further ones are ignored.
const MAX_WORDS: usize = 4;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS element_articles (
    id BIGINT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, words TEXT NOT NULL)";

const INSERT: &str = "INSERT INTO element_articles (id, title, body, words) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO NOTHING";

const SELECT: &str = "SELECT title, body FROM element_articles
    WHERE words LIKE $1 OR words LIKE $2 OR words LIKE $3 OR words LIKE $4
    ORDER BY CASE WHEN words LIKE $1 THEN 4 ELSE 0 END + CASE WHEN words LIKE $2 THEN 3 ELSE 0 END
           + CASE WHEN words LIKE $3 THEN 2 ELSE 0 END + CASE WHEN words LIKE $4 THEN 1 ELSE 0 END DESC, id
    LIMIT 3";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Article {
    pub(crate) title: String,
    pub(crate) body: String,
}

#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("no temporary folder for the database")]
    Folder(#[source] std::io::Error),
    #[error("the database cannot be reached")]
    Connect(#[source] sqlx::Error),
    #[error("the database refused a statement")]
    Statement(#[source] sqlx::Error),
}

pub(crate) struct ArticleStore {
    pool: AnyPool,
    system: &'static str,
    /// Holds the SQLite file; removed when the store is dropped.
    _folder: Option<TempDir>,
}

impl ArticleStore {
    /// A new SQLite file in a temporary folder.
    pub(crate) async fn sqlite() -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(StoreError::Folder)?;
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("articles.db").display());
        Ok(Self { pool: connect(&url).await?, system: "sqlite", _folder: Some(folder) })
    }

    /// The PostgreSQL database at `url`.
    pub(crate) async fn postgres(url: &str) -> Result<Self, StoreError> {
        Ok(Self { pool: connect(url).await?, system: "postgresql", _folder: None })
    }

    /// Asks the database whether it is there.
    pub(crate) fn ping(&self) -> impl Ping + use<> {
        self.pool.clone()
    }

    /// Creates the table and writes the articles that are missing; returns how many there are.
    #[track_db_query("INSERT", "element_articles", system = self.system)]
    pub(crate) async fn seed(&self) -> Result<usize, StoreError> {
        let articles = seed::articles();
        let mut transaction = self.pool.inner().begin().await.map_err(StoreError::Statement)?;
        sqlx::query(CREATE).execute(&mut *transaction).await.map_err(StoreError::Statement)?;
        for (id, Article { title, body }) in (1_i64..).zip(&articles) {
            let words = searchable(&format!("{title} {body}"));
            let insert = sqlx::query(INSERT).bind(id).bind(title).bind(body).bind(words);
            insert.execute(&mut *transaction).await.map_err(StoreError::Statement)?;
        }
        transaction.commit().await.map_err(StoreError::Statement)?;
        Ok(articles.len())
    }

    /// The three articles that have most of the words, best first; the earlier words weigh more.
    pub(crate) async fn search(&self, query: &str) -> Result<Vec<Article>, StoreError> {
        let mut patterns = patterns(query);
        // Unused places match nothing: no line of words is empty.
        patterns.resize(MAX_WORDS, String::new());
        let select = patterns.iter().fold(sqlx::query(SELECT), sqlx::query::Query::bind);
        let rows = select.fetch_all(&self.pool).await.map_err(StoreError::Statement)?;
        let article = |row: &sqlx::any::AnyRow| Ok(Article { title: row.try_get(0)?, body: row.try_get(1)? });
        rows.iter().map(article).collect::<Result<_, _>>().map_err(StoreError::Statement)
    }
}

async fn connect(url: &str) -> Result<AnyPool, StoreError> {
    sqlx::any::install_default_drivers();
    // The pool would try again until its time is out, and then not say why.
    AnyConnection::connect(url).await.map_err(StoreError::Connect)?.close().await.map_err(StoreError::Connect)?;
    let options = AnyPoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(5));
    options.connect(url).await.map(AnyPool::new).map_err(StoreError::Connect)
}

/// The stems of the words with a blank around each, so that `LIKE '% tin %'` finds tin and neither coating nor tint.
fn searchable(text: &str) -> String {
    words(text).fold(" ".to_owned(), |line, word| line + stem(&word) + " ")
}

/// A `LIKE` pattern for each word of the query. Words are letters and digits alone: no wildcard can slip in.
fn patterns(query: &str) -> Vec<String> {
    words(query).take(MAX_WORDS).map(|word| format!("% {} %", stem(&word))).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Without the ending of plural and past, so that "used" and "magnets" find "use" and "magnet".
fn stem(word: &str) -> &str {
    match word.strip_suffix('s').or_else(|| word.strip_suffix('d').filter(|stem| stem.ends_with('e'))) {
        Some(stem) if stem.len() >= 3 => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn search_puts_the_article_with_most_words_first() {
        let store = ArticleStore::sqlite().await.unwrap();
        assert_eq!(store.seed().await.unwrap(), 236);
        let found = store.search("helium used").await.unwrap();
        assert_eq!(found[0].title, "Uses of helium");
        assert_eq!(found[1].title, "Helium");
        assert_eq!(store.search("tin").await.unwrap()[0].title, "Tin");
    }

    #[tokio::test]
    async fn search_takes_no_wildcards_and_no_sql() {
        let store = ArticleStore::sqlite().await.unwrap();
        store.seed().await.unwrap();
        for query in ["", "%", "_", "'", "zzzz'; --"] {
            assert_eq!(store.search(query).await.unwrap(), [], "{query:?}");
        }
    }

    #[tokio::test]
    async fn seeding_twice_leaves_the_same_articles() {
        let store = ArticleStore::sqlite().await.unwrap();
        store.seed().await.unwrap();
        let before = store.search("atomic number").await.unwrap();
        store.seed().await.unwrap();
        assert_eq!(store.search("atomic number").await.unwrap(), before);
    }
}
