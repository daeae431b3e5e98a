//! What a receiver says over HTTP.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use prost::Message as _;

use crate::otlp::answer::{ExportResponse, Refusal, Taken};
use crate::otlp::http_status;

/// A success is believed if it comes from a receiver of OTLP: a proxy or a web page in its place says 200 as well.
///
/// Some receivers answer with an empty body, or with JSON whatever they were sent.
pub(super) fn read(head: &Parts, body: &Bytes) -> Result<Taken, Refusal> {
    if head.status.is_redirection() {
        let why = format!("the receiver answered {}, and redirects are not followed", head.status);
        return Err(Refusal::never(why));
    }
    if !head.status.is_success() {
        return Err(http_status::refusal(head.status, &head.headers));
    }
    if body.is_empty() {
        return Ok(Taken::default());
    }
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let taken = match kind.as_str() {
        "application/json" => json(body),
        "text/html" => None,
        _ => ExportResponse::decode(body.clone()).ok().map(|response| response.taken()),
    };
    taken.ok_or_else(|| {
        let status = head.status;
        Refusal::never(format!("what answered {status} is no OTLP receiver by its answer: check the address"))
    })
}

/// `{"partialSuccess": {"rejectedSpans": "3"}}`: the one number that is looked for, as a number or in quotes.
fn json(body: &[u8]) -> Option<Taken> {
    let text = str::from_utf8(body).ok()?.trim();
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let fields = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];
    let value = fields.iter().find_map(|field| text.split_once(field)).map(|(_, after)| after);
    let rejected = value.map(|after| {
        let digits = after.trim_start_matches(|c: char| matches!(c, '"' | ':') || c.is_whitespace());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or_default()
    });
    Some(Taken { rejected: rejected.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;
    use crate::otlp::answer::{Again, PartialSuccess};

    fn judged(status: u16, kind: &str, body: impl Into<Bytes>) -> Result<Taken, Refusal> {
        let (head, ()) = Response::builder().status(status).header(CONTENT_TYPE, kind).body(()).unwrap().into_parts();
        read(&head, &body.into())
    }

    #[test]
    fn a_partial_success_is_read_from_protobuf_and_from_json() {
        let response = ExportResponse { partial_success: Some(PartialSuccess { rejected: 3 }) };
        assert_eq!(judged(200, "application/x-protobuf", response.encode_to_vec()), Ok(Taken { rejected: 3 }));
        for field in ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"] {
            for value in ["3", "\"3\"", " \"3\" "] {
                let body = format!(r#"{{"partialSuccess": {{"{field}":{value}, "errorMessage": "7"}}}}"#);
                assert_eq!(judged(200, "application/json; charset=utf-8", body), Ok(Taken { rejected: 3 }));
            }
        }
        assert_eq!(judged(200, "application/json", "{}"), Ok(Taken::default()));
    }

    #[test]
    fn an_empty_answer_is_a_success_whatever_it_calls_itself() {
        assert_eq!(judged(200, "text/plain", ""), Ok(Taken::default()));
        assert_eq!(judged(202, "application/x-protobuf", ""), Ok(Taken::default()));
    }

    #[test]
    fn a_success_of_something_else_is_none() {
        for (kind, body) in [("text/html", "<html>"), ("text/plain", "ok"), ("", "ok"), ("application/json", "ok")] {
            let refusal = judged(200, kind, body).unwrap_err();
            assert_eq!(refusal.again, Again::Never, "{kind}");
            assert!(refusal.why.contains("OTLP"), "{refusal:?}");
        }
    }

    #[test]
    fn a_redirect_is_refused_for_good() {
        let refusal = judged(307, "text/html", "elsewhere").unwrap_err();
        assert_eq!(refusal.again, Again::Never);
        assert!(refusal.why.contains("307") && refusal.why.contains("not followed"), "{refusal:?}");
    }
}
