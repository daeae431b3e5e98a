//! Redis commands over real sockets: one span and one duration each, however they are sent and however they end.

mod ends;
mod fake;

use opentelemetry::trace::FutureExt as _;
use redis::{AsyncCommands as _, Client, Commands as _, RedisResult, Value, aio::MultiplexedConnection};
use tachograph_db::redis::Tracked;
use tachograph_testing::{SpanData, TestTelemetry, attribute};
use tests::components::Redis;

use self::fake::Fake;

const DURATION: &str = "db.client.operation.duration";
const ACTIVE: &str = "tachograph.operations.active";
const TOLD: &[&str] = &["db.operation.batch.size", "db.query.text", "db.response.status_code", "error.type"];

/// In every key, value and script: it must never come out.
const MARK: &str = "hunter2";

fn client(redis: &Redis) -> Client {
    Client::open(format!("{}/3", redis.url())).unwrap()
}

async fn connect(client: &Client) -> Tracked<MultiplexedConnection> {
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    Tracked::new(connection).with_connection_info(client.get_connection_info())
}

/// Panics where the mark is in anything that would be exported.
#[track_caller]
fn assert_no_mark(test: &TestTelemetry) {
    let exported = format!("{:?} {:?}", test.spans(), test.metrics());
    assert!(!exported.contains(MARK), "{exported}");
    assert_eq!(test.metrics().value(ACTIVE, &[]), 0.0);
}

fn has(span: &SpanData, key: &str, value: &str) -> bool {
    attribute(span, key).as_deref() == Some(value)
}

#[tokio::test]
async fn commands_are_told_with_their_server_and_without_their_arguments() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    async {
        let mut connection = connect(&client).await;
        let _: () = connection.set(MARK, MARK).await.unwrap();
        assert_eq!(connection.get::<_, String>(MARK).await.unwrap(), MARK);
        redis::cmd("config").arg("set").arg("maxmemory").arg("1gb").exec_async(&mut connection.clone()).await.unwrap();
        let script = format!("return redis.call('GET', KEYS[1]) .. '{MARK}'");
        let twice: String = redis::cmd("EVAL").arg(script).arg(1).arg(MARK).query_async(&mut connection).await.unwrap();
        assert_eq!(twice, MARK.repeat(2));
        let mut scan = connection.scan_match::<_, String>("*").await.unwrap();
        assert_eq!(scan.next_item().await.unwrap().unwrap(), MARK);
    }
    .with_context(test.context())
    .await;

    assert_eq!(
        test.tree_with(TOLD),
        "\
SET redis (client) db.query.text=\"SET ? ?\"
GET redis (client) db.query.text=\"GET ?\"
CONFIG SET redis (client) db.query.text=\"CONFIG SET ? ?\"
EVAL redis (client) db.query.text=\"EVAL ? ? ?\"
SCAN redis (client) db.query.text=\"SCAN ? ? ?\"
"
    );
    let port = redis.url().rsplit(':').next().unwrap();
    let where_to =
        [("db.system.name", "redis"), ("db.namespace", "3"), ("server.address", "127.0.0.1"), ("server.port", port)];
    for (key, value) in where_to {
        assert!(test.spans().iter().all(|span| has(span, key, value)), "{key}");
    }
    assert_eq!(test.metrics().count(DURATION, &where_to), 5);
    assert_no_mark(&test);
}

#[tokio::test]
async fn pipelines_and_transactions_are_one_operation_each() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    async {
        let mut connection = connect(&client).await;
        redis::pipe().set(MARK, 1).set("b", 2).exec_async(&mut connection).await.unwrap();
        let sum: (i64, i64) =
            redis::pipe().atomic().incr(MARK, 1).incr("b", 1).query_async(&mut connection).await.unwrap();
        assert_eq!(sum, (2, 3));
        redis::pipe().set(MARK, MARK).ignore().get(MARK).exec_async(&mut connection).await.unwrap();
    }
    .with_context(test.context())
    .await;

    assert_eq!(
        test.tree_with(TOLD),
        "\
PIPELINE SET (client) db.operation.batch.size=2 db.query.text=\"SET ? ?; SET ? ?\"
MULTI INCRBY (client) db.operation.batch.size=2 db.query.text=\"INCRBY ? ?; INCRBY ? ?\"
PIPELINE (client) db.operation.batch.size=2 db.query.text=\"SET ? ?; GET ?\"
"
    );
    let span = test.span("PIPELINE SET");
    assert!(has(&span, "db.operation.name", "PIPELINE SET") && has(&span, "db.query.summary", "PIPELINE SET"));
    assert_eq!(test.metrics().count(DURATION, &[("db.operation.name", "MULTI INCRBY")]), 1);
    assert_no_mark(&test);
}

