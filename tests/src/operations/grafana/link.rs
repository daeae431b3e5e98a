//! Ways out of a panel: to the runbooks of its alerts, and to traces and logs of the service at that time.

use serde_json::{Value, json};

/// The service of a series, which is how traces and logs know it.
const SERVICE: &str = "${__field.labels.job}";

/// The page about an alert.
pub fn runbook(alert: &str) -> Value {
    json!({"title": format!("Runbook: {alert}"), "url": format!("${{runbooks}}/{alert}.md"), "targetBlank": true})
}

/// Traces and logs of the service that a series is of; `failures` are those that went wrong alone.
pub fn explore(failures: bool) -> [Value; 3] {
    let (traces, tags, logs) =
        if failures { (" && status=error", "error=true", " | severity_number >= 17") } else { ("", "", "") };
    let service = format!("resource.service.name=\"{SERVICE}\"");
    [
        into("Traces (Tempo)", "tempo", &json!({"queryType": "traceql", "query": format!("{{{service}{traces}}}")})),
        into("Traces (Jaeger)", "jaeger", &json!({"queryType": "search", "service": SERVICE, "tags": tags})),
        into("Logs (Loki)", "loki", &json!({"expr": format!("{{service_name=\"{SERVICE}\"}}{logs}")})),
    ]
}

fn into(title: &str, source: &str, query: &Value) -> Value {
    let source = format!("${{{source}}}");
    let mut query = query.clone();
    query["refId"] = "A".into();
    query["datasource"] = json!({"uid": source});
    let range = json!({"from": "${__from}", "to": "${__to}"});
    let panes = json!({"a": {"datasource": source, "queries": [query], "range": range}});
    let url = format!("/explore?schemaVersion=1&orgId=1&panes={}", encoded(&panes.to_string()));
    json!({"title": title, "url": url, "targetBlank": true})
}

/// Percent-encoded, but for variables: Grafana looks for them in the text.
fn encoded(text: &str) -> String {
    let mut url = String::new();
    let mut in_variable = false;
    for (at, byte) in text.bytes().enumerate() {
        in_variable |= text[at..].starts_with("${");
        if in_variable || byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
        in_variable &= byte != b'}';
    }
    url
}

/// The other dashboards of a set, in a menu.
pub fn dashboards(tag: &str) -> Value {
    json!({
        "type": "dashboards", "title": "Tachograph", "tags": [tag], "asDropdown": true, "includeVars": true, "keepTime": true,
        "icon": "external link", "targetBlank": false, "tooltip": "", "url": "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stay_readable_in_addresses() {
        assert_eq!(encoded("{\"a b\":\"${x.y}\"}"), "%7B%22a%20b%22%3A%22${x.y}%22%7D");
    }
}
