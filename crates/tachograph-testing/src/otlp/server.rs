//! The handle of the server.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use opentelemetry_proto::tonic::{logs::v1::LogRecord, metrics::v1::Metric, trace::v1::Span};
use tokio::{runtime, sync::mpsc::UnboundedSender};

use super::{
    answer::Answer, builder::OtlpServerBuilder, counts::Counts, listen, listen::Command, on_signal::OnSignal,
    received::Received, signal::Signal, state::State, until::Until,
};

/// A running server of OTLP: gRPC on one port of the loopback, HTTP on another.
///
/// It runs on a thread of its own and ends when it is dropped. It answers well until it is told otherwise: see
/// [`next`](Self::next), [`afterwards`](Self::afterwards) and [`from_now_on`](Self::from_now_on), and [`Answer`] for what it can do.
/// A script may be changed at any time, and holds for both ports; [`on`](Self::on) limits it to a signal. Requests without any item,
/// as self-tests send them, take no turn of it: they get what holds from now on.
pub struct OtlpServer {
    grpc: SocketAddr,
    http: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    runtime: runtime::Handle,
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl OtlpServer {
    /// Starts a server with the defaults of [`builder`](Self::builder).
    ///
    /// # Panics
    ///
    /// When the system gives no port or no thread.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts from a server without TLS that wants no credentials and has the limits of the OpenTelemetry Collector.
    pub fn builder() -> OtlpServerBuilder {
        OtlpServerBuilder::default()
    }

    /// Runs the server on a thread; `scheme` is what its addresses begin with.
    pub(super) fn run(ports: Vec<listen::Port>, scheme: &'static str, state: State) -> std::io::Result<Self> {
        let (grpc, http) = (ports[0].address(), ports[1].address());
        let state = Arc::new(state);
        let (commands, receiver) = tokio::sync::mpsc::unbounded_channel();
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let shared = Arc::clone(&state);
        let (ready, listening) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("otlp-server".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let listeners = match listen::listen(&ports) {
                    Ok(listeners) => listeners,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                let _ = ready.send(Ok(()));
                listen::run(ports, listeners, receiver, shared).await;
            });
        })?;
        listening.recv().map_err(|_| std::io::Error::other("the server's thread ended at its start"))??;
        Ok(Self { grpc, http, scheme, state, runtime: handle, commands: Some(commands), thread: Some(thread) })
    }

    /// Where gRPC is spoken, as clients are told it: `http://127.0.0.1:41234`.
    #[must_use]
    pub fn grpc_endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.grpc)
    }

    /// Where HTTP is spoken, without a path: `http://127.0.0.1:41235`.
    #[must_use]
    pub fn http_endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.http)
    }

    /// The port for gRPC.
    #[must_use]
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc
    }

    /// The port for HTTP.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// The next requests get this answer, after those that were scripted before: `server.next(2, Answer::unavailable())`.
    pub fn next(&self, requests: u64, answer: Answer) -> &Self {
        self.state.script().add(None, requests, answer);
        self
    }

    /// What is scripted stays, and this answer holds when it is over, until told otherwise.
    pub fn afterwards(&self, answer: Answer) -> &Self {
        self.state.script().afterwards(None, answer);
        self
    }

    /// Forgets what is scripted: this answer holds until told otherwise.
    pub fn from_now_on(&self, answer: Answer) -> &Self {
        self.state.script().hold(None, answer);
        self
    }

    /// The same three for requests of one signal: `server.on(Signal::Traces).next(1, Answer::reset())`. Between signals the order
    /// in which it was scripted decides.
    #[must_use]
    pub fn on(&self, signal: Signal) -> OnSignal<'_> {
        OnSignal::new(&self.state, signal)
    }

    /// Scripted requests that have not come yet.
    #[must_use]
    pub fn script_left(&self) -> u64 {
        self.state.script().left()
    }

    /// The next connections are reset (RST) as soon as they are accepted, before TLS and before anything is read: so many, whatever
    /// was said before.
    pub fn reset_connections(&self, connections: u64) -> &Self {
        self.state.reset_connections(connections);
        self
    }

    /// Closes every connection and stops listening: who connects is refused. The ports stay ours. Returns when it is so.
    #[track_caller]
    pub fn refuse_connections(&self) {
        self.command(Command::Refuse);
    }

    /// Listens again, at the same ports. Returns when it is so.
    ///
    /// # Panics
    ///
    /// When another process forced its way to one of the ports.
    #[track_caller]
    pub fn accept_connections(&self) {
        self.command(Command::Accept);
    }

    #[track_caller]
    fn command(&self, command: fn(mpsc::SyncSender<()>) -> Command) {
        let (done, is_done) = mpsc::sync_channel(1);
        if let Some(commands) = &self.commands {
            let _ = commands.send(command(done));
        }
        assert!(is_done.recv().is_ok(), "the server has ended, or its port is gone");
    }

    /// What was counted so far. Items are taken in when their request was read, whatever becomes of the answer.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state.counts().borrow().clone()
    }

    /// The requests with items that are still kept, in the order in which they came, refused ones included.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.state.log().requests().cloned().collect()
    }

    /// The spans that were taken in, of the requests that are still kept.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let log = self.state.log();
        log.requests().flat_map(|request| request.payload.spans().take(taken(request))).cloned().collect()
    }

    /// The log records that were taken in, of the requests that are still kept.
    #[must_use]
    pub fn log_records(&self) -> Vec<LogRecord> {
        let log = self.state.log();
        log.requests().flat_map(|request| request.payload.log_records().take(taken(request))).cloned().collect()
    }

    /// The metrics of the last request that was taken in: with cumulative temporality, all that is known.
    #[must_use]
    pub fn last_metrics(&self) -> Vec<Metric> {
        let log = self.state.log();
        let taken = |request: &&Received| request.signal == Signal::Metrics && request.accepted > 0;
        log.requests().rev().find(taken).map(|last| last.payload.metrics().cloned().collect()).unwrap_or_default()
    }

    /// Until the counts satisfy a condition.
    #[track_caller]
    pub fn until(&self, condition: impl FnMut(&Counts) -> bool + Send + 'static) -> Until {
        self.until_it("counts that satisfy the condition".to_owned(), condition)
    }

    /// Until so many items of a signal were received, taken in or not, repetitions included.
    #[track_caller]
    pub fn received_at_least(&self, signal: Signal, items: u64) -> Until {
        self.until_it(format!("{items} items of {signal} received"), move |it| it.of(signal).received >= items)
    }

    /// Until so many items of a signal were taken in.
    #[track_caller]
    pub fn accepted_at_least(&self, signal: Signal, items: u64) -> Until {
        self.until_it(format!("{items} items of {signal} accepted"), move |it| it.of(signal).accepted >= items)
    }

    /// Until so many requests of a signal came, repetitions included.
    #[track_caller]
    pub fn attempted_at_least(&self, signal: Signal, attempts: u64) -> Until {
        self.until_it(format!("{attempts} requests with {signal}"), move |it| it.of(signal).attempts >= attempts)
    }

    #[track_caller]
    fn until_it(&self, what: String, condition: impl FnMut(&Counts) -> bool + Send + 'static) -> Until {
        Until::new(self.runtime.clone(), self.state.counts().subscribe(), what, condition)
    }
}

fn taken(request: &Received) -> usize {
    usize::try_from(request.accepted).unwrap_or(usize::MAX)
}

impl Drop for OtlpServer {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for OtlpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpServer")
            .field("grpc", &self.grpc)
            .field("http", &self.http)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
