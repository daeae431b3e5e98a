//! Redis in a process of its own, which keeps nothing.

use std::{net::TcpListener, process::Command};

use tempfile::TempDir;

use super::Component;
use crate::process::Process;

/// Redis cannot be told to take a free port by itself, so another process may have taken it meanwhile.
const ATTEMPTS: usize = 5;

/// A running Redis server without data.
#[derive(Debug)]
pub struct Redis {
    url: String,
    _process: Process,
    _folder: TempDir,
}

impl Redis {
    /// Starts Redis on a free port of this machine.
    pub fn start() -> Option<Self> {
        let program = Component::Redis.find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        for _ in 0..ATTEMPTS {
            let port = free_port().to_string();
            let mut command = Command::new(&program);
            // No save: nothing is written to disk.
            command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--dir"]).arg(folder.path());
            let process = Process::spawn(&mut command).expect("Redis starts");
            // Written in capitals or not, by version.
            if process.find_line(|line| line.contains("eady to accept connections").then_some(())).is_some() {
                return Some(Self { url: format!("redis://127.0.0.1:{port}"), _process: process, _folder: folder });
            }
        }
        panic!("Redis did not get a port in {ATTEMPTS} attempts")
    }

    /// The address as a `redis://` URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a free port");
    listener.local_addr().expect("it is bound").port()
}
