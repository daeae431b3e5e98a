//! The two ports, and the loop that accepts connections while the server is up.

use std::{
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, mpsc::SyncSender},
    task::{Context, Poll},
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc::UnboundedReceiver,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::{
    connection::{Reset, Speaks, serve},
    state::State,
};

const BACKLOG: u32 = 1024;

/// What the handle asks for. It is told when that is done.
#[derive(Debug)]
pub(super) enum Command {
    Refuse(SyncSender<()>),
    Accept(SyncSender<()>),
}

/// A port that stays ours, whether anybody listens or not.
pub(super) struct Port {
    address: SocketAddr,
    speaks: Speaks,
    tls: Option<TlsAcceptor>,
    /// Bound and never listening: connections are refused, and the system gives the port to nobody else.
    _keeper: TcpSocket,
}

impl Port {
    pub(super) fn new(speaks: Speaks, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let keeper = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { address: keeper.local_addr()?, speaks, tls, _keeper: keeper })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn listen(&self) -> io::Result<TcpListener> {
        socket(self.address)?.listen(BACKLOG)
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // For the second socket at the same port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

pub(super) fn listen(ports: &[Port]) -> io::Result<Vec<TcpListener>> {
    ports.iter().map(Port::listen).collect()
}

/// Accepts and serves until the handle is gone.
pub(super) async fn run(
    ports: Vec<Port>,
    mut listeners: Vec<TcpListener>,
    mut commands: UnboundedReceiver<Command>,
    state: Arc<State>,
) {
    let mut connections = JoinSet::new();
    loop {
        let event = poll_fn(|cx| match commands.poll_recv(cx) {
            Poll::Ready(command) => Poll::Ready(Event::Command(command)),
            Poll::Pending => accept(&listeners, cx),
        });
        match event.await {
            Event::Connection(port, stream) => {
                let Port { speaks, tls, .. } = &ports[port];
                let reset = Reset::default();
                let served = serve(stream, *speaks, tls.clone(), Arc::clone(&state), reset.clone());
                reset.ends(connections.spawn(served));
            }
            Event::Command(Some(Command::Refuse(done))) => {
                listeners.clear();
                connections.shutdown().await;
                let _ = done.send(());
            }
            Event::Command(Some(Command::Accept(done))) => {
                if listeners.is_empty() {
                    // Left without an answer when the port cannot be had, which the handle notices.
                    let Ok(again) = listen(&ports) else { continue };
                    listeners = again;
                }
                let _ = done.send(());
            }
            Event::Command(None) => return,
        }
        while connections.try_join_next().is_some() {}
    }
}

enum Event {
    Connection(usize, TcpStream),
    Command(Option<Command>),
}

fn accept(listeners: &[TcpListener], cx: &mut Context<'_>) -> Poll<Event> {
    for (port, listener) in listeners.iter().enumerate() {
        // A connection that failed before it was accepted concerns nobody.
        while let Poll::Ready(accepted) = listener.poll_accept(cx) {
            if let Ok((stream, _)) = accepted {
                return Poll::Ready(Event::Connection(port, stream));
            }
        }
    }
    Poll::Pending
}
