//! Who may ask, how often, and how much.

use super::*;

#[tokio::test]
async fn a_token_is_asked_for_wherever_something_is_told() {
    let (_metrics, stats) = busy();
    let traces = Traces::new();
    let id = one_trace(&traces);
    let monitoring = Monitoring::new().with_stats(stats).with_traces(traces).with_bearer_token("s3cret").unwrap();
    let closed = ["/health", "/stats", "/stats/history", "/info", "/traces", &format!("/traces/{id}"), "/metrics"];
    for path in closed.map(|path| format!("/monitoring{path}")) {
        for given in [None, Some("Bearer wrong"), Some("Basic s3cret")] {
            let given: Vec<_> = given.into_iter().map(|it| ("authorization", it)).collect();
            let (status, headers, text) = ask_with(&monitoring, &path, &given).await;
            assert_eq!(
                (status, &headers["www-authenticate"]),
                (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap()),
                "{path}"
            );
            assert!(!text.contains("s3cret") && text.contains(r#""success":false"#), "{text}");
        }
        let (status, _, _) = ask_with(&monitoring, &path, &[("authorization", "Bearer s3cret")]).await;
        assert_ne!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in [
        "/health",
        "/monitoring/health/live",
        "/monitoring/health/ready",
        "/monitoring/health/startup",
        "/monitoring/",
        "/monitoring/assets/page.js",
        "/monitoring/assets/page.css",
    ] {
        assert_eq!(ask_with(&monitoring, path, &[]).await.0, StatusCode::OK, "{path}");
    }
    assert!(!format!("{monitoring:?}").contains("s3cret"));
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_to_wait_and_probes_are_not() {
    let (_metrics, stats) = busy();
    let monitoring = Monitoring::new().with_stats(stats).with_rate_limit(Some(5));
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(ask_with(&monitoring, "/monitoring/info", &[]).await.0.as_u16());
        assert_eq!(ask_with(&monitoring, "/monitoring/health/live", &[]).await.0, StatusCode::OK);
    }
    // Twice the pace at once; one more may have come in the meantime.
    assert!(statuses[..10].iter().all(|status| *status == 200), "{statuses:?}");
    let mut refused = ask_with(&monitoring, "/monitoring/info", &[]).await;
    for _ in 0..1000 {
        if refused.0 != StatusCode::OK {
            break;
        }
        refused = ask_with(&monitoring, "/monitoring/info", &[]).await;
    }
    let (status, headers, _) = refused;
    assert_eq!((status, &headers["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap()));
    let unlimited = monitoring.with_rate_limit(None);
    for _ in 0..50 {
        assert_eq!(ask_with(&unlimited, "/monitoring/info", &[]).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn other_origins_read_the_answers_where_they_may() {
    let origin = [("origin", "https://status.example")];
    let allowed = async |monitoring: &Monitoring| {
        let (_, headers, _) = ask_with(monitoring, "/monitoring/info", &origin).await;
        headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed(&Monitoring::new()).await, None);
    let one = Monitoring::new().with_cors_origins(["https://status.example", "http://localhost:1"]).unwrap();
    assert_eq!(allowed(&one).await.as_deref(), Some("https://status.example"));
    let other = Monitoring::new().with_cors_origins(["https://other.example"]).unwrap();
    assert_eq!(allowed(&other).await, None);
    let all = Monitoring::new().with_cors_origins(["*"]).unwrap();
    assert_eq!(allowed(&all).await.as_deref(), Some("*"));
    // A browser asks before it sends a token along, and has none yet.
    let preflight = Request::options("/monitoring/stats")
        .header("origin", "https://status.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let app: Router = one.with_bearer_token("s3cret").unwrap().router();
    let answer = app.oneshot(preflight.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-headers"], "authorization");
}

#[tokio::test]
async fn a_large_body_is_refused_unread() {
    let app: Router = Monitoring::new().router();
    let request = Request::get("/monitoring/info").header("content-length", MAX_BODY + 1).body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}
