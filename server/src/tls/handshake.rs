//! The handshake of a connection.

use crate::paced::Paced;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Maximum time of a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Maximum time, and number of bytes, that a client without TLS may continue to send, so that it receives the response.
const LINGERING: Duration = Duration::from_secs(1);
const MOST_LINGERING: u64 = 64 << 10;
/// The response to a client that uses HTTP instead of HTTPS.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 68\r\n\
    Connection: close\r\n\r\n{\n  \"message\" : \"This port speaks HTTPS: begin the URL with https\"\n}";

/// A connection before the handshake.
pub type Stream = Pin<Box<Paced<TcpStream>>>;

/// Why a handshake failed.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The client takes too long.
    #[error("it takes longer than {} seconds", HANDSHAKE_TIME.as_secs())]
    Time,
    /// The client uses HTTP.
    #[error("the client uses HTTP instead of HTTPS")]
    Plain,
    /// Any other error.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Makes a connection encrypted.
///
/// # Errors
/// Fails if the client takes too long, does not use TLS, or breaks the protocol.
pub async fn handshake(acceptor: &TlsAcceptor, stream: Stream) -> Result<TlsStream<Stream>, Refusal> {
    let encrypted = async {
        let mut first = [0];
        if stream.get_ref().peek(&mut first).await? == 0 {
            return Err(Refusal::Failed(ErrorKind::UnexpectedEof.into()));
        }
        // The beginning of an HTTP method. No TLS record begins with a letter.
        if first[0].is_ascii_uppercase() {
            respond_plain(stream).await?;
            return Err(Refusal::Plain);
        }
        Ok(acceptor.accept(stream).await?)
    };
    timeout(HANDSHAKE_TIME, encrypted).await.unwrap_or(Err(Refusal::Time))
}

/// Sends a client that uses HTTP the response [`PLAIN`].
async fn respond_plain(mut stream: Stream) -> io::Result<()> {
    stream.write_all(PLAIN).await?;
    stream.shutdown().await?;
    // If the connection is closed while the client still writes, the response may be lost.
    let _ = timeout(LINGERING, copy(&mut stream.take(MOST_LINGERING), &mut sink())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_length_of_the_plain_response_is_correct() {
        let text = std::str::from_utf8(PLAIN).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
