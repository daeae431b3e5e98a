//! A peer that ends each connection of HTTP/2 with words of its own, as proxies do.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use tachograph_pipeline::Protocol;
use tachograph_testing::otlp::OtlpServer;

use crate::case::SECRET;
use crate::rig::{BRISK, Rig};

/// Its settings, which are none, and a GOAWAY with `words`.
fn says_goodbye(words: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let length = u8::try_from(8 + words.len()).unwrap();
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let (goaway, last_stream, code) = ([0, 0, length, 7, 0, 0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 11]);
    let frames = [&settings[..], &goaway, &last_stream, &code, words.as_bytes()].concat();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut read = [0; 4096];
            let _ = connection.read(&mut read);
            let _ = connection.write_all(&frames);
            // Until the client has had enough, so that it reads this before the connection ends.
            while connection.read(&mut read).is_ok_and(|length| length > 0) {}
        }
    });
    format!("http://{address}")
}

#[test]
fn the_words_of_a_peer_that_ends_a_connection_are_not_told() {
    let endpoint = says_goodbye(SECRET);
    let rig = Rig::with(OtlpServer::start(), Protocol::Grpc, BRISK, |builder| builder.with_otlp_endpoint(endpoint));
    rig.record(0, 3);
    let report = rig.flush();
    assert_eq!(report.traces.failed.error, 3, "{report}");
    let told = format!("{report} {report:?} {:?}", rig.pipeline.health());
    assert!(told.contains("connection error received"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
}
