//! Encrypted connections: certificates, handshakes, renewal.

use crate::common::{LINE, TestServer, client, error};
use pmml_server::{Configuration, Limits, Server, ServerError, TlsFiles};
use rcgen::{CertificateParams, CertifiedKey, Issuer, KeyPair};
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Two keys, which were made for these tests and have no other use.
const EC_SEC1: &str = include_str!("keys/ec-sec1.pem");
const EC_PKCS8: &str = include_str!("keys/ec-pkcs8.pem");
const RSA_PKCS1: &str = include_str!("keys/rsa-pkcs1.pem");
const RSA_PKCS8: &str = include_str!("keys/rsa-pkcs8.pem");

/// Writes files with a new self-signed certificate for loopback. Returns them with the certificate.
fn write(folder: &Path) -> (TlsFiles, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.join("chain.pem"), key: folder.join("key.pem") };
    fs::write(&files.certificate, cert.pem()).unwrap();
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    (files, cert.pem())
}

fn configuration(files: &TlsFiles) -> Configuration {
    Configuration { tls: Some(files.clone()), ..Configuration::default() }
}

fn metric(server: &TestServer, name: &str) -> Option<f64> {
    let text = server.get("/metrics").send().unwrap().text().unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(40), "the condition does not hold in time");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn models_are_served_encrypted() {
    let folder = TempDir::new().unwrap();
    let (files, root) = write(folder.path());
    let server = TestServer::start_trusted(configuration(&files), Some(&root));
    let deployed = server.deploy("line", LINE);
    assert_eq!(deployed.status(), 201);
    assert_eq!(deployed.headers()["location"], server.url("/model/line"));
    let row = server.evaluate("line", &json!({"arguments": {"x": 2}}));
    assert_eq!(row.json::<serde_json::Value>().unwrap()["results"]["y"], 5.0);
    let table = format!("x\n{}", "1\n".repeat(100_000));
    let results = server.csv("line", table).text().unwrap();
    assert_eq!(results, format!("y\n{}", "3.0\n".repeat(100_000)));
    // Another root is not trusted.
    let stranger = client(Some(&write(TempDir::new().unwrap().path()).1));
    assert!(stranger.get(server.url("/healthz")).send().is_err());
    assert!(metric(&server, "pmml_tls_handshakes_total{outcome=\"succeeded\"}").unwrap() >= 1.0);
    until(|| metric(&server, "pmml_tls_handshakes_total{outcome=\"failed\"}") == Some(1.0));
}

#[test]
fn chains_and_keys_of_every_form() {
    let folder = TempDir::new().unwrap();
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let middle_key = KeyPair::generate().unwrap();
    let mut middle = CertificateParams::new([]).unwrap();
    middle.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let middle_certificate = middle.signed_by(&middle_key, &issuer).unwrap();
    let issuer = Issuer::new(middle, middle_key);
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    // The library that makes certificates reads only PKCS#8.
    for (name, key, same) in
        [("sec1", EC_SEC1, EC_PKCS8), ("pkcs1", RSA_PKCS1, RSA_PKCS8), ("pkcs8", RSA_PKCS8, RSA_PKCS8)]
    {
        let certificate = leaf.signed_by(&KeyPair::from_pem(same).unwrap(), &issuer).unwrap();
        let files = TlsFiles { certificate: folder.path().join(name), key: folder.path().join("key") };
        fs::write(&files.certificate, format!("{}{}", certificate.pem(), middle_certificate.pem())).unwrap();
        fs::write(&files.key, key).unwrap();
        let server = TestServer::start_trusted(configuration(&files), Some(&root_certificate.pem()));
        assert_eq!(server.get("/healthz").send().unwrap().status(), 200, "{name}");
    }
}

#[test]
fn files_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let (good, _) = write(folder.path());
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let certificate = |path| TlsFiles { certificate: path, ..good.clone() };
    let key = |path| TlsFiles { key: path, ..good.clone() };
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (files, file, words) in [
        (certificate(folder.path().join("none")), "none", "cannot be read"),
        (key(folder.path().join("none")), "none", "cannot be read"),
        (certificate(folder.path().to_owned()), "", "cannot be read"),
        (certificate(file("empty", "")), "empty", "no `-----BEGIN CERTIFICATE-----`"),
        (certificate(good.key.clone()), "key.pem", "no `-----BEGIN CERTIFICATE-----`"),
        (certificate(file("broken", broken)), "broken", "its PEM is damaged"),
        (
            certificate(file("nonsense", nonsense)),
            "nonsense",
            "is not a file of certificates: invalid peer certificate",
        ),
        (key(file("text", "no key")), "text", "no `-----BEGIN PRIVATE KEY-----`"),
        (key(file("encrypted", encrypted)), "encrypted", "it has a password"),
        (key(file("no-key", no_key)), "no-key", "is not a file of a key: "),
        (key(file("other", &other)), "other", "is not that of the first certificate in"),
    ] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let configuration = Configuration { port: 0, ..configuration(&files) };
        let error = runtime.block_on(Server::bind(configuration)).unwrap_err();
        assert!(matches!(error, ServerError::Tls(_)), "{error}");
        let message = error.to_string();
        assert!(message.contains(file) && message.contains(words), "{message}");
    }
}

