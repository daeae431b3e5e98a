use std::borrow::Cow;

use sqlx::{
    Any, AnyConnection, ConnectOptions as _, Executor,
    any::{AnyConnectOptions, AnyQueryResult},
};

use super::{Driver, Server};

impl Driver for Any {
    /// The product is told by the scheme of the URL.
    fn server(options: &AnyConnectOptions) -> Server {
        let url = options.to_url_lossy();
        let given = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        let path = || Cow::Owned(decoded(url.path().trim_start_matches('/')));
        let host =
            || given("host").or_else(|| url.host_str().map(|host| Cow::Owned(decoded(host)))).unwrap_or_default();
        match url.scheme() {
            "postgres" | "postgresql" => {
                let server =
                    Server::of_system("postgresql").namespace(given("dbname").unwrap_or_else(path).into_owned());
                let host = given("hostaddr").unwrap_or_else(host);
                if host.starts_with('/') {
                    return server.address(host.into_owned());
                }
                let port = given("port").and_then(|port| port.parse().ok()).or_else(|| url.port()).unwrap_or(5432);
                server.address(host.into_owned()).port_unless(port, 5432)
            }
            scheme @ ("mysql" | "mariadb") => {
                let server = Server::of_system(scheme.to_owned()).namespace(path().into_owned());
                match given("socket") {
                    Some(socket) => server.address(socket.into_owned()),
                    None => server.address(host().into_owned()).port_unless(url.port().unwrap_or(3306), 3306),
                }
            }
            "sqlite" => {
                let file = decoded(url.path());
                let name = file.rsplit('/').next().unwrap_or_default();
                Server::of_system("sqlite").namespace(if name.is_empty() { ":memory:" } else { name }.to_owned())
            }
            scheme => Server::of_system(scheme.to_owned()),
        }
    }

    fn affected_rows(result: &AnyQueryResult) -> u64 {
        result.rows_affected()
    }

    fn executor(connection: &mut AnyConnection) -> impl Executor<'_, Database = Self> {
        connection
    }
}

/// Without the escapes of a URL; as it stands when they are no UTF-8.
fn decoded(text: &str) -> String {
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if let ([high, low, after @ ..], b'%') = (after, first)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Any::server(&url.parse().unwrap())
    }

    #[test]
    fn the_scheme_tells_the_product() {
        let postgres = server("postgres://ann:secret@db.example:6432/shop");
        assert_eq!(postgres, Server::of_system("postgresql").namespace("shop").address("db.example").port(6432));
        let mariadb = server("mariadb://ann:secret@db.example/shop");
        assert_eq!(mariadb, Server::of_system("mariadb").namespace("shop").address("db.example"));
        assert_eq!(server("sqlite:///tmp/a%20b.db?mode=rwc"), Server::of_system("sqlite").namespace("a b.db"));
        assert_eq!(server("sqlite::memory:"), Server::of_system("sqlite").namespace(":memory:"));
        assert_eq!(server("duckdb://x"), Server::of_system("duckdb"));
    }

    #[test]
    fn a_socket_has_no_port() {
        let expected = Server::of_system("postgresql").namespace("shop").address("/run/pg");
        assert_eq!(server("postgres://ann@localhost:7000/shop?host=/run/pg"), expected);
        assert_eq!(server("postgres://%2Frun%2Fpg/shop"), expected);
    }
}
