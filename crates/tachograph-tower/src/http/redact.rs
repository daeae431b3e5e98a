//! What of a URL and of headers is secret.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, PROXY_AUTHORIZATION, SET_COOKIE};

pub(crate) const REDACTED: &str = "REDACTED";

/// Parameters whose values the conventions redact: signatures and credentials of signed URLs. Case counts.
const SECRET_PARAMETERS: [&str; 7] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];

/// Whether the value of a header is never recorded, although the header was asked for.
pub(crate) fn is_secret_header(name: &HeaderName, value: &HeaderValue) -> bool {
    value.is_sensitive()
        || [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name)
        || name.as_str() == "x-api-key"
}

/// A query (without its `?`) with the values of secret parameters redacted.
pub(crate) fn query(query: &str) -> Cow<'_, str> {
    if !query.split('&').any(is_secret) {
        return Cow::Borrowed(query);
    }
    Cow::Owned(join(query.split('&')))
}

/// The parameters of a query that `wanted` names, in their order, with the values of secret ones redacted.
pub(crate) fn parameters(query: &str, wanted: impl Fn(&str) -> bool) -> String {
    join(query.split('&').filter(|parameter| wanted(key(parameter))))
}

/// An absolute URL without user and password, and with the values of secret parameters redacted.
pub(crate) fn url(url: &str) -> Cow<'_, str> {
    let authority = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let path = url[authority..].find(['/', '?', '#']).map_or(url.len(), |path| authority + path);
    // The last `@`: a password may have one of its own.
    let host = url[authority..path].rfind('@').map(|at| authority + at);
    let fragment = url[path..].find('#').map_or(url.len(), |fragment| path + fragment);
    let parameters = url[path..fragment].find('?').map(|mark| path + mark + 1);
    let redacted = parameters.map(|start| query(&url[start..fragment]));
    if host.is_none() && !matches!(redacted, Some(Cow::Owned(_))) {
        return Cow::Borrowed(url);
    }
    let mut text = String::with_capacity(url.len() + REDACTED.len());
    text.push_str(&url[..authority]);
    if host.is_some() {
        text.extend([REDACTED, ":", REDACTED]);
    }
    text.push_str(&url[host.unwrap_or(authority)..parameters.unwrap_or(fragment)]);
    text.push_str(redacted.as_deref().unwrap_or_default());
    text.push_str(&url[fragment..]);
    Cow::Owned(text)
}

fn join<'a>(parameters: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for parameter in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        if is_secret(parameter) {
            text.extend([key(parameter), "=", REDACTED]);
        } else {
            text.push_str(parameter);
        }
    }
    text
}

fn key(parameter: &str) -> &str {
    parameter.split_once('=').map_or(parameter, |(key, _)| key)
}

fn is_secret(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(key, _)| SECRET_PARAMETERS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_in_a_query_are_redacted_and_the_rest_stays_as_it_is() {
        for (given, redacted) in [
            ("", ""),
            ("page=2&sort=up", "page=2&sort=up"),
            ("sig=abc", "sig=REDACTED"),
            ("a=1&Signature=x%3D=&b", "a=1&Signature=REDACTED&b"),
            ("X-Amz-Signature=1&X-Amz-Credential=2&X-Amz-Security-Token=3", {
                "X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED"
            }),
            ("AWSAccessKeyId=1&X-Goog-Signature=2", "AWSAccessKeyId=REDACTED&X-Goog-Signature=REDACTED"),
            ("SIG=case&signature=counts", "SIG=case&signature=counts"),
        ] {
            assert_eq!(query(given), redacted);
        }
        assert!(matches!(query("page=2"), Cow::Borrowed(_)));
    }

    #[test]
    fn values_that_are_marked_as_sensitive_are_secret_whatever_their_header() {
        let name = HeaderName::from_static("x-tenant");
        let mut value = HeaderValue::from_static("blue");
        assert!(!is_secret_header(&name, &value));
        value.set_sensitive(true);
        assert!(is_secret_header(&name, &value));
    }

    #[test]
    fn only_wanted_parameters_are_kept() {
        let wanted = |key: &str| ["page", "sig"].contains(&key);
        assert_eq!(parameters("token=t&page=2&sig=s&page=3&pages=4", wanted), "page=2&sig=REDACTED&page=3");
        assert_eq!(parameters("token=t", wanted), "");
    }

    #[test]
    fn user_and_password_of_a_url_are_redacted() {
        for (given, redacted) in [
            ("https://api.example/v1?page=2#top", "https://api.example/v1?page=2#top"),
            ("https://user:secret@api.example/v1", "https://REDACTED:REDACTED@api.example/v1"),
            ("https://token@api.example", "https://REDACTED:REDACTED@api.example"),
            ("https://u:p@ss@api.example?sig=1#x?sig=1", "https://REDACTED:REDACTED@api.example?sig=REDACTED#x?sig=1"),
            ("https://api.example/@me?to=a@b", "https://api.example/@me?to=a@b"),
            ("http://[::1]:80/?sig=s&a=é", "http://[::1]:80/?sig=REDACTED&a=é"),
            ("/only/a/path?sig=s", "/only/a/path?sig=REDACTED"),
            ("", ""),
        ] {
            assert_eq!(url(given), redacted);
        }
    }
}
