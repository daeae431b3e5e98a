use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tokio::runtime::Handle;

use super::*;
use crate::otlp::answer::Again;
use crate::runtime::{ExportRuntime, RunError};

const LONG: Duration = Duration::from_secs(20);
const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Serves one connection as `serve` does, and gives its address and what `serve` returned.
fn server<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (std::net::SocketAddr, thread::JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Reads one request and returns its head in lower case; the body must be that of [`request`].
fn read_request(stream: impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the request ended early: {head}");
    }
    let mut body = [0; 4];
    reader.read_exact(&mut body).unwrap();
    assert_eq!(&body, b"body");
    head.to_ascii_lowercase()
}

fn request(url: &str) -> Request<Full<Bytes>> {
    Request::post(url).header("x-team", "exporter").body(Bytes::from_static(b"body").into()).unwrap()
}

/// Sends one request on an export runtime.
fn send(client: Client, url: &str, timeout: Duration) -> Result<Result<Response<Bytes>, Refusal>, RunError> {
    let request = request(url);
    ExportRuntime::start().unwrap().run(timeout, async move { client.exchange(request).await })
}

#[test]
fn an_exchange_over_tls_succeeds_where_the_certificate_is_trusted() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let provider = Arc::new(ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server_config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (address, served) = server(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(server_config)).unwrap(), stream);
        let head = read_request(&mut stream);
        stream.write_all(EMPTY.as_bytes()).unwrap();
        stream.flush().unwrap();
        head
    });
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let response = send(Client::new(Some(tls)), &format!("https://{address}/v1/traces"), LONG);

    assert_eq!(response.unwrap().unwrap().status().as_u16(), 200);
    let head = served.join().unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {address}\r\n")) && head.contains("x-team: exporter\r\n"), "{head}");
}

#[test]
fn the_connection_lives_on_the_export_runtime() {
    let (address, served) = server(|mut stream| {
        for _ in 0..2 {
            read_request(&mut stream);
            stream.write_all(EMPTY.as_bytes()).unwrap();
        }
    });
    let client = Arc::new(Client::new(None));
    let url = format!("http://{address}/");
    let runtime = ExportRuntime::start().unwrap();
    for _ in 0..2 {
        let (client, request) = (Arc::clone(&client), request(&url));
        let tasks = runtime.run(LONG, async move {
            client.exchange(request).await.unwrap();
            Handle::current().metrics().num_alive_tasks()
        });
        // This one and the connection, over which the second request goes as well.
        assert_eq!(tasks, Ok(2));
    }
    served.join().unwrap();
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = elsewhere.local_addr().unwrap();
    let (address, served) = server(move |mut stream| {
        read_request(&mut stream);
        let answer = format!("HTTP/1.1 307 Go\r\nlocation: http://{location}/\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let response = send(Client::new(None), &format!("http://{address}/"), LONG);
    assert_eq!(response.unwrap().unwrap().status().as_u16(), 307);
    served.join().unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "the redirect was followed");
}

#[test]
fn an_answer_without_an_end_is_refused_at_the_limit() {
    let (address, served) = server(|mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        // Ends when the client hangs up.
        let mut sent = 0;
        while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {
            sent += 64 * 1024;
        }
        sent
    });
    let refusal = send(Client::new(None), &format!("http://{address}/"), LONG).unwrap().unwrap_err();
    assert_eq!(refusal.again, Again::Never, "{refusal:?}");
    assert!(served.join().unwrap() >= MAX_ANSWER);
}

#[test]
fn an_answer_that_stops_half_way_is_waited_for_by_whoever_sent() {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (address, served) = server(move |mut stream| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").unwrap();
        let _ = held.recv();
    });
    let response = send(Client::new(None), &format!("http://{address}/"), Duration::from_millis(100));
    assert!(matches!(response, Err(RunError::TimedOut)));
    drop(let_go);
    served.join().unwrap();
}

#[test]
fn the_cause_of_a_refused_connection_is_told_without_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/?key=c2VjcmV0", listener.local_addr().unwrap());
    drop(listener);
    let refusal = send(Client::new(None), &url, LONG).unwrap().unwrap_err();
    assert_eq!(refusal.again, Again::After(None));
    assert!(refusal.why.contains("refused") && !refusal.why.contains("c2VjcmV0"), "{refusal:?}");
}
