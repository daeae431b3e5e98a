//! What stands between a Prometheus and the application: it may ask in other words, and remembers what was said.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// One scrape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exchange {
    /// What the scraper said it understands.
    pub(crate) accept: String,
    /// What it got.
    pub(crate) content_type: String,
    /// How many lines of that are samples.
    pub(crate) samples: usize,
}

/// A proxy for one application, until the process ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: String,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Proxy {
    /// Forwards to `upstream`, with `accept` in place of what the scraper says it understands. The answer is asked for as it is, not
    /// compressed, so that its lines can be counted.
    pub(crate) fn start(upstream: &str, accept: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let exchanges = Arc::<Mutex<Vec<Exchange>>>::default();
        let (upstream, remembered) = (upstream.to_owned(), Arc::clone(&exchanges));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A scraper that went away is none of ours.
                if let Ok(exchange) = forward(stream, &upstream, accept) {
                    remembered.lock().unwrap().push(exchange);
                }
            }
        });
        Self { address, exchanges }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The scrapes so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

fn forward(mut scraper: TcpStream, upstream: &str, accept: Option<&str>) -> std::io::Result<Exchange> {
    let head = head(&mut BufReader::new(&scraper))?;
    let asked = header(&head, "accept").unwrap_or_default().to_owned();
    let mut request = String::new();
    for line in &head {
        let is = |name: &str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        if !["accept", "accept-encoding", "connection"].into_iter().any(is) {
            request.push_str(&format!("{line}\r\n"));
        }
    }
    let accept = accept.unwrap_or(&asked);
    request.push_str(&format!("Accept: {accept}\r\nConnection: close\r\n\r\n"));

    let mut application = TcpStream::connect(upstream)?;
    application.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    application.read_to_end(&mut answer)?;
    scraper.write_all(&answer)?;

    let mut answer = answer.as_slice();
    let content_type = header(&self::head(&mut answer)?, "content-type").unwrap_or_default().to_owned();
    let lines = answer.split(|byte| *byte == b'\n');
    let samples = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).count();
    Ok(Exchange { accept: asked, content_type, samples })
}

/// The lines before the first empty one.
fn head(from: &mut impl std::io::BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for line in from.by_ref().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let mut headers = head.iter().filter_map(|line| line.split_once(':'));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
