//! The server: listens, accepts connections and shuts down.

use crate::access::{Addresses, Connection, Hosts};
use crate::application::Application;
use crate::body::lingering;
use crate::configuration::Configuration;
use crate::folder::Folder;
use crate::machine;
use crate::paced::Paced;
use crate::places::{Full, Place, Places};
use crate::service::{Phase, Service};
use crate::store::{Store, StoreError};
use crate::tls::{Certificates, Stream, TlsError, handshake};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Maximum time that a client may take for the head of a request, or keep a connection idle.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// Maximum time that a client may take to read the next [`READ_BYTES`] of a response.
const READ_TIME: Duration = Duration::from_secs(30);
const READ_BYTES: usize = 30 << 10;
/// Maximum number of bytes of a request's head, or of a body, in a connection's buffer.
const BUFFER: usize = 64 << 10;
/// Number of connections that are reserved for administrators' addresses, in addition to those for all clients.
const KEPT_CONNECTIONS: usize = 16;
/// The response to a client with too many connections, and the maximum time to send it.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n\
    Content-Length: 56\r\nConnection: close\r\n\r\n{\n  \"message\" : \"There are too many connections at once\"\n}";
const TURNING_AWAY: Duration = Duration::from_secs(1);
/// Number of attempts to find a port that is free at both loopback addresses.
const PORTS: usize = 10;
/// Time to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a server cannot run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It cannot listen on its address.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// The error.
        error: io::Error,
    },
    /// The store cannot be used.
    #[error("the store `{path}` cannot be used: {error}")]
    Store {
        /// Its folder.
        path: String,
        /// The error.
        error: StoreError,
    },
    /// The model folder cannot be read.
    #[error("the model folder `{path}` cannot be read: {error}")]
    Folder {
        /// The folder.
        path: String,
        /// The error.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The runtime cannot be started, or signals cannot be received.
    #[error("the server cannot be started: {0}")]
    Runtime(io::Error),
    /// Metrics cannot be set up.
    #[error("metrics cannot be set up: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    service: Arc<Service>,
    listeners: Vec<TcpListener>,
    certificates: Option<Arc<Certificates>>,
}

impl Server {
    /// Listens on the configured address. Nothing is served before [`Self::run`].
    ///
    /// # Errors
    /// Fails if the address is not available, or the certificate cannot be used.
    pub async fn bind(configuration: Configuration) -> Result<Self, ServerError> {
        let certificates = configuration.tls.clone().map(Certificates::new).transpose()?;
        let listeners = listen(&configuration.host, configuration.port).await.map_err(|error| {
            let host = if configuration.host.is_empty() { "localhost" } else { &configuration.host };
            ServerError::Listen { address: format!("{host}:{}", configuration.port), error }
        })?;
        let certified = certificates.as_ref().map(|certificates| certificates.names()).unwrap_or_default();
        let hosts = Hosts::new(own_names(&configuration), certified);
        Ok(Server { service: Arc::new(Service::new(configuration, hosts)?), listeners, certificates })
    }

    /// Returns the addresses that it listens on.
    ///
    /// # Errors
    /// Fails if the system does not report them.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }

    /// Loads the models and serves until `stop` completes, then finishes the requests in flight.
    ///
    /// # Errors
    /// Fails if the store cannot be used.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Server { service, listeners, certificates } = self;
        let application = Arc::new(Application::new(Arc::clone(&service)));
        let acceptor = certificates.as_ref().map(Certificates::acceptor).transpose()?;
        if let Some(certificates) = certificates {
            tokio::spawn(certificates.watch(service.metrics.clone()));
        }
        let limits = &service.configuration.limits;
        let connections = limits.connections.clamp(1, Semaphore::MAX_PERMITS - KEPT_CONNECTIONS);
        // Rejected clients get a response, which needs a permit too.
        let permit = Arc::new(Semaphore::new(connections + KEPT_CONNECTIONS));
        let places = Places::new(connections, limits.client_share, KEPT_CONNECTIONS);
        let graceful = GracefulShutdown::new();
        // Dropped when the server stops, to end handshakes: they have no request to finish.
        let (running, _) = watch::channel(());
        let mut loading = std::pin::pin!(load(Arc::clone(&service)));
        let mut loaded = false;
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                result = &mut loading, if !loaded => {
                    loaded = true;
                    result?;
                    service.set_phase(Phase::Serving);
                    tracing::info!(models = service.registry.list().len(), "ready");
                }
                (permit, accepted) = accept(&listeners, &permit) => match accepted {
                    Ok((stream, peer)) => {
                        let connection = Connection {
                            peer: peer.ip(),
                            local: stream.local_addr().map_or(peer.ip(), |address| address.ip()),
                            secure: acceptor.is_some(),
                        };
                        let Ok(place) = place(&service, &places, &connection) else {
                            tokio::spawn(turn_away(stream, acceptor.is_some(), permit));
                            continue;
                        };
                        // Responses are written at once, so that waiting for more data would only delay them.
                        let _ = stream.set_nodelay(true);
                        let task = ConnectionTask {
                            service: Arc::clone(&service),
                            application: Arc::clone(&application),
                            connection,
                            _place: (place, permit),
                        };
                        let stream = Box::pin(Paced::new(stream, READ_BYTES, READ_TIME));
                        let served =
                            task.run(stream, acceptor.clone(), graceful.watcher(), running.subscribe());
                        tokio::spawn(served);
                    }
                    Err(error) => {
                        // For example, if there are no free file descriptors. This may pass, so the server goes on.
                        tracing::warn!(%error, "a connection could not be accepted");
                        sleep(PAUSE).await;
                    }
                }
            }
        }
        drop((listeners, running));
        service.set_phase(Phase::Stopping);
        tracing::info!("stopping: requests in flight are finished");
        if timeout(service.configuration.grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests in flight were cut off: they took longer than the grace period");
        }
        Ok(())
    }
}

