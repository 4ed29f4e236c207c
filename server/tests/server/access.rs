//! Access rules: names, origins, proxies, tokens, and the addresses that a server listens on.

use crate::common::{LINE, TestServer, error, send, status};
use pmml_server::{AccessRules, Configuration, Limits, Server, Token, TokenError};
use serde_json::{Value, json};

fn start(access: AccessRules) -> TestServer {
    TestServer::start(Configuration { access, ..Configuration::default() })
}

#[test]
fn requests_name_their_host_once() {
    let server = TestServer::new();
    let of = |head: &str| status(&mut send(&server, format!("GET /healthz {head}\r\n\r\n").as_bytes()));
    assert_eq!(of("HTTP/1.1\r\nhost: localhost"), Some(200));
    assert_eq!(of("HTTP/1.1"), Some(400));
    assert_eq!(of("HTTP/1.1\r\nhost: localhost\r\nhost: localhost"), Some(400));
    assert_eq!(of("HTTP/1.1\r\nhost: a/b c"), Some(400));
    let mut old = send(&server, b"GET /healthz HTTP/1.0\r\n\r\n");
    let mut line = [0; 12];
    std::io::Read::read_exact(&mut old, &mut line).unwrap();
    assert!(line.ends_with(b"200"), "{line:?}");
}

#[test]
fn rebound_names_have_no_local_rights() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let host = "attacker.example:8080";
    let put = server.put("/model/line").header("host", host).body(LINE);
    let (status, message) = error(put.send().unwrap());
    assert_eq!((status, message.contains("--allowed-hosts")), (403, true), "{message}");
    for path in ["/model/line/pmml", "/model/line", "/model"] {
        assert_eq!(error(server.get(path).header("host", host).send().unwrap()).0, 403, "{path}");
    }
    let post = || server.post("/model/line").header("host", host).json(&json!({"arguments": {"x": 1}}));
    assert_eq!(error(post().header("origin", format!("http://{host}")).send().unwrap()).0, 403);
    // A program may score under any name.
    assert_eq!(post().send().unwrap().status(), 200);
    let allowed = start(AccessRules { allowed_hosts: vec!["attacker.example".into()], ..Default::default() });
    let put = allowed.put("/model/line").header("host", host).body(LINE);
    assert_eq!(put.send().unwrap().status(), 201);
}

