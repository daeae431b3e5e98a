use std::path::Path;

use sqlx::{
    Executor, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteQueryResult},
};

use super::{Driver, Server};

pub(super) const SYSTEM: &str = "sqlite";

impl Driver for Sqlite {
    /// The name of the file without its folders, which may be somebody's; `:memory:` for a database in memory.
    fn server(options: &SqliteConnectOptions) -> Server {
        Server::of_system(SYSTEM).namespace(namespace(options.get_filename()))
    }

    fn affected_rows(result: &SqliteQueryResult) -> u64 {
        result.rows_affected()
    }

    fn executor(connection: &mut SqliteConnection) -> impl Executor<'_, Database = Self> {
        connection
    }
}

pub(super) fn namespace(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    // sqlx numbers those in memory.
    if name.starts_with("file:sqlx-in-memory-") || name == ":memory:" {
        ":memory:".to_owned()
    } else {
        name.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_told_without_its_folders() {
        let server = |url: &str| Sqlite::server(&url.parse().unwrap());
        assert_eq!(
            server("sqlite:///home/ann/articles.db?mode=ro"),
            Server::of_system("sqlite").namespace("articles.db")
        );
        assert_eq!(server("sqlite::memory:").name(), ":memory:");
    }
}
