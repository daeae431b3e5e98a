//! What is known of a request before it runs.

use std::{net::IpAddr, sync::Arc, time::Instant};

use http::{
    Method, Uri,
    header::{HOST, USER_AGENT},
    request::Parts,
};
use opentelemetry::{KeyValue, StringValue};
use tachograph_core::{HttpRequest, Telemetry, context, semconv::attribute as attr};

use super::{
    client_address::Client,
    exchange::HttpServerExchange,
    service::Shared,
    settings::{Query, Scheme, Settings},
};
use crate::{
    http::{
        attributes::{cut, method, protocol_version, text},
        redact, route,
    },
    propagation,
    request_call::RequestCall,
    request_id,
};

/// Whether there is telemetry to record to.
pub(super) fn is_wanted(settings: &Settings) -> bool {
    settings.telemetry.is_some() || Telemetry::is_in_force()
}

/// Starts the call of a request; none for an excluded path.
pub(super) fn start(parts: &Parts, server: &Shared) -> RequestCall<HttpServerExchange> {
    let settings = &server.settings;
    if settings.excludes(route::sent_uri(parts).path()) {
        return RequestCall::untracked();
    }
    let context = propagation::parent(
        &parts.headers,
        settings.telemetry.as_ref(),
        settings.remote_context,
        &settings.baggage_keys,
    );
    let Some(has_span) = context::span_wanted(&context) else { return RequestCall::untracked() };
    // Nobody asks twice where there is a span: that has them anyway.
    let has_details = has_span || context::served_request_wanted(&context);
    let client =
        if has_details || settings.trusted_proxies.is_some() { Client::of(parts, settings) } else { Client::default() };

    let mut operation = HttpRequest::new(method(&parts.method), route::of(parts, settings, &server.route))
        .scheme(scheme(&parts.uri, &client, settings).as_str());
    if let Some(version) = protocol_version(parts.version) {
        operation = operation.protocol_version(version);
    }
    if has_details {
        operation = operation.details(details(parts, &client, server));
    }
    if has_span {
        for (key, value) in settings.request_headers.of(&parts.headers) {
            operation = operation.with_attribute(key, value);
        }
    }
    let id = settings.request_id.as_ref().and_then(|header| request_id::of(&parts.headers, header));
    if let Some(text) = id.as_ref().and_then(|id| id.to_str().ok()) {
        operation = operation.request_id(Arc::<str>::from(text));
    }
    let guard = operation.start_in_layer(&server.site, &context);
    let exchange = HttpServerExchange {
        settings: Arc::clone(settings),
        head_only: parts.method == Method::HEAD,
        request_id: id,
        started: settings.server_timing.then(Instant::now),
    };
    RequestCall::running(guard, exchange)
}

/// What spans alone carry.
fn details(parts: &Parts, client: &Client, server: &Shared) -> Vec<KeyValue> {
    let mut details = HttpRequest::details_with_room();
    let mut tell = |key: &'static str, value: StringValue| details.push(KeyValue::new(key, value));
    let uri = route::sent_uri(parts);
    tell(attr::URL_PATH, cut(uri.path()));
    if let Some(query) = uri.query().and_then(|query| recorded_query(query, &server.settings)) {
        tell(attr::URL_QUERY, query);
    }
    if let Some(user_agent) = text(&parts.headers, USER_AGENT) {
        tell(attr::USER_AGENT_ORIGINAL, cut(user_agent));
    }
    if let Some(address) = client.address {
        tell(attr::CLIENT_ADDRESS, address_text(address));
    }
    if let Some((host, port)) = asked_host(parts) {
        tell(attr::SERVER_ADDRESS, server.host.share(host));
        details.extend(port.map(|port| KeyValue::new(attr::SERVER_PORT, i64::from(port))));
    }
    details
}

fn recorded_query(query: &str, settings: &Settings) -> Option<StringValue> {
    let recorded = match &settings.query {
        Query::Nothing => return None,
        Query::All => redact::query(query),
        Query::Parameters(wanted) => redact::parameters(query, |key| wanted.iter().any(|wanted| wanted == key)).into(),
    };
    (!recorded.is_empty()).then(|| cut(&recorded))
}

/// The host and port that the client asked for: by the URI (HTTP/2), else by the `Host` header.
fn asked_host(parts: &Parts) -> Option<(&str, Option<u16>)> {
    if let Some(host) = parts.uri.host() {
        return Some((host, parts.uri.port_u16()));
    }
    let host = text(&parts.headers, HOST).filter(|host| !host.is_empty())?;
    // The colons of an IPv6 address stand in brackets.
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => Some((name, port.parse().ok())),
        _ => Some((host, None)),
    }
}

/// The text of an address. Written by hand for IPv4, which almost all are: formatting costs as much as two attributes.
fn address_text(address: IpAddr) -> StringValue {
    let IpAddr::V4(address) = address else { return address.to_string().into() };
    let digits = |octet: u8| usize::from(octet >= 100) + usize::from(octet >= 10) + 1;
    let mut text = String::with_capacity(address.octets().into_iter().map(digits).sum::<usize>() + 3);
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        for (least, digit) in [(100, octet / 100), (10, octet / 10 % 10), (0, octet % 10)] {
            if octet >= least {
                text.push(char::from(b'0' + digit));
            }
        }
    }
    text.into()
}

fn scheme(uri: &Uri, client: &Client, settings: &Settings) -> Scheme {
    settings.scheme.or(client.scheme).unwrap_or(match uri.scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_everybody_writes_it() {
        for text in ["0.0.0.0", "127.0.0.1", "10.20.100.255", "9.99.199.200", "::1", "2001:db8::17"] {
            assert_eq!(address_text(text.parse().unwrap()).as_str(), text);
        }
    }
}
