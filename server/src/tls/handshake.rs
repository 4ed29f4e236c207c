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

/// How long a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long a client that speaks no TLS may go on sending, and how much, so that the answer reaches it.
const LINGERING: Duration = Duration::from_secs(1);
const MOST_LINGERING: u64 = 64 << 10;
/// What a client reads that speaks HTTP where TLS is spoken.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 68\r\n\
    Connection: close\r\n\r\n{\n  \"message\" : \"This port speaks HTTPS: begin the URL with https\"\n}";

/// A connection as it comes.
pub type Stream = Pin<Box<Paced<TcpStream>>>;

/// Why a handshake comes to nothing.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The client takes too long.
    #[error("it takes longer than {} seconds", HANDSHAKE_TIME.as_secs())]
    Time,
    /// The client speaks HTTP.
    #[error("the client speaks HTTP where TLS is spoken")]
    Plain,
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Makes a connection an encrypted one.
///
/// # Errors
/// Fails if the client does not do its part.
pub async fn handshake(acceptor: &TlsAcceptor, stream: Stream) -> Result<TlsStream<Stream>, Refusal> {
    let encrypted = async {
        let mut first = [0];
        if stream.get_ref().peek(&mut first).await? == 0 {
            return Err(Refusal::Failed(ErrorKind::UnexpectedEof.into()));
        }
        // A method's name. No record of TLS begins so.
        if first[0].is_ascii_uppercase() {
            tell(stream).await?;
            return Err(Refusal::Plain);
        }
        Ok(acceptor.accept(stream).await?)
    };
    timeout(HANDSHAKE_TIME, encrypted).await.unwrap_or(Err(Refusal::Time))
}

/// Tells a client what is spoken here.
async fn tell(mut stream: Stream) -> io::Result<()> {
    stream.write_all(PLAIN).await?;
    stream.shutdown().await?;
    // Closing while the client still writes could destroy the answer on its way.
    let _ = timeout(LINGERING, copy(&mut stream.take(MOST_LINGERING), &mut sink())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_http_is_as_long_as_it_says() {
        let text = std::str::from_utf8(PLAIN).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
