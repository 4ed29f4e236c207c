//! The server: connections, from the first to the last.

use crate::access::Connection;
use crate::application::application;
use crate::body::lingering;
use crate::configuration::Configuration;
use crate::folder::Folder;
use crate::service::{Phase, Service};
use crate::store::{Store, StoreError};
use crate::tls::{Certificates, Stream, TlsError, handshake};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// How long a client may take for the head of a request, or keep a connection without one.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// How long a client may read nothing of a response.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a server does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It cannot listen at its address.
    #[error("cannot listen at {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// The store cannot be used.
    #[error("the store `{path}` cannot be used: {error}")]
    Store {
        /// Its folder.
        path: String,
        /// Why not.
        error: StoreError,
    },
    /// The model folder cannot be read.
    #[error("the model folder `{path}` cannot be read: {error}")]
    Folder {
        /// The folder.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The system gives no threads or signals.
    #[error("the server cannot be started: {0}")]
    Runtime(io::Error),
    /// Metrics cannot be counted.
    #[error("metrics cannot be counted: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    service: Arc<Service>,
    listener: TcpListener,
    certificates: Option<Arc<Certificates>>,
}

impl Server {
    /// Listens at the configured address. Nothing is served before [`Self::run`].
    ///
    /// # Errors
    /// If the address is not to be had, or the certificate cannot be used.
    pub async fn bind(configuration: Configuration) -> Result<Self, ServerError> {
        let certificates = configuration.tls.clone().map(Certificates::new).transpose()?;
        let listener = listen(&configuration.host, configuration.port).await.map_err(|error| {
            ServerError::Listen { address: format!("{}:{}", configuration.host, configuration.port), error }
        })?;
        Ok(Server { service: Arc::new(Service::new(configuration)?), listener, certificates })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Loads the models and serves until `stop` is done; then finishes the requests in flight.
    ///
    /// # Errors
    /// If the store cannot be used.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Server { service, listener, certificates } = self;
        let router = application(Arc::clone(&service));
        let acceptor = certificates.as_ref().map(Certificates::acceptor).transpose()?;
        if let Some(certificates) = certificates {
            tokio::spawn(certificates.watch(service.metrics.clone()));
        }
        let places = service.configuration.limits.connections.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(places));
        let graceful = GracefulShutdown::new();
        // Dropped when the server stops: connections that have no request yet have nothing to finish.
        let (going, _) = watch::channel(());
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
                (place, accepted) = accept(&listener, &places) => match accepted {
                    Ok((stream, peer)) => {
                        let connection = Connection {
                            peer: peer.ip(),
                            local: stream.local_addr().map_or(peer.ip(), |address| address.ip()),
                            secure: acceptor.is_some(),
                        };
                        // Responses are small and whole: waiting for more to send only delays them.
                        let _ = stream.set_nodelay(true);
                        let mut stream = TimeoutStream::new(stream);
                        stream.set_write_timeout(Some(WRITE_TIME));
                        let visit = Visit {
                            service: Arc::clone(&service),
                            router: router.clone(),
                            connection,
                            _place: place,
                        };
                        let served = visit.run(
                            Box::pin(stream), acceptor.clone(), graceful.watcher(), going.subscribe(),
                        );
                        tokio::spawn(served);
                    }
                    Err(error) => {
                        // Out of file descriptors, for example: that passes, a server that stops does not come back.
                        tracing::warn!(%error, "a connection could not be accepted");
                        sleep(PAUSE).await;
                    }
                }
            }
        }
        drop((listener, going));
        service.set_phase(Phase::Stopping);
        tracing::info!("stopping: requests in flight are finished");
        if timeout(service.configuration.grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests in flight were cut off: they took longer than the grace");
        }
        Ok(())
    }
}

async fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    if !host.is_empty() {
        return TcpListener::bind((host.trim_matches(['[', ']']), port)).await;
    }
    // All addresses of both families where the system has both.
    match TcpListener::bind(("::", port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, io::Result<(TcpStream, SocketAddr)>) {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    (place, listener.accept().await)
}

/// Loads what is to be served from the start, and goes on watching the model folder.
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
        let limit = configuration.limits.document_bytes;
        let mut folder = Folder::new(path, limit, Arc::clone(&service.registry));
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

/// A connection that is served, in a task of its own.
struct Visit {
    service: Arc<Service>,
    router: Router,
    connection: Connection,
    /// Its place among the connections, also while it shakes hands.
    _place: Option<OwnedSemaphorePermit>,
}

impl Visit {
    async fn run(
        self,
        stream: Stream,
        acceptor: Option<TlsAcceptor>,
        watcher: Watcher,
        mut going: watch::Receiver<()>,
    ) {
        let connections = &self.service.metrics.connections;
        connections.inc();
        match acceptor {
            None => self.converse(stream, watcher).await,
            Some(acceptor) => {
                let shaken = tokio::select! {
                    shaken = handshake(&acceptor, stream) => Some(shaken),
                    _ = going.changed() => None,
                };
                if let Some(shaken) = &shaken {
                    self.service.metrics.handshake(shaken.is_ok());
                }
                match shaken {
                    Some(Ok(stream)) => self.converse(stream, watcher).await,
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
    async fn converse(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, watcher: Watcher) {
        let connection = self.connection;
        let requests =
            self.router.clone().map_request(move |mut request: hyper::Request<Incoming>| -> Request {
                request.extensions_mut().insert(connection);
                request.map(|body| lingering(Body::new(body)))
            });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(requests));
        if let Err(error) = watcher.watch(serving).await {
            tracing::debug!(%error, peer = %connection.peer, "a connection has failed");
        }
    }
}
