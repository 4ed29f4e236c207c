//! The server as a process: its threads, and the signals that stop it.

use crate::configuration::Configuration;
use crate::server::{Server, ServerError};
use crate::service::KEPT_PLACES;
use std::io;
use tokio::runtime::Builder;

/// Stack size of a thread. Documents may have deeply nested expressions, and the compiler recurses into them.
const STACK: usize = 16 << 20;

/// Number of threads for blocking work in addition to one for each request, and maximum number of requests that have one.
const THREADS: usize = 64;
const MOST_THREADS: usize = 1 << 15;

/// Serves until the process is asked to stop, by an interrupt or by SIGTERM.
///
/// # Errors
/// As [`Server::bind`] and [`Server::run`].
pub fn serve(configuration: Configuration) -> Result<(), ServerError> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        // A stream occupies a thread as long as it lasts, and must not deprive other requests of theirs.
        .max_blocking_threads(configuration.limits.requests.min(MOST_THREADS) + KEPT_PLACES + THREADS)
        .thread_stack_size(STACK)
        .thread_name("pmml-server")
        .build()
        .map_err(ServerError::Runtime)?;
    let is_local = configuration.host.is_empty();
    let result = runtime.block_on(async {
        // Signals are handled before the server announces its address.
        let signals = Signals::new().map_err(ServerError::Runtime)?;
        let server = Server::bind(configuration).await?;
        let addresses = server.addresses().map_err(ServerError::Runtime)?;
        for (number, address) in addresses.iter().enumerate() {
            if is_local && number == 0 {
                tracing::info!(
                    %address,
                    "listening only for clients on this machine (`--host 0.0.0.0` opens the server to others)"
                );
            } else {
                tracing::info!(%address, "listening");
            }
        }
        server.run(signals.wait()).await
    });
    // Work that was cut off is not waited for.
    runtime.shutdown_background();
    result
}

/// The signals that stop a server.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn wait(#[cfg_attr(not(unix), expect(unused_mut))] mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
