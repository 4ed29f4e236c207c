//! Certificates and keys, which are read from files and reloaded when the files change.

use crate::metrics::Metrics;
use crate::watch::{Watch, folder};
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig};
use webpki::EndEntityCert;

/// The only protocol that is negotiated over TLS.
const HTTP_1_1: &[u8] = b"http/1.1";
/// The first line of a key with a password.
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// The files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and the intermediate certificates, in PEM.
    pub certificate: PathBuf,
    /// The key of the server's certificate, in PEM: PKCS#8, PKCS#1 or SEC1, without a password.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// The certificate file is not valid.
    #[error("`{}` is not a file of certificates: {message}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The key file is not valid.
    #[error("`{}` is not a file of a key: {message}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The key is not that of the certificate.
    #[error(
        "the key in `{}` is not that of the first certificate in `{}`",
        .0.key.display(), .0.certificate.display()
    )]
    Mismatch(TlsFiles),
    /// The TLS library rejects its settings.
    #[error("TLS cannot be set up: {0}")]
    Settings(rustls::Error),
}

/// The current certificate of the server, with its key.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
    /// The host names in the certificate.
    names: Arc<ArcSwap<Vec<String>>>,
    /// The contents of the files when they were last read.
    seen: Mutex<Content>,
}

/// The contents of the files.
type Content = [io::Result<Vec<u8>>; 2];

impl Certificates {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// Fails if they cannot be read, or the key is not that of the certificate.
    pub fn new(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let content = content(&files);
        let certified = read(&files, &provider, &content)?;
        let names = Arc::new(ArcSwap::from_pointee(names(&certified)));
        let current = ArcSwap::from_pointee(certified);
        Ok(Arc::new(Certificates { files, provider, current, names, seen: Mutex::new(content) }))
    }

    /// Returns the host names in the certificate, which are updated when it changes.
    pub fn names(&self) -> Arc<ArcSwap<Vec<String>>> {
        Arc::clone(&self.names)
    }

    /// Returns an acceptor, which uses the current certificate for each connection.
    ///
    /// # Errors
    /// Fails if the TLS library rejects its settings.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let mut settings = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Settings)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        settings.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(settings)))
    }

    /// Reloads the files, forever, when they change and when the process receives SIGHUP. If they cannot be used, the
    /// previous certificate stays in use.
    pub async fn watch(self: Arc<Self>, metrics: Metrics) {
        // The folders of the paths are watched, which is where links are replaced.
        let mut folders = vec![folder(&self.files.certificate), folder(&self.files.key)];
        folders.dedup();
        let mut watch = Watch::new(&folders);
        let mut hangups = Hangups::new();
        loop {
            let is_requested = tokio::select! {
                () = watch.time_to_look() => false,
                () = hangups.next() => true,
            };
            // The files are small, so that they can be read on this thread.
            self.reload(is_requested, &metrics);
        }
    }

    /// Reloads the files if they have changed or it is requested.
    fn reload(&self, is_requested: bool, metrics: &Metrics) {
        let found = content(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_requested && same(&seen, &found) {
            return;
        }
        let loaded = read(&self.files, &self.provider, &found);
        *seen = found;
        metrics.certificate_broken.set(i64::from(loaded.is_err()));
        match loaded {
            Ok(certified) => {
                self.names.store(Arc::new(names(&certified)));
                self.current.store(Arc::new(certified));
                tracing::info!(file = %self.files.certificate.display(), "the certificate was reloaded");
            }
            Err(error) => {
                tracing::error!(%error, "the certificate cannot be reloaded: the previous one stays in use");
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// Returns the host names in a certificate.
fn names(certified: &CertifiedKey) -> Vec<String> {
    let certificate = certified.end_entity_cert().ok().and_then(|der| EndEntityCert::try_from(der).ok());
    let names = certificate.iter().flat_map(|certificate| certificate.valid_dns_names());
    names.map(str::to_owned).collect()
}

fn content(files: &TlsFiles) -> Content {
    [fs::read(&files.certificate), fs::read(&files.key)]
}

fn same(one: &Content, other: &Content) -> bool {
    one.iter().zip(other).all(|pair| match pair {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one.kind() == other.kind(),
        _ => false,
    })
}

fn read(
    files: &TlsFiles,
    provider: &CryptoProvider,
    [certificate, key]: &Content,
) -> Result<CertifiedKey, TlsError> {
    fn readable<'a>(path: &Path, content: &'a io::Result<Vec<u8>>) -> Result<&'a [u8], TlsError> {
        content.as_deref().map_err(|error| TlsError::File {
            path: path.to_owned(),
            error: io::Error::new(error.kind(), error.to_string()),
        })
    }
    let certificate = readable(&files.certificate, certificate)?;
    let key = readable(&files.key, key)?;
    let no_certificate = |message: String| TlsError::Certificate { path: files.certificate.clone(), message };
    let no_key = |message: String| TlsError::Key { path: files.key.clone(), message };

    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| no_certificate(damage(&error)))?;
    if chain.is_empty() {
        return Err(no_certificate("there is no `-----BEGIN CERTIFICATE-----` in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        let encrypted = String::from_utf8_lossy(key).contains(ENCRYPTED);
        no_key(match error {
            pem::Error::NoItemsFound if encrypted => {
                "it has a password, which the server cannot ask for: write the key without one".to_owned()
            }
            pem::Error::NoItemsFound => "there is no `-----BEGIN PRIVATE KEY-----` in it".to_owned(),
            error => damage(&error),
        })
    })?;
    let key = provider.key_provider.load_private_key(key).map_err(|error| no_key(error.to_string()))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // Keys that do not reveal their public part cannot be checked.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => Err(TlsError::Mismatch(files.clone())),
        Err(error) => Err(no_certificate(error.to_string())),
    }
}

fn damage(error: &pem::Error) -> String {
    format!("its PEM is damaged: {error}")
}

/// The signals that request a reload of the files.
struct Hangups {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    fn new() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals = signal(SignalKind::hangup());
            if let Err(error) = &signals {
                tracing::warn!(%error, "SIGHUP cannot be received");
            }
            Hangups { signals: signals.ok() }
        }
        #[cfg(not(unix))]
        Hangups {}
    }

    /// Waits for the next signal, or forever if signals cannot be received.
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
