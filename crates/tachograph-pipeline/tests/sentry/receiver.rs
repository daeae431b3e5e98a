//! A receiver of envelopes on a port of the system's.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// What it does with a request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// This status, and this header.
    With(&'static str, &'static str),
    /// None, ever.
    Never,
}

pub(crate) const OK: Answer = Answer::With("200 OK", "x-nothing: 1");

pub(crate) struct Receiver {
    address: String,
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, answer, &kept));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn dsn(&self) -> String {
        format!("http://publickey@{}/base/42", self.address)
    }

    /// Heads and bodies, as they came.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().unwrap().clone()
    }

    /// The events of all envelopes.
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.requests()
            .iter()
            .map(|(_, body)| {
                let lines: Vec<_> = body.lines().collect();
                let [head, item, event] = lines[..] else { panic!("one item: {body}") };
                assert_eq!(parse(item)["type"], "event");
                assert_eq!(parse(item)["length"], event.len());
                let event = parse(event);
                assert_eq!(
                    parse(head)["event_id"].as_str().unwrap().replace('-', ""),
                    event["event_id"].as_str().unwrap()
                );
                event
            })
            .collect()
    }

    pub(crate) fn one(&self) -> Value {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }
}

fn serve(mut stream: TcpStream, answer: Answer, requests: &Mutex<Vec<(String, String)>>) {
    let mut received = Vec::new();
    let mut part = [0; 4096];
    loop {
        while let Some(head) = received.windows(4).position(|it| it == b"\r\n\r\n") {
            let text = String::from_utf8(received[..head].to_vec()).unwrap();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let end = head + 4 + length.trim().parse::<usize>().unwrap();
            if received.len() < end {
                break;
            }
            let body = String::from_utf8(received[head + 4..end].to_vec()).unwrap();
            received.drain(..end);
            requests.lock().unwrap().push((text, body));
            if let Answer::With(status, header) = answer {
                let answer = format!("HTTP/1.1 {status}\r\n{header}\r\ncontent-length: 2\r\n\r\n{{}}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(read) => received.extend_from_slice(&part[..read]),
        }
    }
}
