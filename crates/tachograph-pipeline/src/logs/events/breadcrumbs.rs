//! Breadcrumbs as one attribute: JSON, because events have no attributes of attributes in every form that they are told in.

use opentelemetry::KeyValue;
use tachograph_core::Breadcrumb;
use tachograph_core::event::Severity;
use tachograph_core::semconv::attribute as attr;

use crate::logs::json::write_text;
use crate::logs::record::time;
use crate::logs::redact::{REDACTED, SecretNames, redact};

/// The longest list, in bytes with each quote and backslash counted twice: so long that no form of lines cuts it, which escape them.
const MAX_LIST: usize = 7 * 1024;

/// `[{"time":"…","level":"INFO","category":"db","message":"…","data":{"attempt":"2"}}]`, without secrets. Where there is not room for all,
/// the oldest are left out.
pub(super) fn attribute(crumbs: &[Breadcrumb], names: &SecretNames) -> Option<KeyValue> {
    let mut written: Vec<String> = Vec::with_capacity(crumbs.len());
    let mut bytes = 2;
    for crumb in crumbs.iter().rev() {
        let crumb = write(crumb, names);
        bytes += crumb.len() + 1 + crumb.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        if bytes > MAX_LIST {
            break;
        }
        written.push(crumb);
    }
    written.reverse();
    (!written.is_empty()).then(|| KeyValue::new(attr::BREADCRUMBS, format!("[{}]", written.join(","))))
}

fn write(crumb: &Breadcrumb, names: &SecretNames) -> String {
    let mut line = String::with_capacity(160);
    line.push_str("{\"time\":\"");
    time::write(&mut line, crumb.time());
    line.push_str("\",\"level\":\"");
    line.push_str(level(crumb.severity()));
    line.push_str("\",\"category\":");
    text(&mut line, crumb.category());
    line.push_str(",\"message\":");
    text(&mut line, crumb.message());
    let mut separator = ",\"data\":{";
    for (name, value) in crumb.data() {
        line.push_str(separator);
        text(&mut line, name);
        line.push(':');
        text(&mut line, if names.contains(name) { REDACTED } else { value });
        separator = ",";
    }
    line.push_str(if separator == "," { "}}" } else { "}" });
    line
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Debug => "DEBUG",
        Severity::Info => "INFO",
        Severity::Warn => "WARNING",
        Severity::Error => "ERROR",
        Severity::Critical => "CRITICAL",
    }
}

/// They were cut where they were made, so what looks like the beginning of a secret at the end is taken for one.
fn text(line: &mut String, text: &str) {
    let mut clean = text.to_owned();
    redact(&mut clean, 0, true);
    write_text(line, &clean, None, MAX_LIST);
}

#[cfg(test)]
mod tests {
    use tachograph_core::Breadcrumb;

    use super::*;

    fn list(crumbs: &[Breadcrumb], names: &SecretNames) -> serde_json::Value {
        let attribute = attribute(crumbs, names).unwrap();
        assert_eq!(attribute.key.as_str(), "tachograph.breadcrumbs");
        assert!(attribute.value.as_str().len() <= MAX_LIST);
        serde_json::from_str(attribute.value.as_str().as_ref()).unwrap()
    }

    #[test]
    fn notes_are_a_list_without_secrets() {
        let crumbs = [
            Breadcrumb::new("db \"x\"", "over postgres://app:hunter1@db\n").with_severity(Severity::Warn),
            Breadcrumb::new("http", "Bearer hunter2hunter2")
                .with_data("attempt", 2)
                .with_data("password", "hunter3")
                .with_data("iban", "hunter4"),
        ];
        let list = list(&crumbs, &SecretNames::default().and(["iban"]));
        assert!(!list.to_string().contains("hunter"), "{list}");
        assert_eq!(list[0]["level"], "WARNING");
        assert_eq!(list[0]["category"], "db \"x\"");
        assert_eq!(list[0]["message"], "over postgres://app:[redacted]@db\n");
        assert_eq!(list[0].get("data"), None);
        let data = serde_json::json!({ "attempt": "2", "password": "[redacted]", "iban": "[redacted]" });
        assert_eq!((&list[1]["level"], &list[1]["data"]), (&"INFO".into(), &data));
        assert!(humantime::parse_rfc3339(list[1]["time"].as_str().unwrap()).is_ok());
    }

    #[test]
    fn where_there_is_not_room_for_all_the_oldest_are_left_out() {
        let crumbs: Vec<_> =
            (0..32).map(|number| Breadcrumb::new("c", format!("{number} {}", "\u{1}".repeat(200)))).collect();
        let list = list(&crumbs, &SecretNames::default());
        let list = list.as_array().unwrap();
        assert!((3..32).contains(&list.len()), "{}", list.len());
        assert!(list.last().unwrap()["message"].as_str().unwrap().starts_with("31 "));
        assert!(attribute(&[], &SecretNames::default()).is_none());
    }
}
