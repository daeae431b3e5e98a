use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use tokio::sync::watch;

use super::{
    MonitoringServer,
    connections::{self, Limits},
};
use crate::{
    Monitoring,
    stats::{Stats, tests::metrics::Metrics},
};

const PATIENCE: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_millis(600);

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn monitoring() -> Monitoring {
    let stats = Stats::builder(Arc::new(Metrics::default())).without_thread();
    stats.refresh();
    Monitoring::new().with_stats(stats)
}

#[test]
fn a_port_of_its_own_needs_no_runtime_of_the_application() {
    let server = monitoring().serve("127.0.0.1:0").unwrap();
    assert!(server.address().ip().is_loopback() && server.address().port() != 0);
    assert!(ask(server.address(), "/health").starts_with("HTTP/1.1 200"));
    assert!(ask(server.address(), "/monitoring/stats").contains(r#""total_requests":0"#));
    assert!(ask(server.address(), "/elsewhere").starts_with("HTTP/1.1 404"));
    let taken = monitoring().serve(server.address());
    assert_eq!(taken.err().map(|error| error.kind()), Some(std::io::ErrorKind::AddrInUse));
}

#[test]
fn dropped_it_ends() {
    let server = monitoring().serve("127.0.0.1:0").unwrap();
    let (address, ended) = (server.address(), Arc::clone(&server.ended));
    drop(server);
    let begun = Instant::now();
    ended.wait(PATIENCE);
    assert!(begun.elapsed() < PATIENCE, "the thread goes on");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_thousand_requests_at_once_are_answered() {
    let server = monitoring().serve("127.0.0.1:0").unwrap();
    let address = server.address();
    let answered = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(move || {
                    // Fifty requests are sent before the first answer is read.
                    let mut streams: Vec<_> = (0..50).map(|_| connect(address)).collect();
                    for stream in &mut streams {
                        stream
                            .write_all(b"GET /monitoring/stats HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
                            .unwrap();
                    }
                    let mut answers = 0;
                    for mut stream in streams {
                        let mut answer = String::new();
                        stream.read_to_string(&mut answer).unwrap();
                        answers +=
                            usize::from(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""success":true"#));
                    }
                    answers
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    assert_eq!(answered, 1000);
}

/// A server with short limits and two places.
struct Small {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: std::thread::JoinHandle<()>,
}

impl Small {
    /// It hangs up on who says nothing for `silence`.
    fn start(app: Router, silence: Duration) -> Self {
        let (bound, address) = mpsc::channel();
        let (stop, stopped) = watch::channel(false);
        let limits = Limits {
            connections: 2,
            head: Duration::from_millis(200),
            write: Duration::from_millis(200),
            silence,
            grace: PATIENCE,
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                connections::serve(listener, app, stopped, limits).await;
            });
        });
        Self { address: address.recv_timeout(PATIENCE).unwrap(), stop, thread }
    }

    fn stop(self) {
        self.stop.send_replace(true);
        self.thread.join().unwrap();
    }
}

/// Whether the server hangs up.
fn is_hung_up(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn clients_that_never_finish_asking_keep_nobody_else_away() {
    let small = Small::start(Router::new().route("/", get(|| async { "here" })), SILENCE);
    // Both places are taken: by one that dribbles its head, so that it is never silent, and by one that says nothing at all.
    let (slow, mut silent) = (connect(small.address), connect(small.address));
    let dribbling = std::thread::spawn({
        let mut slow = slow.try_clone().unwrap();
        move || {
            let begun = Instant::now();
            slow.write_all(b"GET / HTTP/1.1\r\nx-long: ").unwrap();
            while slow.write_all(b"x").is_ok() && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
            begun.elapsed()
        }
    });
    assert!(ask(small.address, "/").ends_with("here"), "a third one is let in when the others are hung up on");
    assert!(is_hung_up(&mut silent));
    assert!(dribbling.join().unwrap() < PATIENCE, "the slow one is hung up on");
    drop(slow);
    small.stop();
}

#[test]
fn clients_that_do_not_read_are_hung_up_on() {
    let (begun, answering) = mpsc::channel();
    let body = move || {
        let _ = begun.send(());
        // More than the buffers of two sockets hold.
        async { vec![0_u8; 64 << 20] }
    };
    // They may be silent for as long as they like: they asked, and it is their turn to read.
    let small =
        Small::start(Router::new().route("/large", get(body)).route("/", get(|| async { "here" })), 10 * PATIENCE);
    let mut lazy: Vec<_> = (0..2).map(|_| connect(small.address)).collect();
    for stream in &mut lazy {
        stream.write_all(b"GET /large HTTP/1.1\r\nhost: t\r\n\r\n").unwrap();
        answering.recv_timeout(PATIENCE).unwrap();
    }
    assert!(ask(small.address, "/").ends_with("here"));
    small.stop();
}

#[test]
fn what_is_being_answered_is_answered_to_the_end() {
    let (begun, answering) = mpsc::channel();
    let (go_on, told) = watch::channel(false);
    let slow = move || {
        let _ = begun.send(());
        let mut told = told.clone();
        async move {
            let _ = told.wait_for(|told| *told).await;
            "at last"
        }
    };
    let small = Small::start(Router::new().route("/slow", get(slow)), PATIENCE);
    let address = small.address;
    let client = std::thread::spawn(move || ask(address, "/slow"));
    answering.recv_timeout(PATIENCE).unwrap();
    small.stop.send_replace(true);
    // The listener goes first.
    let begun = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "it still listens");
        std::thread::yield_now();
    }
    go_on.send_replace(true);
    assert!(client.join().unwrap().ends_with("at last"));
    small.stop();
}

#[tokio::test]
async fn a_shutdown_returns_when_all_is_done() {
    let server: MonitoringServer = monitoring().serve("127.0.0.1:0").unwrap();
    let ended = Arc::clone(&server.ended);
    server.shutdown(PATIENCE).await;
    assert!(*ended.yes.lock().unwrap());
}
