//! A raw server on a free port of the loopback: what it does is what it is asked for, one request a connection.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heads: UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heads) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, tell.clone()));
            }
        });
        Self { address, heads, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The head of the next request that came, in lower case.
    pub(crate) async fn head(&mut self) -> String {
        self.heads.recv().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address that nobody listens at.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn answer(mut stream: TcpStream, tell: UnboundedSender<String>) {
    let mut read = Vec::new();
    let head = loop {
        let Ok(1..) = stream.read_buf(&mut read).await else { return };
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(read[..end].to_vec()).unwrap().to_lowercase();
        }
    };
    let path = head.split([' ', '?']).nth(1).unwrap().to_owned();
    let _ = tell.send(head);
    let answer = match path.as_str() {
        "/missing" => "404 Not Found\r\ncontent-length: 0\r\n\r\n",
        "/broken" => "500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops",
        "/chunked" => "200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "/half" | "/stalls" => "200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "/closes" => "",
        "/never" => {
            wait_for_the_end(&mut stream).await;
            return;
        }
        "/upload" => {
            // Answered once the last chunk is there.
            while !read.ends_with(b"0\r\n\r\n") {
                let Ok(1..) = stream.read_buf(&mut read).await else { return };
            }
            "200 OK\r\ncontent-length: 0\r\n\r\n"
        }
        _ => "200 OK\r\ncontent-length: 5\r\n\r\nhello",
    };
    if !answer.is_empty() {
        let _ = stream
            .write_all(format!("HTTP/1.1 {}", answer.replacen("\r\n", "\r\nconnection: close\r\n", 1)).as_bytes())
            .await;
    }
    if path == "/stalls" {
        wait_for_the_end(&mut stream).await;
    }
}

/// Waits until the client goes away.
async fn wait_for_the_end(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}
