//! The console: the page and its files. Its behaviour in a browser is tested by `tests/console.py`.

use crate::common::TestServer;
use pmml_server::{AccessRules, Configuration, Token};

#[test]
fn the_page_names_only_files_that_the_server_has() {
    let server = TestServer::new();
    let response = server.get("/console").send().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = response.text().unwrap();
    assert!(page.contains(r#"<meta name="api" content="./openscoring/">"#), "{page}");

    let mut files = vec!["console.css".to_owned(), "console.js".to_owned()];
    assert!(files.iter().all(|file| page.contains(&format!("\"console/{file}\""))), "{page}");
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
        let response = server.get(&format!("/console/{file}")).send().unwrap();
        assert_eq!(response.status(), 200, "{file}");
        let kind =
            if file.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
        assert_eq!(response.headers()["content-type"], kind, "{file}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{file}");
        for line in response.text().unwrap().lines().filter(|line| line.starts_with("import ")) {
            let import =
                line.split("\"./").nth(1).and_then(|rest| rest.split('"').next()).expect(line).to_owned();
            if !files.contains(&import) {
                files.push(import);
            }
        }
        next += 1;
    }
    assert!(files.len() > 10, "{files:?}");
}

#[test]
fn there_are_no_other_files() {
    let server = TestServer::new();
    for path in ["/console/", "/console/index.html", "/console/..%2fCargo.toml", "/console/x.js"] {
        assert_eq!(server.get(path).send().unwrap().status(), 404, "{path}");
    }
    assert_eq!(server.post("/console").send().unwrap().status(), 405);
}

#[test]
fn the_path_of_the_api_is_escaped() {
    for (path, written) in [
        ("", "./"),
        ("/a/b/", "./a/b/"),
        ("/\"><b>&", "./&quot;&gt;&lt;b&gt;&amp;/"),
        ("/console", "./console/"),
    ] {
        let configuration = Configuration { application_path: path.to_owned(), ..Configuration::default() };
        let server = TestServer::start(configuration);
        let page = server.get("/console").send().unwrap().text().unwrap();
        assert!(page.contains(&format!(r#"<meta name="api" content="{written}">"#)), "{page}");
    }
}

#[test]
fn the_page_needs_no_token() {
    let access = AccessRules { user_token: Token::new("secret").ok(), ..AccessRules::default() };
    let server = TestServer::start(Configuration { access, ..Configuration::default() });
    assert_eq!(server.get("/console").send().unwrap().status(), 200);
    assert_eq!(server.get("/console/console.js").send().unwrap().status(), 200);
}
