//! A server that nobody trusts.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{CipherSuite, ServerConfig, ServerConnection};

/// How a handshake went.
#[derive(Debug)]
pub(crate) struct Shaken {
    pub(crate) error: String,
    pub(crate) suite: Option<CipherSuite>,
}

/// Shakes hands with a certificate that it made itself, as often as a client tries, and sends how that went.
pub(crate) fn self_made() -> (SocketAddr, Receiver<Shaken>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, shaken) = channel();
    // Ends with the first connection after the test.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let outcome = connection.complete_io(&mut stream.unwrap());
            let error = outcome.map_or_else(|error| error.to_string(), |_| String::new());
            let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
            if sender.send(Shaken { error, suite }).is_err() {
                return;
            }
        }
    });
    (address, shaken)
}
