//! A connection that becomes a WebSocket: the request ends with its upgrade.

use axum::{
    Router,
    extract::ws::{WebSocket, WebSocketUpgrade},
    routing::get,
};
use tachograph_core::ToolExecution;

use crate::server::Server;

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        ToolExecution::new("echo").run(|| ());
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_websocket_is_a_request_that_ended_with_status_101() {
    let upgrade = get(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) });
    let server = Server::start(Router::new().route("/ws", upgrade)).await;
    let url = format!("ws://{}/ws", server.address);
    let (mut socket, answer) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
    server.assert_recorded_once("GET /ws (server) http.response.status_code=101\n");

    // Both ways work, and what the socket does is no part of the request any more.
    futures_util::SinkExt::send(&mut socket, "hello".into()).await.unwrap();
    let echoed = futures_util::StreamExt::next(&mut socket).await.unwrap().unwrap();
    assert_eq!(echoed.into_text().unwrap(), "hello");
    drop(socket);
    server.assert_recorded_once("GET /ws (server) http.response.status_code=101\n");
}
