//! A raw server on a free port of the loopback: it answers one request after another with what it was given, one request a connection.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        mpsc::{self, UnboundedReceiver, UnboundedSender},
    },
    task::JoinHandle,
};

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    head: String,
    chunks: Vec<Vec<u8>>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// As HTTP has it.
    Whole,
    /// The connection breaks.
    Broken,
    /// Nothing more comes, for as long as the client is there.
    Open,
}

impl Answer {
    pub(crate) fn new(content_type: &str, body: &[u8]) -> Self {
        Self {
            head: format!("200 OK\r\ncontent-type: {content_type}\r\n"),
            chunks: vec![body.to_vec()],
            end: End::Whole,
        }
    }

    pub(crate) fn json(body: &str) -> Self {
        Self::new("application/json", body.as_bytes())
    }

    /// Nothing at all: the connection breaks before the head.
    pub(crate) fn none() -> Self {
        Self { head: String::new(), chunks: Vec::new(), end: End::Broken }
    }

    /// The head does not come, for as long as the client is there.
    pub(crate) fn silence() -> Self {
        Self { end: End::Open, ..Self::none() }
    }

    pub(crate) fn status(mut self, status: &str) -> Self {
        self.head = self.head.replacen("200 OK", status, 1);
        self
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    /// In these pieces, each but the first once the client says so by [`Server::go_on`].
    pub(crate) fn chunks(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.chunks = chunks;
        self
    }

    pub(crate) fn breaks(self) -> Self {
        Self { end: End::Broken, ..self }
    }

    pub(crate) fn stays_open(self) -> Self {
        Self { end: End::Open, ..self }
    }
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    received: UnboundedReceiver<Received>,
    go_on: UnboundedSender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the first request with the first of the answers, and so on; what comes after the last gets the last.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, received) = mpsc::unbounded_channel();
        let (go_on, gate) = mpsc::unbounded_channel();
        let gate = Arc::new(Mutex::new(gate));
        let answers: Vec<Answer> = answers.into_iter().collect();
        let task = tokio::spawn(async move {
            let mut next = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers[next.min(answers.len() - 1)].clone();
                next += 1;
                tokio::spawn(serve(stream, answer, tell.clone(), Arc::clone(&gate)));
            }
        });
        Self { address, received, go_on, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Lets the next piece of an answer go.
    pub(crate) fn go_on(&self) {
        self.go_on.send(()).unwrap();
    }

    /// The next request that came.
    pub(crate) async fn received(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Gate = Arc<Mutex<UnboundedReceiver<()>>>;

async fn serve(mut stream: TcpStream, answer: Answer, tell: UnboundedSender<Received>, gate: Gate) {
    let Some(received) = read(&mut stream).await else { return };
    let _ = tell.send(received);
    if !answer.head.is_empty() {
        // What goes wrong here, the client sees.
        let _ = write(&mut stream, &answer, gate).await;
    }
    if answer.end == End::Open {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(read[..end].to_vec()).unwrap().to_lowercase();
            let body = &read[end + 4..];
            let length: Option<usize> =
                head.split("content-length: ").nth(1).map(|rest| rest.lines().next().unwrap().parse().unwrap());
            let is_whole = match length {
                Some(length) => body.len() == length,
                None => !head.contains("transfer-encoding") || body.ends_with(b"0\r\n\r\n"),
            };
            if is_whole {
                return Some(Received { body: body.to_vec(), head });
            }
        }
        let Ok(1..) = stream.read_buf(&mut read).await else { return None };
    }
}

async fn write(stream: &mut TcpStream, answer: &Answer, gate: Gate) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {}connection: close\r\n", answer.head);
    match &*answer.chunks {
        [whole] if answer.end == End::Whole => {
            stream.write_all(format!("{head}content-length: {}\r\n\r\n", whole.len()).as_bytes()).await?;
            stream.write_all(whole).await
        }
        chunks => {
            stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
            for (index, chunk) in chunks.iter().enumerate() {
                if index > 0 && gate.lock().await.recv().await.is_none() {
                    return Ok(());
                }
                stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
                stream.write_all(chunk).await?;
                stream.write_all(b"\r\n").await?;
            }
            if answer.end == End::Whole { stream.write_all(b"0\r\n\r\n").await } else { Ok(()) }
        }
    }
}
