//! A real server on loopback, and clients for it.

use pmml_server::{Configuration, Server};
use reqwest::Certificate;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_rustls::rustls::crypto::ring;

/// A tree for flowers, in the form that R exports.
pub const TREE: &str = include_str!("tree.pmml");
/// A line, `y = 1 + 2 x`, with `x` from 0 to 10.
pub const LINE: &str = include_str!("line.pmml");
/// Association rules for baskets, whose rows are grouped.
pub const BASKETS: &str = include_str!("baskets.pmml");

/// A server that runs until it is dropped.
pub struct TestServer {
    pub address: SocketAddr,
    pub client: Client,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    pub fn new() -> Self {
        Self::start(Configuration::default())
    }

    /// Starts a server on a free port and waits until it is ready.
    pub fn start(configuration: Configuration) -> Self {
        Self::start_trusted(configuration, None)
    }

    /// Starts a server whose clients trust a certificate.
    pub fn start_trusted(configuration: Configuration, root: Option<&str>) -> Self {
        let scheme = if configuration.tls.is_some() { "https" } else { "http" };
        let configuration = Configuration { host: "127.0.0.1".to_owned(), port: 0, ..configuration };
        let (stop, stopped) = oneshot::channel();
        let (address_sender, addresses) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(configuration).await.unwrap();
                address_sender.send(server.addresses().unwrap()[0]).unwrap();
                server.run(async { _ = stopped.await }).await.unwrap();
            });
        });
        let address = addresses.recv().unwrap();
        let server =
            TestServer { address, client: client(root), scheme, stop: Some(stop), thread: Some(thread) };
        while server.get("/readyz").send().unwrap().status() != 200 {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        server
    }

    pub fn url(&self, path: &str) -> String {
        let path = if path.starts_with("/model") { format!("/openscoring{path}") } else { path.to_owned() };
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.client.put(self.url(path))
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(self.url(path))
    }

    pub fn deploy(&self, id: &str, document: &str) -> Response {
        self.put(&format!("/model/{id}"))
            .header("content-type", "application/xml")
            .body(document.to_owned())
            .send()
            .unwrap()
    }

    pub fn evaluate(&self, id: &str, body: &Value) -> Response {
        self.post(&format!("/model/{id}")).json(body).send().unwrap()
    }

    pub fn csv(&self, id: &str, body: impl Into<reqwest::blocking::Body>) -> Response {
        self.post(&format!("/model/{id}/csv")).header("content-type", "text/plain").body(body).send().unwrap()
    }
}

/// Returns a client that trusts only a given certificate.
pub fn client(root: Option<&str>) -> Client {
    // This fails if the same provider is already installed.
    let _ = ring::default_provider().install_default();
    let roots = root.map(|root| Certificate::from_pem(root.as_bytes()).unwrap());
    Client::builder().no_gzip().no_deflate().tls_certs_only(roots).build().unwrap()
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()), "the server has panicked");
        }
    }
}

/// Returns the value of a metric without labels.
pub fn metric(server: &TestServer, name: &str) -> f64 {
    let text = server.get("/metrics").send().unwrap().text().unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.parse().unwrap()
}

/// Waits until a condition holds.
#[track_caller]
pub fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "the condition does not hold in time");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Connects to a server and sends some bytes.
pub fn send(server: &TestServer, text: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // The server may close the connection before the end.
    let _ = stream.write_all(text);
    stream
}

/// Reads the status of a response.
pub fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut line = [0; 12];
    stream.read_exact(&mut line).ok()?;
    std::str::from_utf8(&line).unwrap().strip_prefix("HTTP/1.1 ").unwrap().parse().ok()
}

/// Returns the status and the message of an error.
pub fn error(response: Response) -> (u16, String) {
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(response.headers()["x-application"].to_str().unwrap().starts_with("Openscoring/2."));
    let status = response.status().as_u16();
    let body: Value = response.json().unwrap();
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["message"]);
    (status, body["message"].as_str().unwrap().to_owned())
}
