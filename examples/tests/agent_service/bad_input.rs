//! Requests that cannot be answered.

use serde_json::{Value, json};
use tests::components::exposition::Samples;

use crate::service::Service;

#[test]
fn bad_input_is_refused_with_a_reason_and_the_service_goes_on() {
    let service = Service::start(&[]);
    let question = |question: &str| json!({"question": question}).to_string();
    let cases = [
        ("POST", "/api/chat", "no JSON".to_owned(), 400, "the body is no JSON"),
        ("POST", "/api/chat", String::new(), 400, "the body is no JSON"),
        ("POST", "/api/chat", "{}".to_owned(), 400, "the body has no `question`"),
        ("POST", "/api/chat", question(""), 400, "`question` is empty"),
        ("POST", "/api/chat/stream", question(" "), 400, "`question` is empty"),
        ("POST", "/api/chat", question(&"x".repeat(1_000_000)), 413, "`question` is longer than 16384 bytes"),
        ("POST", "/api/chat", question(&"x".repeat(1 << 20)), 413, "the body is larger than 1048576 bytes"),
        ("GET", "/api/chat", String::new(), 405, "this path takes POST alone"),
        ("GET", "/api/secret-0af76519", String::new(), 404, "there is nothing here"),
    ];
    let count = cases.len();
    for (method, path, body, status, reason) in cases {
        let response = if method == "GET" { service.get(path) } else { service.post(path).body(body).send().unwrap() };
        assert_eq!(response.status(), status, "{reason}");
        let said: Value = response.json().unwrap();
        assert!(said["error"].as_str().unwrap().starts_with(reason), "{said}");
    }
    assert_eq!(service.ask("What is 6 * 7?").answer, "6 * 7 = 42.");

    let text = service.scrape_after(count + 1);
    // A path that nobody declared is no label: every visitor could make new series.
    assert!(!text.contains("secret-0af76519"), "{text}");
    let samples = Samples::parse(&text);
    let by_status = samples.by("http_requests_total", &["status"]);
    let expected = [("200", 1.0), ("400", 5.0), ("404", 1.0), ("405", 1.0), ("413", 2.0)];
    assert_eq!(by_status, expected.map(|(status, n)| (status.to_owned(), n)).into());
    assert_eq!(samples.sum("agent_executions_total", &[]), Some(1.0));
    let stderr = service.stderr();
    assert_eq!(stderr.lines().count(), 2, "{stderr}");
    for (line, limit) in stderr.lines().zip([16_384, 1_048_576]) {
        let said =
            format!(" WARN tachograph::security: oversized_question event=oversized_question limit_bytes={limit} ");
        assert!(line.contains(&said), "{line}");
    }
}
