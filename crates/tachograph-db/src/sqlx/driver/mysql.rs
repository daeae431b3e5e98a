use sqlx::{
    Executor, MySql, MySqlConnection,
    mysql::{MySqlConnectOptions, MySqlQueryResult},
};

use super::{Driver, Server};

pub(super) const SYSTEM: &str = "mysql";
pub(super) const PORT: u16 = 3306;

impl Driver for MySql {
    fn server(options: &MySqlConnectOptions) -> Server {
        let server = Server::of_system(SYSTEM).namespace(options.get_database().unwrap_or_default().to_owned());
        match options.get_socket() {
            Some(socket) => server.address(socket.to_string_lossy().into_owned()),
            None => server.address(options.get_host().to_owned()).port_unless(options.get_port(), PORT),
        }
    }

    fn affected_rows(result: &MySqlQueryResult) -> u64 {
        result.rows_affected()
    }

    fn executor(connection: &mut MySqlConnection) -> impl Executor<'_, Database = Self> {
        connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_told_without_credentials() {
        let found = MySql::server(&"mysql://ann:secret@db.example:3307/shop".parse().unwrap());
        assert_eq!(found, Server::of_system("mysql").namespace("shop").address("db.example").port(3307));
    }
}
