//! From a name to a connection, encrypted where that is asked for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error as TlsError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::subject::Subject;
use crate::otlp::tls;
use crate::settings::Protocol;

/// A connection, plain or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) async fn resolve(subject: &Subject) -> Result<Vec<SocketAddr>, String> {
    let Subject { host, port, step, .. } = subject;
    let (endpoint, source) = (subject.endpoint(), subject.endpoint_source());
    match timeout(subject.step, lookup_host((host.as_str(), *port))).await {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(format!("{endpoint}: the name {host} is not known here ({error}): check {source}")),
        Err(_) => Err(format!(
            "{endpoint}: no answer to the question for the name {host} within {step:?}: check the resolver of this machine, and {source}"
        )),
    }
}

pub(super) async fn connect(subject: &Subject, addresses: &[SocketAddr]) -> Result<Box<dyn Stream>, String> {
    let (endpoint, source) = (subject.endpoint(), subject.endpoint_source());
    let step = subject.step;
    let stream = tcp(addresses, step).await.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            let mend = subject.mend_endpoint();
            format!("{endpoint}: nobody listens there (connection refused): start the receiver, or {mend}")
        }
        io::ErrorKind::TimedOut => {
            format!(
                "{endpoint}: no answer to a connection within {step:?}: is a firewall between, or is {source} wrong?"
            )
        }
        _ => format!("{endpoint}: no connection can be made ({error}): check {source}"),
    })?;
    if !subject.is_secure() {
        return Ok(Box::new(stream));
    }
    let config = client_config(subject).map_err(|error| format!("{endpoint}: {error}"))?;
    match handshake(subject, config, stream).await {
        Ok(stream) => Ok(stream),
        Err(error) => Err(refused(subject, addresses, &error).await),
    }
}

/// The first address that can be connected to.
pub(super) async fn tcp(addresses: &[SocketAddr], step: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match timeout(step, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

fn client_config(subject: &Subject) -> Result<ClientConfig, String> {
    let mut config = tls::client_config_of(subject.target.tls.clone())?;
    let protocol: &[u8] = if subject.protocol == Protocol::Grpc { b"h2" } else { b"http/1.1" };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

async fn handshake(subject: &Subject, config: ClientConfig, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
    let name = ServerName::try_from(subject.host.clone()).map_err(io::Error::other)?;
    match timeout(subject.step, TlsConnector::from(Arc::new(config)).connect(name, stream)).await {
        Ok(stream) => Ok(Box::new(stream?)),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Why there is no TLS.
async fn refused(subject: &Subject, addresses: &[SocketAddr], error: &io::Error) -> String {
    let (endpoint, source) = (subject.endpoint(), subject.endpoint_source());
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match tls {
        Some(TlsError::InvalidCertificate(wrong)) => certificate(subject, wrong),
        Some(TlsError::AlertReceived(AlertDescription::NoApplicationProtocol)) => subject.speaks_another_protocol(),
        Some(TlsError::AlertReceived(alert)) => refused_by_peer(subject, &format!("{alert:?}")),
        // A server without TLS answers with something else, or hangs up, when it is met with a handshake.
        _ if super::speaks::is_plain(addresses, subject.step).await => subject.is_not_encrypted(),
        _ => format!("{endpoint}: no TLS is agreed on ({error}): check {source}"),
    }
}

/// The peer wants another certificate than the one it was shown.
pub(super) fn refused_by_peer(subject: &Subject, alert: &str) -> String {
    let shown = match subject.target.tls.client {
        None => "no client certificate is set: if the receiver wants one, set",
        Some(_) => "perhaps it does not take the client certificate: check",
    };
    format!(
        "{}: the receiver refuses this client ({alert}), {shown} OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
         OTEL_EXPORTER_OTLP_CLIENT_KEY",
        subject.endpoint()
    )
}

fn certificate(subject: &Subject, wrong: &CertificateError) -> String {
    let (endpoint, source) = (subject.endpoint(), subject.endpoint_source());
    match wrong {
        CertificateError::UnknownIssuer => {
            let roots =
                if subject.target.tls.roots.is_some() { "a root that was named" } else { "a root of this system" };
            format!(
                "{endpoint}: its certificate is not signed by {roots} (UnknownIssuer): set OTEL_EXPORTER_OTLP_CERTIFICATE to \
                 the file of its root"
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("{endpoint}: its certificate has expired: renew it there, or set the clock of this machine")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("{endpoint}: its certificate is for another name than {}: mend {source}", subject.host)
        }
        other => format!("{endpoint}: its certificate is not trusted ({other})"),
    }
}
