//! A request of some client, as far as its description needs it.

use std::borrow::Cow;

use http::{Method, Uri, header::HOST, request::Parts, uri::Authority};
use opentelemetry::StringValue;

use crate::http::attributes;

/// A request that is about to be sent.
pub(crate) trait Outgoing {
    /// What the client knows URLs as.
    type Url;

    fn method(&self) -> &Method;

    fn url(&self) -> &Self::Url;

    /// The host that is asked; an IPv6 address may stand in brackets.
    fn host(&self) -> Option<Cow<'_, str>>;

    /// The port, the scheme's own where none is written.
    fn port(&self) -> Option<u16>;

    fn url_text(&self) -> Cow<'_, str>;

    /// The host as the conventions write it: an IPv6 address without its brackets.
    fn server_address(&self) -> Option<StringValue> {
        self.host().map(|host| attributes::cut(host.trim_start_matches('[').trim_end_matches(']')))
    }
}

impl Outgoing for Parts {
    type Url = Uri;

    fn method(&self) -> &Method {
        &self.method
    }

    fn url(&self) -> &Uri {
        &self.uri
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        match self.uri.host() {
            Some(host) => Some(Cow::Borrowed(host)),
            None => Some(Cow::Owned(host_header(self)?.host().to_owned())),
        }
    }

    fn port(&self) -> Option<u16> {
        let written = match self.uri.authority() {
            Some(authority) => authority.port_u16(),
            None => host_header(self).and_then(|authority| authority.port_u16()),
        };
        written.or_else(|| match self.uri.scheme_str()? {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        })
    }

    fn url_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.uri.to_string())
    }
}

/// Where the URI is a path alone, the host stands in the header.
fn host_header(parts: &Parts) -> Option<Authority> {
    attributes::text(&parts.headers, HOST)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(uri: &str, host: Option<&str>) -> (Option<String>, Option<u16>) {
        let mut request = http::Request::get(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        (parts.host().map(Cow::into_owned), parts.port())
    }

    #[test]
    fn host_and_port_come_from_the_uri_else_from_the_host_header() {
        let host = |host: &str| Some(host.to_owned());
        assert_eq!(seen("http://a.example/x", None), (host("a.example"), Some(80)));
        assert_eq!(seen("https://u:p@a.example/x", Some("b")), (host("a.example"), Some(443)));
        assert_eq!(seen("https://a.example:8443/", None), (host("a.example"), Some(8443)));
        assert_eq!(seen("http://[::1]:81/", None), (host("[::1]"), Some(81)));
        assert_eq!(seen("/x", Some("b:82")), (host("b"), Some(82)));
        assert_eq!(seen("/x", Some("b")), (host("b"), None));
        assert_eq!(seen("/x", None), (None, None));
        assert_eq!(seen("unix://a.example/x", None), (host("a.example"), None));
        let (parts, ()) = http::Request::get("http://[::1]:81/").body(()).unwrap().into_parts();
        assert_eq!(parts.server_address(), Some("::1".into()));
    }
}
