//! Who the client is, and how it came, as far as that can be believed.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, request::Parts};

use super::{
    forwarded::{self, Hop},
    settings::{Scheme, Settings},
    trusted_proxies::{ForwardingHeader, TrustedProxies},
};

/// Proxies that a request is believed to have come through, at most.
const MAX_HOPS: usize = 32;

/// The client of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Client {
    /// `None` where nobody who is trusted tells it.
    pub(super) address: Option<IpAddr>,
    /// The scheme that the client used, where a trusted proxy tells it.
    pub(super) scheme: Option<Scheme>,
}

impl Client {
    pub(super) fn of(parts: &Parts, settings: &Settings) -> Self {
        let Some(peer) = peer(parts, settings).map(forwarded::canonical) else { return Self::default() };
        match &settings.trusted_proxies {
            Some(proxies) if proxies.contains(peer) => behind(peer, &parts.headers, proxies),
            _ => Self { address: Some(peer), scheme: None },
        }
    }
}

fn peer(parts: &Parts, settings: &Settings) -> Option<SocketAddr> {
    match &settings.peer {
        Some(peer) => (peer.0)(parts),
        None => connected(parts),
    }
}

#[cfg(feature = "axum")]
fn connected(parts: &Parts) -> Option<SocketAddr> {
    parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0)
}

#[cfg(not(feature = "axum"))]
fn connected(_parts: &Parts) -> Option<SocketAddr> {
    None
}

/// The client behind the proxy `peer`.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> Client {
    let x_forwarded = || walk(forwarded::x_forwarded(headers), proxies);
    let standard = || walk(forwarded::forwarded(headers), proxies);
    let told = match proxies.header {
        ForwardingHeader::XForwarded => x_forwarded(),
        ForwardingHeader::Forwarded => standard(),
        ForwardingHeader::Any => match (x_forwarded(), standard()) {
            (Some(one), Some(other)) if one.address != other.address => return Client::default(),
            (one, other) => one.or(other),
        },
    };
    told.unwrap_or_else(|| {
        // A proxy may tell the scheme alone.
        let scheme = (proxies.header != ForwardingHeader::Forwarded).then(|| forwarded::x_scheme(headers)).flatten();
        Client { address: Some(peer), scheme }
    })
}

/// From the last hop back to the first that is not trusted; `None` where there are no hops.
fn walk(hops: impl Iterator<Item = Hop>, proxies: &TrustedProxies) -> Option<Client> {
    let mut client = None;
    for hop in hops.take(MAX_HOPS) {
        client = Some(Client { address: hop.from, scheme: hop.scheme });
        if !hop.from.is_some_and(|from| proxies.contains(from)) {
            return client;
        }
    }
    // All of them are proxies: the request began at the first.
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(headers: &[(&'static str, &str)], header: ForwardingHeader) -> (String, Option<Scheme>) {
        let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap().with_header(header);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let client = behind("10.0.0.1".parse().unwrap(), &map, &proxies);
        (client.address.map_or("none".to_owned(), |address| address.to_string()), client.scheme)
    }

    fn address(headers: &[(&'static str, &str)]) -> String {
        client(headers, ForwardingHeader::Any).0
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_no_trusted_proxy() {
        assert_eq!(address(&[]), "10.0.0.1");
        assert_eq!(address(&[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(address(&[("x-forwarded-for", "6.6.6.6, 192.0.2.1, 10.0.0.9, 10.2.0.1:80")]), "192.0.2.1");
        assert_eq!(address(&[("forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:80\", for=10.0.0.9")]), "2001:db8::1");
        assert_eq!(address(&[("x-forwarded-for", "10.0.0.5, 10.0.0.9")]), "10.0.0.5", "a client of our own");
    }

    #[test]
    fn what_stands_before_an_unreadable_hop_is_not_believed() {
        for hidden in ["unknown", "_hidden", "", "'; drop table", "10.0.0.1/8"] {
            assert_eq!(address(&[("x-forwarded-for", &format!("6.6.6.6, {hidden}, 10.0.0.9"))]), "none", "{hidden}");
        }
        let many = vec!["10.0.0.9"; 40].join(",");
        assert_eq!(address(&[("x-forwarded-for", &format!("6.6.6.6,{many}"))]), "10.0.0.9");
    }

    #[test]
    fn two_headers_that_do_not_agree_are_not_believed_unless_one_is_chosen() {
        let both =
            [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "http"), ("forwarded", "for=6.6.6.6;proto=https")];
        let mixed = [("x-forwarded-proto", "http"), ("forwarded", "for=192.0.2.1;proto=https")];
        assert_eq!(client(&mixed, ForwardingHeader::Any), ("192.0.2.1".to_owned(), Some(Scheme::Https)));
        let alone = [("x-forwarded-proto", "https")];
        assert_eq!(client(&alone, ForwardingHeader::Any), ("10.0.0.1".to_owned(), Some(Scheme::Https)));
        assert_eq!(client(&alone, ForwardingHeader::Forwarded), ("10.0.0.1".to_owned(), None));
        assert_eq!(client(&both, ForwardingHeader::Any), ("none".to_owned(), None));
        assert_eq!(client(&both, ForwardingHeader::XForwarded), ("192.0.2.1".to_owned(), Some(Scheme::Http)));
        assert_eq!(client(&both, ForwardingHeader::Forwarded), ("6.6.6.6".to_owned(), Some(Scheme::Https)));
        assert_eq!(address(&[("x-forwarded-for", "192.0.2.1:80"), ("forwarded", "for=192.0.2.1")]), "192.0.2.1");
    }
}