#[test]
fn clients_without_tls_get_a_response() {
    let folder = TempDir::new().unwrap();
    let (files, root) = write(folder.path());
    let server = TestServer::start_trusted(configuration(&files), Some(&root));
    let plain = client(None).get(format!("http://{}/healthz", server.address)).send().unwrap();
    assert_eq!(plain.status(), 400);
    assert!(plain.text().unwrap().contains("speaks HTTPS"));
    let upload = client(None).put(format!("http://{}/x", server.address)).body(vec![0; 1 << 20]).send();
    assert!(upload.is_err() || upload.unwrap().status() == 400);
    let mut nonsense = TcpStream::connect(server.address).unwrap();
    nonsense.write_all(b"\x00\x01\x02\x03 nonsense").unwrap();
    let mut answer = Vec::new();
    let _ = nonsense.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    until(|| metric(&server, "pmml_tls_handshakes_total{outcome=\"failed\"}") >= Some(3.0));
    assert_eq!(error(server.get("/model/none").send().unwrap()).0, 404);
}

#[test]
fn handshakes_that_stall_do_not_block_others() {
    let folder = TempDir::new().unwrap();
    let (files, root) = write(folder.path());
    let limits = Limits { connections: 8, client_share: 100, ..Limits::default() };
    let configuration = Configuration { limits, ..configuration(&files) };
    let server = TestServer::start_trusted(configuration, Some(&root));
    let stalled: Vec<_> = (0..6)
        .map(|number| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            // Some send nothing, some begin a handshake.
            stream.write_all(if number % 2 == 0 { b"" } else { b"\x16\x03\x01\x02\x00" }).unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    assert_eq!(server.get("/healthz").send().unwrap().status(), 200);
    until(|| metric(&server, "pmml_connections") >= Some(7.0));
    assert!(start.elapsed() < Duration::from_secs(5));
    // They are disconnected when their time is over, and their places are free again.
    for mut stream in stalled {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    }
    assert!(start.elapsed() >= Duration::from_secs(9));
    until(|| metric(&server, "pmml_tls_handshakes_total{outcome=\"failed\"}") == Some(6.0));
    until(|| metric(&server, "pmml_connections") == Some(1.0));
}

#[test]
fn a_server_that_stops_does_not_wait_for_handshakes() {
    let folder = TempDir::new().unwrap();
    let (files, root) = write(folder.path());
    let server = TestServer::start_trusted(configuration(&files), Some(&root));
    let _stalled = TcpStream::connect(server.address).unwrap();
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn certificates_are_renewed_while_the_server_runs() {
    let folder = TempDir::new().unwrap();
    let (files, old) = write(folder.path());
    let server = TestServer::start_trusted(configuration(&files), Some(&old));
    // Each client is new, and makes a new connection.
    let trusted = |root: &str| client(Some(root)).get(server.url("/healthz")).send().is_ok();
    assert!(trusted(&old));
    // A file that cannot be used leaves the old certificate in use.
    fs::write(&files.certificate, "no certificate").unwrap();
    until(|| metric(&server, "pmml_tls_certificate_broken") == Some(1.0));
    assert!(trusted(&old));
    let (_, new) = write(folder.path());
    until(|| trusted(&new));
    assert!(!trusted(&old));
    // Connections continue: this client made its connection under the old certificate.
    assert_eq!(metric(&server, "pmml_tls_certificate_broken"), Some(0.0));
}

#[cfg(unix)]
#[test]
fn links_are_replaced() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let version = |name: &str| {
        fs::create_dir(folder.join(name)).unwrap();
        write(&folder.join(name)).1
    };
    let (old, new) = (version("1"), version("2"));
    symlink("1", folder.join("current")).unwrap();
    let files = TlsFiles { certificate: folder.join("chain.pem"), key: folder.join("key.pem") };
    symlink("current/chain.pem", &files.certificate).unwrap();
    symlink("current/key.pem", &files.key).unwrap();
    let server = TestServer::start_trusted(configuration(&files), Some(&old));
    symlink("2", folder.join("next")).unwrap();
    fs::rename(folder.join("next"), folder.join("current")).unwrap();
    until(|| client(Some(&new)).get(server.url("/healthz")).send().is_ok());
}
