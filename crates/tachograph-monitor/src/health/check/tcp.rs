//! Is something listening?
//!
//! By the blocking calls of the standard library: the run has its thread anyway, and a name server that does not answer would
//! otherwise take a thread of the runtime, and hold up its shutdown.

use std::{
    io,
    net::{TcpStream, ToSocketAddrs as _},
    time::{Duration, Instant},
};

use super::Verdict;

/// Whether it is `host:port` and nothing else, a URL in particular.
pub(super) fn is_address(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let in_brackets = host.starts_with('[') && host.ends_with(']');
    let is_host = !host.is_empty()
        && (in_brackets || !host.contains(':'))
        && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "/@?#".contains(c));
    is_host && port.parse::<u16>().is_ok_and(|port| port != 0)
}

pub(super) fn connect(address: &str, limit: Duration) -> Verdict {
    match try_each(address, limit) {
        Ok(()) => Verdict::healthy(),
        Err(error) => Verdict::unhealthy(format_args!("cannot connect to {address}: {error}")),
    }
}

fn try_each(address: &str, limit: Duration) -> io::Result<()> {
    let begun = Instant::now();
    let mut last = None;
    let mut addresses = address.to_socket_addrs()?.collect::<Vec<_>>().into_iter();
    while let Some(address) = addresses.next() {
        let left = u32::try_from(addresses.len()).map_or(u32::MAX, |others| others.saturating_add(1));
        let share = limit.saturating_sub(begun.elapsed()) / left;
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, share) {
            Ok(_) => return Ok(()),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "no address was tried in time")))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::HealthStatus;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn host_and_port_are_an_address() {
        for address in ["localhost:80", "127.0.0.1:6379", "[::1]:6379", "redis.svc.cluster.local:65535"] {
            assert!(is_address(address), "{address}");
        }
        let not = ["", "localhost", ":80", "host:", "host:0", "host:65536", "host:http", "::1:80", "redis://host:6379"];
        for address in not.into_iter().chain(["user:pw@host:80", "a b:80", "host/:80", "a\0:80", "a?:80", "a#:80"]) {
            assert!(!is_address(address), "{address}");
        }
    }

    #[test]
    fn who_listens_is_healthy_and_who_stops_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(connect(&address, LIMIT), Verdict::healthy());
        drop(listener);
        let verdict = connect(&address, LIMIT);
        assert_eq!(verdict.status(), HealthStatus::Unhealthy);
        let told = verdict.message();
        assert!(told.starts_with(&format!("cannot connect to {address}: ")) && told.contains("refused"), "{told}");
    }

    #[test]
    fn each_address_of_a_host_is_tried() {
        // Of `localhost` many systems have ::1 first, where nobody listens here.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(connect(&format!("localhost:{port}"), LIMIT), Verdict::healthy());
    }

    #[test]
    fn no_time_is_an_error() {
        let told = connect("127.0.0.1:9", Duration::ZERO);
        assert_eq!(told.message(), "cannot connect to 127.0.0.1:9: no address was tried in time");
    }
}
