//! An application from `init` to `shutdown`, in a process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::time::Duration;

use axum::{Router, routing::get};
use tachograph::{Error, ExporterChoice, Settings, custom, opentelemetry::KeyValue, track_agent_execution};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

static ORDERS: custom::Counter = custom::Counter::new("shop.orders").with_unit("{order}");

#[track_agent_execution("clerk")]
async fn order() -> Result<&'static str, std::convert::Infallible> {
    ORDERS.add(2, &[KeyValue::new("shop.channel", "web")]);
    Ok("done")
}

async fn fetch(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.0\r\nhost: test\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn calls_and_own_instruments_appear_in_one_scrape_and_a_second_init_is_refused() {
    // Made before telemetry is installed, as statics are; what it counts here goes nowhere.
    assert_eq!(order().await, Ok("done"));

    let builder = || {
        tachograph::builder()
            .with_settings(Settings::default())
            .with_service_name("shop")
            .with_service_version("1.2.3")
            .with_traces_exporter(ExporterChoice::None)
            .with_metrics_exporter(ExporterChoice::None)
            .with_logs_exporter(ExporterChoice::None)
    };
    let telemetry = builder().init().unwrap();
    let app = Router::new()
        .route("/order", get(async || order().await.unwrap_or_else(|never| match never {})))
        .layer(tachograph::tower::HttpServerLayer::new())
        .merge(telemetry.monitoring().router());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());

    for _ in 0..3 {
        assert!(fetch(address, "/order").await.ends_with("done"));
    }
    assert!(fetch(address, "/health").await.contains(r#"{"status":"ok","timestamp":"#));
    assert!(fetch(address, "/monitoring/health/live").await.starts_with("HTTP/1.0 200"));
    assert!(fetch(address, "/monitoring/health/ready").await.starts_with("HTTP/1.0 200"));

    let scrape = fetch(address, "/monitoring/metrics").await;
    for expected in [
        "content-type: text/plain; version=0.0.4; charset=utf-8",
        r#"agent_executions_total{type="clerk",status="success"} 3"#,
        r#"http_requests_total{method="GET",endpoint="/order",status="200"} 3"#,
        r#"app_info{version="1.2.3"} 1"#,
    ] {
        assert!(scrape.contains(expected), "{expected} is not in\n{scrape}");
    }
    let own = scrape.lines().find(|line| line.starts_with("shop_orders_total{")).expect("the own counter is scraped");
    assert!(own.contains(r#"shop_channel="web""#) && own.ends_with(" 6"), "{own}");
    assert!(!scrape.contains("/monitoring"), "scrapes are not requests of the application");

    let stats = telemetry.stats();
    stats.refresh();
    let endpoint = stats.endpoint("GET /order").expect("it was called");
    assert_eq!((endpoint.calls.calls, endpoint.errors_5xx), (3, 0));
    assert_eq!(stats.agent("clerk").expect("it ran").calls.calls, 3);
    let told = fetch(address, "/monitoring/stats").await;
    assert!(told.contains(r#""total_requests":3"#), "{told}");
    assert!(fetch(address, "/monitoring/info").await.contains(r#""name":"shop","version":"1.2.3""#));
    let health = fetch(address, "/monitoring/health").await;
    assert!(health.contains(r#""telemetry":{"status":"healthy""#), "{health}");
    let report = telemetry.force_flush(Duration::from_secs(5)).await;
    assert!(report.into_result().is_ok());
    let traces = fetch(address, "/monitoring/traces").await;
    assert!(traces.contains(r#""seen":3"#) && traces.contains(r#""agents":["clerk"]"#), "{traces}");

    assert!(matches!(builder().init(), Err(Error::AlreadyInstalled)));
    let report = telemetry.shutdown(Duration::from_secs(5)).await;
    assert!(report.into_result().is_ok());
}