/// Listens on the address of a host, or on the loopback addresses if `host` is empty.
async fn listen(host: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    if host.is_empty() {
        return listen_locally(port).await;
    }
    Ok(vec![TcpListener::bind((host.trim_matches(['[', ']']), port)).await?])
}

/// Listens on both loopback addresses with the same port, if the system has both.
async fn listen_locally(port: u16) -> io::Result<Vec<TcpListener>> {
    let mut tries = 0..PORTS;
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, first.local_addr()?.port())).await;
        match second {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                if port != 0 || tries.next().is_none() {
                    return Err(error);
                }
            }
            // The system has no IPv6 addresses.
            Err(_) => return Ok(vec![first]),
        }
    }
}

/// Returns the names of the server, except those in its certificate.
fn own_names(configuration: &Configuration) -> Vec<String> {
    let machine = machine::host_name();
    let short = machine.as_ref().and_then(|name| Some(name.split_once('.')?.0.to_owned()));
    let given = configuration.access.allowed_hosts.iter().cloned();
    let host = Some(configuration.host.clone()).filter(|host| !host.is_empty());
    machine.into_iter().chain(short).chain(host).chain(given).collect()
}

/// Takes a place for a connection. Connections of trusted proxies count for no client, since these have many clients.
fn place(service: &Service, places: &Places, connection: &Connection) -> Result<Place, Full> {
    let rules = service.gate.rules();
    if connection.is_among(&rules.trusted_proxies) {
        return places.take_kept();
    }
    let is_admin = connection.is_local()
        || rules
            .admin_addresses
            .iter()
            .any(|addresses| *addresses != Addresses::Any && connection.is_among(&[*addresses]));
    match places.take(connection.peer.into()) {
        Err(Full::All) if is_admin => places.take_kept(),
        other => other,
    }
}

/// Answers that there are too many connections, unless the connection needs a handshake.
async fn turn_away(mut stream: TcpStream, secure: bool, _permit: Option<OwnedSemaphorePermit>) {
    if !secure {
        // The client may have disconnected.
        let _ = timeout(TURNING_AWAY, stream.write_all(FULL)).await;
        let _ = timeout(TURNING_AWAY, stream.shutdown()).await;
    }
}

async fn accept(
    listeners: &[TcpListener],
    permit: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, io::Result<(TcpStream, SocketAddr)>) {
    // The semaphore is never closed.
    let permit = Arc::clone(permit).acquire_owned().await.ok();
    let accepted = poll_fn(|context| {
        let accepted = listeners.iter().map(|listener| listener.poll_accept(context));
        accepted.into_iter().find(Poll::is_ready).unwrap_or(Poll::Pending)
    });
    (permit, accepted.await)
}

/// Loads the store and the model folder, and begins to watch the folder.
async fn load(service: Arc<Service>) -> Result<(), ServerError> {
    let configuration = &service.configuration;
    if let Some(path) = configuration.store.clone() {
        let (shown, registry) = (path.display().to_string(), Arc::clone(&service.registry));
        wait_for(move || Ok(registry.use_store(Store::open(&path)?)?))
            .await
            .map_err(|error| ServerError::Store { path: shown, error })?;
    }
    if let Some(path) = configuration.model_folder.clone() {
        let shown = path.display().to_string();
        let mut folder = Folder::new(path, service.compiler(), Arc::clone(&service.registry));
        let folder = wait_for(move || folder.look().map(|()| folder))
            .await
            .map_err(|error| ServerError::Folder { path: shown, error })?;
        tokio::spawn(folder.watch());
    }
    Ok(())
}

async fn wait_for<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<io::Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

/// A connection, which is served in a separate task.
struct ConnectionTask {
    service: Arc<Service>,
    application: Arc<Application>,
    connection: Connection,
    /// Its place among the connections, which it has during the handshake too.
    _place: (Place, Option<OwnedSemaphorePermit>),
}

impl ConnectionTask {
    async fn run(
        self,
        stream: Stream,
        acceptor: Option<TlsAcceptor>,
        watcher: Watcher,
        mut running: watch::Receiver<()>,
    ) {
        let connections = &self.service.metrics.connections;
        connections.inc();
        match acceptor {
            None => self.serve(stream, watcher).await,
            Some(acceptor) => {
                let outcome = tokio::select! {
                    outcome = handshake(&acceptor, stream) => Some(outcome),
                    _ = running.changed() => None,
                };
                if let Some(outcome) = &outcome {
                    self.service.metrics.handshake(outcome.is_ok());
                }
                match outcome {
                    Some(Ok(stream)) => self.serve(stream, watcher).await,
                    Some(Err(error)) => {
                        tracing::debug!(%error, peer = %self.connection.peer, "a handshake has failed");
                    }
                    None => {}
                }
            }
        }
        connections.dec();
    }

    /// Serves the requests of the connection.
    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, watcher: Watcher) {
        let connection = self.connection;
        let respond = service_fn(move |request: hyper::Request<Incoming>| {
            let application = Arc::clone(&self.application);
            async move { Ok::<_, Infallible>(application.respond(connection, request.map(lingering)).await) }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), respond);
        if let Err(error) = watcher.watch(serving).await {
            tracing::debug!(%error, peer = %connection.peer, "a connection has failed");
        }
    }
}
