//! How commands end other than well.

use std::time::Duration;

use opentelemetry::trace::FutureExt as _;
use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client,
    aio::{ConnectionManager, MultiplexedConnection},
};
use tachograph_db::redis::Tracked;
use tachograph_testing::TestTelemetry;
use tests::components::Redis;
use tokio::task::JoinHandle;

use super::{ACTIVE, DURATION, MARK, TOLD, assert_no_mark, client, connect, fake::Fake};

/// A command that waits for a list that never is, once the server has it.
async fn waiting<C>(
    test: &TestTelemetry,
    mut connection: Tracked<C>,
    admin: &Client,
) -> JoinHandle<redis::RedisResult<()>>
where
    C: redis::aio::ConnectionLike + Send + Sync + 'static,
{
    let blpop = async move { connection.blpop::<_, ()>(MARK, 0.0).await };
    let waiting = tokio::spawn(blpop.with_context(test.context()));
    let mut admin = admin.get_multiplexed_async_connection().await.unwrap();
    while !info(&mut admin).await.contains("blocked_clients:1") {
        tokio::task::yield_now().await;
    }
    waiting
}

async fn info(admin: &mut MultiplexedConnection) -> String {
    redis::cmd("INFO").arg("clients").query_async(admin).await.unwrap()
}

#[tokio::test]
async fn errors_of_the_server_are_told_by_their_code() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    async {
        let mut connection = connect(&client).await;
        let _: () = connection.set(MARK, MARK).await.unwrap();
        connection.lpush::<_, _, ()>(MARK, MARK).await.unwrap_err();
        // The server repeats the arguments of a command that it does not know.
        let error = redis::cmd(MARK).arg(MARK).exec_async(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains(MARK));
        let script = format!("return redis.error_reply('{MARK} of user')");
        redis::cmd("EVAL").arg(script).arg(0).exec_async(&mut connection).await.unwrap_err();
        // A member that fails, one of a transaction, and one that the server refuses before it runs it.
        redis::pipe().get(MARK).lpush(MARK, 1).exec_async(&mut connection).await.unwrap_err();
        redis::pipe().atomic().get(MARK).lpush(MARK, 1).exec_async(&mut connection).await.unwrap_err();
        redis::pipe().atomic().get(MARK).cmd(MARK).exec_async(&mut connection).await.unwrap_err();
    }
    .with_context(test.context())
    .await;

    assert_eq!(
        test.tree_with(&["db.response.status_code", "error.type"]),
        "\
SET redis (client)
LPUSH redis (client) db.response.status_code=WRONGTYPE error.type=WRONGTYPE [error]
_OTHER redis (client) db.response.status_code=ERR error.type=ERR [error]
EVAL redis (client) db.response.status_code=_OTHER error.type=_OTHER [error]
PIPELINE (client) db.response.status_code=WRONGTYPE error.type=WRONGTYPE [error]
MULTI (client) db.response.status_code=WRONGTYPE error.type=WRONGTYPE [error]
MULTI (client) db.response.status_code=EXECABORT error.type=EXECABORT [error]
"
    );
    assert_no_mark(&test);
}

#[tokio::test]
async fn connection_without_the_password_is_told() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), Client::open(redis.url()).unwrap());
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg(MARK).exec_async(&mut admin).await.unwrap();
    async {
        let mut connection = connect(&client).await;
        connection.get::<_, ()>("a").await.unwrap_err();
        redis::cmd("AUTH").arg(MARK).exec_async(&mut connection).await.unwrap();
        connection.get::<_, ()>("a").await.unwrap();
    }
    .with_context(test.context())
    .await;
    assert_eq!(
        test.tree_with(TOLD),
        "\
GET redis (client) db.query.text=\"GET ?\" db.response.status_code=NOAUTH error.type=NOAUTH [error]
AUTH redis (client) db.query.text=\"AUTH ?\"
GET redis (client) db.query.text=\"GET ?\"
"
    );
    assert_no_mark(&test);
}

#[tokio::test]
async fn command_whose_connection_the_server_cuts_has_an_error_class_and_the_next_one_works() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    let manager = ConnectionManager::new(client.clone()).await.unwrap();
    let mut connection = Tracked::new(manager).with_connection_info(client.get_connection_info());

    let waiting = waiting(&test, connection.clone(), &client).await;
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec_async(&mut admin).await.unwrap();
    waiting.await.unwrap().unwrap_err();
    async { connection.set::<_, _, ()>(MARK, 1).await.unwrap() }.with_context(test.context()).await;

    assert_eq!(
        test.tree_with(&["error.type"]),
        "BLPOP redis (client) error.type=connection_closed [error]\nSET redis (client)\n"
    );
    assert_no_mark(&test);
}

#[tokio::test]
async fn server_that_is_gone_has_an_error_class() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    let mut connection = connect(&client).await;
    drop(redis);
    async { connection.get::<_, ()>(MARK).await.unwrap_err() }.with_context(test.context()).await;
    assert_eq!(test.tree_with(&["error.type"]), "GET redis (client) error.type=connection_closed [error]\n");
    assert_no_mark(&test);
}

#[tokio::test]
async fn answer_that_takes_too_long_is_a_timeout() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_millis(20)));
    let connection = client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
    async { Tracked::new(connection).blpop::<_, ()>(MARK, 0.0).await.unwrap_err() }.with_context(test.context()).await;
    assert_eq!(test.tree_with(&["error.type"]), "BLPOP redis (client) error.type=timeout [error]\n");
    assert_no_mark(&test);
}

#[tokio::test]
async fn dropped_command_is_recorded_once_as_cancelled() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    let waiting = waiting(&test, connect(&client).await, &client).await;
    assert_eq!(test.metrics().value(ACTIVE, &[]), 1.0);
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(test.tree_with(&["error.type"]), "BLPOP redis (client) error.type=cancelled [error]\n");
    assert_eq!(test.metrics().count(DURATION, &[]), 1);
    assert_no_mark(&test);
}

#[tokio::test]
async fn panicking_connection_is_recorded_once_as_panic() {
    let test = TestTelemetry::new();
    let command = async { Tracked::new(Fake(|| panic!("{MARK}"))).get::<_, ()>("a").await };
    let panicked = tokio::spawn(command.with_context(test.context())).await.unwrap_err();
    assert!(panicked.is_panic());
    assert_eq!(test.tree_with(&["error.type"]), "GET redis (client) error.type=panic [error]\n");
    assert_eq!(test.metrics().count(DURATION, &[]), 1);
    assert_no_mark(&test);
}

#[tokio::test]
async fn void_transaction_is_an_answer() {
    let Some(redis) = Redis::start() else { return };
    let (test, client) = (TestTelemetry::new(), client(&redis));
    async {
        let (mut watching, mut other) = (connect(&client).await, connect(&client).await);
        redis::cmd("WATCH").arg(MARK).exec_async(&mut watching).await.unwrap();
        let _: () = other.set(MARK, 1).await.unwrap();
        let nothing: Option<()> = redis::pipe().atomic().get(MARK).query_async(&mut watching).await.unwrap();
        assert_eq!(nothing, None);
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(&["error.type"]), "WATCH redis (client)\nSET redis (client)\nMULTI GET (client)\n");
}

#[tokio::test]
async fn command_with_no_telemetry_in_force_is_only_sent() {
    let test = TestTelemetry::new();
    let _: () = Tracked::new(Fake(|| Ok(redis::Value::Okay))).set("a", 1).await.unwrap();
    assert_eq!((test.spans().len(), test.metrics().names()), (0, vec![]));
}