#[tokio::test]
async fn five_hundred_commands_on_one_connection_are_counted_exactly() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    async {
        let connection = connect(&client).await;
        let commands = (0..500).map(|number| {
            let mut connection = connection.clone();
            // Every fifth is sent for the wrong type.
            let command = async move {
                match number % 5 {
                    0 => connection.lpush::<_, _, ()>("text", number).await.is_err(),
                    _ => connection.set::<_, _, ()>("text", number).await.is_err(),
                }
            };
            tokio::spawn(command.with_context(test.context()))
        });
        let _: () = connection.clone().set("text", 0).await.unwrap();
        let commands: Vec<_> = commands.collect();
        let mut failed = 0;
        for command in commands {
            failed += usize::from(command.await.unwrap());
        }
        assert_eq!(failed, 100);
    }
    .with_context(test.context())
    .await;

    let metrics = test.metrics();
    assert_eq!(metrics.count(DURATION, &[("db.operation.name", "SET")]), 401);
    assert_eq!(metrics.count(DURATION, &[("db.operation.name", "LPUSH"), ("error.type", "WRONGTYPE")]), 100);
    assert_eq!(metrics.count(DURATION, &[]), 501);
    assert_eq!(test.spans().len(), 501);
    assert_no_mark(&test);
}

#[test]
fn synchronous_connection_is_told_as_the_asynchronous_one() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    test.scope(|| {
        let connection = client.get_connection().unwrap();
        let mut connection = Tracked::new(connection).with_connection_info(client.get_connection_info());
        let _: () = connection.set(MARK, MARK).unwrap();
        redis::pipe().atomic().get(MARK).get(MARK).exec(&mut connection).unwrap();
        redis::pipe().get(MARK).set(MARK, 1).exec(&mut connection).unwrap();
        connection.lpush::<_, _, ()>(MARK, MARK).unwrap_err();
        redis::pipe().get(MARK).lpush(MARK, MARK).exec(&mut connection).unwrap_err();
    });

    assert_eq!(
        test.tree_with(TOLD),
        "\
SET redis (client) db.query.text=\"SET ? ?\"
MULTI GET (client) db.operation.batch.size=2 db.query.text=\"GET ?; GET ?\"
PIPELINE (client) db.operation.batch.size=2 db.query.text=\"GET ?; SET ? ?\"
LPUSH redis (client) db.query.text=\"LPUSH ? ?\" db.response.status_code=WRONGTYPE error.type=WRONGTYPE [error]
PIPELINE (client) db.operation.batch.size=2 db.query.text=\"GET ?; LPUSH ? ?\" db.response.status_code=WRONGTYPE error.type=WRONGTYPE [error]
"
    );
    assert_no_mark(&test);
}

#[tokio::test]
async fn unix_socket_is_told_by_its_path_without_a_port() {
    let client = Client::open("redis+unix:///run/redis.sock?db=2").unwrap();
    let test = TestTelemetry::new();
    async {
        let connection = Tracked::new(Fake(|| Ok(Value::Okay)));
        let _: () = connection.with_connection_info(client.get_connection_info()).set("a", 1).await.unwrap();
    }
    .with_context(test.context())
    .await;
    let span = test.span("SET redis");
    assert!(has(&span, "server.address", "/run/redis.sock") && has(&span, "db.namespace", "2"));
    assert_eq!(attribute(&span, "server.port"), None);
}

#[tokio::test]
async fn named_server_is_told_and_none_without() {
    let test = TestTelemetry::new();
    let answers = || -> RedisResult<Value> { Ok(Value::Okay) };
    async {
        let mut named = Tracked::new(Fake(answers)).with_server("cluster.example", Some(7000));
        let _: () = named.set("a", 1).await.unwrap();
        let _: () = Tracked::new(Fake(answers)).get("a").await.unwrap();
    }
    .with_context(test.context())
    .await;
    let span = test.span("SET redis");
    assert!(has(&span, "server.address", "cluster.example") && has(&span, "server.port", "7000"));
    assert_eq!(attribute(&test.span("GET redis"), "server.address"), None);
}
