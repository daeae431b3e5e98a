//! What is known of a request before it is sent.

use std::borrow::Cow;

use http::Extensions;
use opentelemetry::{Context, StringValue};
use tachograph_core::{HttpClientRequest, context::span_wanted, semconv::value};

use super::{
    exchange::HttpClientExchange,
    outgoing::Outgoing,
    resend_count::ResendCount,
    settings::{Query, Settings},
    url_template::UrlTemplate,
};
use crate::{
    http::{attributes, redact},
    request_call::RequestCall,
};

/// Starts the call of a request; none where nothing is recorded.
pub(crate) fn start<R: Outgoing>(
    request: &R,
    extensions: &Extensions,
    settings: &Settings<R>,
) -> RequestCall<HttpClientExchange> {
    let _telemetry = settings.telemetry.as_ref().map(|telemetry| telemetry.enter());
    let Some(has_span) = Context::map_current(span_wanted) else { return RequestCall::untracked() };
    let host = request.server_address().unwrap_or_else(|| value::OTHER.into());
    let mut operation = HttpClientRequest::new(attributes::method(request.method()), host)
        .server_port(request.port().unwrap_or_default());
    if let Some(template) = template(request, extensions, settings) {
        operation = operation.url_template(template);
    }
    if let Some(count) = extensions.get::<ResendCount>() {
        operation = operation.resend_count(count.raise());
    }
    if has_span {
        operation = operation.url(attributes::cut(&url(&request.url_text(), &settings.query)));
    }
    RequestCall::running(operation.start(), HttpClientExchange::new(request.method()))
}

fn template<R: Outgoing>(request: &R, extensions: &Extensions, settings: &Settings<R>) -> Option<StringValue> {
    match extensions.get::<UrlTemplate>() {
        Some(template) => Some(template.value()),
        None => settings.template.as_ref()?(request).map(Into::into),
    }
}

/// The URL without its secrets and its fragment, and with what is wanted of its query.
fn url<'a>(url: &'a str, wanted: &Query) -> Cow<'a, str> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let Some((path, query)) = url.split_once('?') else { return redact::url(url) };
    let path = redact::url(path);
    let query = match wanted {
        Query::Nothing => return path,
        Query::All => redact::query(query),
        Query::Parameters(names) => redact::parameters(query, |key| names.iter().any(|name| name == key)).into(),
    };
    if query.is_empty() { path } else { format!("{path}?{query}").into() }
}

#[cfg(test)]
mod tests {
    use super::{Query, url};

    #[test]
    fn a_url_has_no_secrets_and_of_its_query_what_is_wanted() {
        let named = Query::Parameters(vec!["page".to_owned(), "sig".to_owned()]);
        for (given, bare, with_named, with_all) in [
            ("http://a/x", "http://a/x", "", ""),
            ("http://a/x?token=t#part", "http://a/x", "", "?token=t"),
            ("http://u:p@a/x?page=2&token=t&sig=s", "http://REDACTED:REDACTED@a/x", "?page=2&sig=REDACTED", {
                "?page=2&token=t&sig=REDACTED"
            }),
            ("http://a/#?page=2", "http://a/", "", ""),
        ] {
            assert_eq!(url(given, &Query::Nothing), bare);
            assert_eq!(url(given, &named), format!("{bare}{with_named}"));
            assert_eq!(url(given, &Query::All), format!("{bare}{with_all}"));
        }
    }
}
