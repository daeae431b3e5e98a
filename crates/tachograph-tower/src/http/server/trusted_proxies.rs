use std::{fmt, net::IpAddr};

use ipnet::IpNet;

/// The proxies in front of a server that are believed when they tell who the client is.
///
/// Anybody can send `X-Forwarded-For`. Only what a trusted proxy appended is believed: the hops are walked from the last
/// one back, trusted ones are skipped, and the first that is not trusted is the client. Where a hop cannot be read (`unknown`,
/// `_hidden`), nobody knows the client.
///
/// List only proxies that write the header: one that passes it on as it came lets everybody choose who they are.
///
/// ```
/// use tachograph_tower::{HttpServerLayer, TrustedProxies};
///
/// let proxies = TrustedProxies::parse(["10.0.0.0/8", "fd00::/8", "192.0.2.7"])?;
/// let layer = HttpServerLayer::new().with_trusted_proxies(proxies);
/// # Ok::<(), tachograph_tower::TrustedProxiesError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    pub(super) header: ForwardingHeader,
}

/// Which header a trusted proxy says the client in.
///
/// A proxy that writes one of the two passes the other on as the client sent it, so that to believe either is to believe
/// the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardingHeader {
    /// Whichever is there; where both are and tell different clients, neither is believed.
    #[default]
    Any,
    /// `X-Forwarded-For`, with `X-Forwarded-Proto` for the scheme.
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl TrustedProxies {
    /// Addresses and networks in CIDR notation, IPv4 and IPv6. Blanks around them are ignored, and so are the bits of an
    /// address behind the length of its network.
    ///
    /// # Errors
    ///
    /// When one is neither: the error names it.
    pub fn parse<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, TrustedProxiesError> {
        let networks = networks.into_iter().map(|network| parse(network.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { networks, header: ForwardingHeader::default() })
    }

    /// Looks at this header alone. Say it where you know your proxies.
    #[must_use]
    pub fn with_header(mut self, header: ForwardingHeader) -> Self {
        self.header = header;
        self
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

fn parse(text: &str) -> Result<IpNet, TrustedProxiesError> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address.to_canonical())),
        Err(_) => text.parse().ok(),
    };
    network.ok_or_else(|| TrustedProxiesError { text: text.to_owned() })
}

/// A text that names no proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxiesError {
    text: String,
}

impl fmt::Display for TrustedProxiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "trusted proxy {:?} is neither an IP address (192.0.2.7) nor a network (10.0.0.0/8, fd00::/8)",
            self.text
        )
    }
}

impl std::error::Error for TrustedProxiesError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_of_both_families_are_trusted() {
        let proxies = TrustedProxies::parse(["10.1.2.3/8", " 192.0.2.7 ", "fd00::/8", "::ffff:198.51.100.1"]).unwrap();
        for trusted in ["10.200.0.1", "192.0.2.7", "fdff::1", "::ffff:10.0.0.1", "198.51.100.1"] {
            assert!(proxies.contains(trusted.parse().unwrap()), "{trusted}");
        }
        for foreign in ["11.0.0.1", "192.0.2.8", "fe80::1", "::1", "::ffff:192.0.2.8"] {
            assert!(!proxies.contains(foreign.parse().unwrap()), "{foreign}");
        }
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in ["", "localhost", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.1:80", "*"] {
            let error = TrustedProxies::parse(["10.0.0.0/8", wrong]).unwrap_err();
            assert!(error.to_string().contains(&format!("{wrong:?}")), "{error}");
        }
    }
}
