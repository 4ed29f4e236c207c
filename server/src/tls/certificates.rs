//! Certificates and keys: read from files, and again when the files change.

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

/// The only protocol that is spoken over TLS.
const HTTP_1_1: &[u8] = b"http/1.1";
/// How a key with a password begins.
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those between it and a root, in PEM.
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
        /// Why not.
        error: io::Error,
    },
    /// The certificate file does not hold what it should.
    #[error("`{}` is no file of certificates: {message}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The key file does not hold what it should.
    #[error("`{}` is no file of a key: {message}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Certificate and key do not belong together.
    #[error(
        "the key in `{}` is not that of the first certificate in `{}`",
        .0.key.display(), .0.certificate.display()
    )]
    Mismatch(TlsFiles),
    /// The library of TLS refuses its settings.
    #[error("TLS cannot be set up: {0}")]
    Settings(rustls::Error),
}

/// The certificate that the server shows, with its key.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
    /// The names that it is for.
    names: Arc<ArcSwap<Vec<String>>>,
    /// What the files held when they were last looked at.
    seen: Mutex<Content>,
}

/// What the files hold.
type Content = [io::Result<Vec<u8>>; 2];

impl Certificates {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// Fails if they cannot be read or do not belong together.
    pub fn new(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let content = content(&files);
        let certified = read(&files, &provider, &content)?;
        let names = Arc::new(ArcSwap::from_pointee(names(&certified)));
        let current = ArcSwap::from_pointee(certified);
        Ok(Arc::new(Certificates { files, provider, current, names, seen: Mutex::new(content) }))
    }

    /// Returns the names that the certificate is for, which change with it.
    pub fn names(&self) -> Arc<ArcSwap<Vec<String>>> {
        Arc::clone(&self.names)
    }

    /// Accepts connections, each with the certificate that is the current one then.
    ///
    /// # Errors
    /// Fails if the library of TLS refuses its settings.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let mut settings = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Settings)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        settings.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(settings)))
    }

    /// Goes on looking whether the files have changed, for ever: when something happens where they are, and when the process
    /// gets the signal SIGHUP. What cannot be used leaves the certificate in use that was there before.
    pub async fn watch(self: Arc<Self>, metrics: Metrics) {
        // A link is replaced in the folder of the link, a file in its own.
        let mut folders = vec![folder(&self.files.certificate), folder(&self.files.key)];
        folders.dedup();
        let mut watch = Watch::new(&folders);
        let mut hangups = Hangups::new();
        loop {
            let asked = tokio::select! {
                () = watch.time_to_look() => false,
                () = hangups.next() => true,
            };
            // The files are small: reading them takes no thread of its own.
            self.look(asked, &metrics);
        }
    }

    fn look(&self, asked: bool, metrics: &Metrics) {
        let found = content(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked && same(&seen, &found) {
            return;
        }
        let loaded = read(&self.files, &self.provider, &found);
        *seen = found;
        metrics.certificate_broken.set(i64::from(loaded.is_err()));
        match loaded {
            Ok(certified) => {
                self.names.store(Arc::new(names(&certified)));
                self.current.store(Arc::new(certified));
                tracing::info!(file = %self.files.certificate.display(), "the certificate was read anew");
            }
            Err(error) => {
                tracing::error!(%error, "the certificate cannot be read anew: the one before stays in use");
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// Returns the host names that a certificate is for.
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
        // Keys that do not tell their public half are taken at their word.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => Err(TlsError::Mismatch(files.clone())),
        Err(error) => Err(no_certificate(error.to_string())),
    }
}

fn damage(error: &pem::Error) -> String {
    format!("its PEM is damaged: {error}")
}

/// The signals that ask for the files to be read anew.
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
                tracing::warn!(%error, "SIGHUP is not heard");
            }
            Hangups { signals: signals.ok() }
        }
        #[cfg(not(unix))]
        Hangups {}
    }

    /// Waits for one: for ever, where there are none.
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
