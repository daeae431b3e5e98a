use sqlx::{
    Executor, PgConnection, Postgres,
    postgres::{PgConnectOptions, PgQueryResult},
};

use super::{Driver, Server};

pub(super) const SYSTEM: &str = "postgresql";
pub(super) const PORT: u16 = 5432;

impl Driver for Postgres {
    /// The name of the database is told when it was given; by default it is that of the user. A socket has no port.
    fn server(options: &PgConnectOptions) -> Server {
        let server = Server::of_system(SYSTEM).namespace(options.get_database().unwrap_or_default().to_owned());
        match options.get_socket() {
            Some(socket) => server.address(socket.to_string_lossy().into_owned()),
            // sqlx keeps its default socket here.
            None if options.get_host().starts_with('/') => server.address(options.get_host().to_owned()),
            None => server.address(options.get_host().to_owned()).port_unless(options.get_port(), PORT),
        }
    }

    fn affected_rows(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }

    fn executor(connection: &mut PgConnection) -> impl Executor<'_, Database = Self> {
        connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Postgres::server(&url.parse().unwrap())
    }

    #[test]
    fn the_server_is_told_without_credentials() {
        let found = server("postgres://ann:secret@db.example:6432/shop");
        assert_eq!(found, Server::of_system("postgresql").namespace("shop").address("db.example").port(6432));
        assert_eq!(found.name(), "shop@db.example:6432");
    }

    #[test]
    fn the_default_port_and_a_socket_have_no_port() {
        assert_eq!(server("postgres://db.example/shop").port, None);
        let found = server("postgres://ann@localhost:7000/shop?host=/run/pg");
        assert_eq!(found, Server::of_system("postgresql").namespace("shop").address("/run/pg"));
    }
}
