//! A receiver of alerts: it takes what Alertmanager posts, and remembers it.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::Value;

/// One alert of a message, with the path that the message was posted to.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The path, without its slash.
    pub receiver: String,
    /// `firing` or `resolved`.
    pub status: String,
    /// The labels and annotations, as JSON.
    pub alert: Value,
}

/// A server that listens until the test process ends.
#[derive(Debug)]
pub struct Webhook {
    address: SocketAddr,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Webhook {
    /// Starts it on a free port of this machine.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a free port");
        let address = listener.local_addr().expect("it is bound");
        let notices = Arc::<Mutex<Vec<Notice>>>::default();
        let taken = Arc::clone(&notices);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                // One that keeps its connection open holds nobody up.
                thread::spawn(move || answer(stream, &taken));
            }
        });
        Self { address, notices }
    }

    /// Where to post for `receiver`.
    pub fn url(&self, receiver: &str) -> String {
        format!("http://{}/{receiver}", self.address)
    }

    /// Everything that was posted so far, the oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `receiver` was told of the alert of that name, the oldest first.
    pub fn told(&self, receiver: &str, alert: &str) -> Vec<Notice> {
        let of = |notice: &Notice| notice.receiver == receiver && notice.alert["labels"]["alertname"] == alert;
        self.notices().into_iter().filter(of).collect()
    }
}

/// Answers one request. What breaks off is not remembered.
fn answer(mut stream: TcpStream, notices: &Mutex<Vec<Notice>>) {
    if let Ok((receiver, message)) = read(&stream) {
        let alerts = message["alerts"].as_array().cloned().unwrap_or_default();
        let notice = |alert: Value| {
            let status = alert["status"].as_str().unwrap_or_default().to_owned();
            Notice { receiver: receiver.clone(), status, alert }
        };
        notices.lock().unwrap_or_else(PoisonError::into_inner).extend(alerts.into_iter().map(notice));
    }
    // It has gone, or it will send the message again.
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

fn read(stream: &TcpStream) -> io::Result<(String, Value)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let receiver = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((receiver, serde_json::from_slice(&body).map_err(io::Error::other)?))
}
