use examples::tool_service;
use serde_json::json;
use tachograph::opentelemetry::trace::FutureExt as _;
use tachograph_testing::TestTelemetry;
use tokio::net::{TcpListener, TcpSocket};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn call(name: &str, arguments: &Value) -> ToolCall {
    let function = json!({"name": name, "arguments": arguments.to_string()});
    serde_json::from_value(json!({"id": "call-1", "type": "function", "function": function})).unwrap()
}

fn convert(value: f64, from: &str, to: &str) -> ToolCall {
    call("convert", &json!({"value": value, "from": from, "to": to}))
}

fn at(url: &str) -> RemoteTools {
    RemoteTools::at(&url.parse().unwrap(), PATIENCE).unwrap()
}

async fn tools() -> RemoteTools {
    RemoteTools::at(&tool_service::start().await.unwrap(), PATIENCE).unwrap()
}

#[tokio::test]
async fn values_and_tables_come_from_the_service() {
    let tools = tools().await;
    let converted = tools.convert(&convert(5.0, "km", "metres")).await.unwrap();
    assert_eq!(converted, json!({"value": 5.0, "from": "km", "result": 5000.0, "to": "metres"}));
    let arguments = json!({"first": 0, "last": 100, "rows": 3, "from": "C", "to": "F"});
    let table = tools.tabulate(&call("tabulate", &arguments)).await.unwrap();
    let row = |value: f64, result: f64| json!({"value": value, "result": result});
    assert_eq!(table, json!({"from": "C", "to": "F", "rows": [row(0.0, 32.0), row(50.0, 122.0), row(100.0, 212.0)]}));
}

#[tokio::test]
async fn an_invalid_argument_is_told_in_the_words_of_the_service() {
    let test = TestTelemetry::new();
    let tools = tools().await;
    let error = tools.convert(&convert(5.0, "km", "kg")).with_context(test.context()).await.unwrap_err();
    assert!(matches!(&error, RemoteError::InvalidArgument(reason) if reason == "`km` is a length and `kg` a mass"));
    let failed = [("gen_ai.tool.name", "convert"), ("error.type", "InvalidArgument")];
    assert_eq!(test.metrics().count("gen_ai.execute_tool.duration", &failed), 1);
}

#[tokio::test]
async fn arguments_of_another_shape_are_refused_before_the_call() {
    // Nobody listens: the refusal cannot come from there.
    let tools = at("http://127.0.0.1:1");
    let error = tools.convert(&call("convert", &json!({"value": "five"}))).await.unwrap_err();
    assert!(matches!(error, RemoteError::Arguments(_)), "{error}");
}

#[tokio::test]
async fn a_service_that_is_away_is_unreachable_until_it_comes() {
    // The port is taken, and nobody listens yet.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let tools = at(&format!("http://{}", socket.local_addr().unwrap()));
    let error = tools.convert(&convert(5.0, "km", "m")).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unreachable), "{error}");
    tokio::spawn(tool_service::serve(socket.listen(1).unwrap(), std::future::pending()));
    assert_eq!(tools.convert(&convert(5.0, "km", "m")).await.unwrap()["result"], 5000.0);
}

#[tokio::test]
async fn a_service_that_says_nothing_is_not_waited_for_longer_than_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tools = RemoteTools::at(&url.parse().unwrap(), Duration::from_millis(50)).unwrap();
    let test = TestTelemetry::new();
    let error = tools.convert(&convert(5.0, "km", "m")).with_context(test.context()).await.unwrap_err();
    assert!(matches!(error, RemoteError::Timeout), "{error}");
    let late = [("rpc.method", "tools.v1.ToolService/Convert"), ("rpc.status_code", "DEADLINE_EXCEEDED")];
    assert_eq!(test.metrics().count("rpc.client.call.duration", &late), 1);
}

#[tokio::test]
async fn a_table_that_does_not_come_to_its_end_in_time_is_given_up() {
    let test = TestTelemetry::new();
    let tools = RemoteTools::at(&tool_service::start().await.unwrap(), Duration::from_millis(50)).unwrap();
    let arguments = json!({"first": 0, "last": 9, "rows": 10, "from": "C", "to": "F", "rows_per_second": 1});
    let error = tools.tabulate(&call("tabulate", &arguments)).with_context(test.context()).await.unwrap_err();
    assert!(matches!(error, RemoteError::Timeout), "{error}");
    let late = [("rpc.method", "tools.v1.ToolService/Tabulate"), ("rpc.status_code", "DEADLINE_EXCEEDED")];
    assert_eq!(test.metrics().count("rpc.client.call.duration", &late), 1);
}