#[test]
fn pages_of_other_origins_are_rejected_unless_they_are_allowed() {
    let origin = "https://good.example";
    let server = start(AccessRules { allowed_origins: vec![origin.into()], ..Default::default() });
    server.deploy("line", LINE);
    let post = |name: &str, value: &str| {
        let request = server.post("/model/line").header(name, value);
        request.json(&json!({"arguments": {"x": 1}})).send().unwrap()
    };
    for (name, value) in
        [("origin", "https://bad.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let (status, message) = error(post(name, value));
        assert_eq!((status, message.contains("another origin")), (403, true), "{value}: {message}");
    }
    let allowed = post("origin", origin);
    assert_eq!(allowed.headers()["access-control-allow-origin"], origin);
    assert_eq!(allowed.status(), 200);
    let own = format!("http://{}", server.address);
    assert_eq!(post("origin", &own).status(), 200);
    let preflight = |origin: &str| {
        let request = server.client.request(reqwest::Method::OPTIONS, server.url("/model/line"));
        let request = request.header("origin", origin).header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "content-type").send().unwrap()
    };
    assert_eq!(preflight(origin).headers()["access-control-allow-origin"], origin);
    assert!(!preflight("https://bad.example").headers().contains_key("access-control-allow-origin"));
    // Without allowed origins there are no CORS headers.
    let server = TestServer::new();
    let health = server.get("/healthz").header("origin", origin).send().unwrap();
    assert!(!health.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn metrics_require_a_token_if_there_are_tokens() {
    let tokens = AccessRules {
        admin_token: Token::new("admin").ok(),
        user_token: Token::new("user").ok(),
        ..AccessRules::default()
    };
    let server = start(tokens.clone());
    let get = |path: &str, token: &str| {
        let request = server.get(path);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        request.send().unwrap()
    };
    assert_eq!(error(get("/metrics", "")).0, 403);
    assert_eq!(get("/readyz", "").json::<Value>().unwrap(), json!({"status": "ready"}));
    for token in ["user", "admin"] {
        assert_eq!(get("/metrics", token).status(), 200);
        assert_eq!(get("/readyz", token).json::<Value>().unwrap(), json!({"status": "ready", "models": 0}));
    }
    for open in ["/healthz", "/console", "/console/console.js", "/openapi.json"] {
        assert_eq!(get(open, "").status(), 200, "{open}");
    }
    let open = start(AccessRules { open_metrics: true, ..tokens });
    assert_eq!(open.get("/metrics").send().unwrap().status(), 200);
    assert_eq!(open.get("/readyz").send().unwrap().json::<Value>().unwrap()["models"], 0);
    assert_eq!(error(open.get("/model").send().unwrap()).0, 403);
}

#[test]
fn wrong_tokens_are_rejected_immediately_and_limited() {
    let access = AccessRules { admin_token: Token::new("admin").ok(), ..AccessRules::default() };
    // There are no places, so that tokens are checked before a place is taken.
    let limits = Limits { requests: 0, ..Limits::default() };
    let server = TestServer::start(Configuration { access, limits, ..Configuration::default() });
    let status = |token: &str| {
        let response = server.get("/model").bearer_auth(token).send().unwrap();
        let retry_after = response.headers().contains_key("retry-after");
        (error(response).0, retry_after)
    };
    assert_eq!(status("admin"), (503, true));
    // The response does not wait for the body.
    let head = "PUT /openscoring/model/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer no\r\ncontent-length: 9\r\n\r\n";
    assert_eq!(crate::common::status(&mut send(&server, head.as_bytes())), Some(403));
    let answers: Vec<_> = (0..30).map(|_| status("wrong")).collect();
    assert!(answers.contains(&(403, false)) && answers.contains(&(429, true)), "{answers:?}");
    // Clients that have sent the right token before are not affected.
    assert_eq!(status("admin"), (503, true));
    assert_eq!(Token::new("").unwrap_err(), TokenError::Empty);
}

#[test]
fn by_default_only_this_machine_reaches_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::bind(Configuration { port: 0, ..Configuration::default() }));
    let addresses = server.unwrap().addresses().unwrap();
    assert!(addresses.iter().all(|address| address.ip().is_loopback()), "{addresses:?}");
    assert!(addresses.iter().all(|address| address.port() == addresses[0].port()), "{addresses:?}");
    let has_version_6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    assert_eq!(addresses.len(), 1 + usize::from(has_version_6));
}

#[test]
fn values_in_messages_are_short_and_legible() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let long = "\u{1b}[2J\u{202e}".to_owned() + &"x".repeat(1 << 20);
    let row = json!({"arguments": {"x": long}});
    let (status, message) = error(server.evaluate("line", &row));
    assert!(status == 400 && message.len() < 500, "{}", message.len());
    assert!(message.contains("\\u{1b}[2J\\u{202e}xxx") && message.contains("x…`"), "{message}");
    let batch = server.post("/model/line/batch").json(&json!({"requests": [row]})).send().unwrap();
    assert!(batch.text().unwrap().len() < 600);
    let member = json!({ &*long: 1 });
    let (_, message) = error(server.evaluate("line", &member));
    assert!(message.len() < 500 && !message.contains('\u{1b}'), "{message}");
    let csv = server.csv("line", format!("x\n\"{long}\"\n"));
    assert!(error(csv).1.len() < 500);
    let document = LINE.replace("coefficient=\"2\"", &format!("coefficient=\"{}\"", "y".repeat(1 << 20)));
    assert!(error(server.deploy("bad", &document)).1.len() < 4500);
}
