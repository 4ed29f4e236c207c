//! Models: deploying, listing, describing, downloading, undeploying.

use crate::common::{BASKETS, LINE, TREE, TestServer, error, send};
use pmml_server::{AccessRules, Configuration, Limits, Token};
use serde_json::Value;
use std::io::Read;

#[test]
fn models_are_deployed_and_undeployed() {
    let server = TestServer::new();
    let response = server.get("/model").send().unwrap();
    assert_eq!(response.headers()["x-application"], "Openscoring/2.1.1");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.text().unwrap(), "{ }");

    let response = server.deploy("Flowers", TREE);
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], server.url("/model/Flowers"));
    let deployed: Value = response.json().unwrap();
    assert_eq!(deployed["id"], "Flowers");
    assert_eq!(deployed["miningFunction"], "classification");
    assert_eq!(deployed["summary"], "Tree model");

    let again = server.deploy("Flowers", TREE);
    assert_eq!(again.status(), 200);
    assert!(!again.headers().contains_key("location"));

    server.deploy("anything", LINE);
    server.deploy("Zoo", LINE);
    let list: Value = server.get("/model").send().unwrap().json().unwrap();
    let ids: Vec<_> = list["responses"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["anything", "Flowers", "Zoo"]);
    assert!(list["responses"][0].get("schema").is_none());

    let response = server.delete("/model/Flowers").send().unwrap();
    assert_eq!((response.status().as_u16(), response.text().unwrap()), (200, "{ }".to_owned()));
    assert_eq!(error(server.get("/model/Flowers").send().unwrap()).0, 404);
    assert_eq!(error(server.delete("/model/Flowers").send().unwrap()).0, 404);
}

#[test]
fn the_description_of_a_model_has_the_expected_layout() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let text = server.get("/model/tree").send().unwrap().text().unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let created = lines.iter().position(|line| line.contains("created.timestamp")).unwrap();
    let time = lines.remove(created).split('"').nth(3).unwrap();
    assert!(time.len() == "2015-03-17T12:41:35.933+00:00".len() && time.ends_with("+00:00"), "{time}");
    let checksum = lines.iter().position(|line| line.contains("file.checksum")).unwrap();
    assert_eq!(lines.remove(checksum).split('"').nth(3).unwrap().len(), 64);
    let expected = format!(
        r#"{{
  "id" : "tree",
  "miningFunction" : "classification",
  "summary" : "Tree model",
  "properties" : {{
    "accessed.timestamp" : null,
    "file.size" : {},
    "model.version" : "7",
    "deployed.version" : 1,
    "deployed.from" : "client"
  }},
  "schema" : {{
    "inputFields" : [ {{
      "id" : "length",
      "name" : "Petal length",
      "dataType" : "double",
      "opType" : "continuous",
      "values" : [ "[1.0, 6.9]" ]
    }}, {{
      "id" : "width",
      "dataType" : "double",
      "opType" : "continuous"
    }} ],
    "targetFields" : [ {{
      "id" : "species",
      "dataType" : "string",
      "opType" : "categorical",
      "values" : [ "setosa", "versicolor", "virginica" ]
    }} ],
    "outputFields" : [ {{
      "id" : "probability(setosa)",
      "dataType" : "double",
      "opType" : "continuous"
    }}, {{
      "id" : "probability(versicolor)",
      "dataType" : "double",
      "opType" : "continuous"
    }}, {{
      "id" : "node",
      "dataType" : "string",
      "opType" : "categorical"
    }} ]
  }}
}}"#,
        TREE.len()
    );
    assert_eq!(lines.join("\n"), expected);

    server.deploy("baskets", BASKETS);
    let baskets: Value = server.get("/model/baskets").send().unwrap().json().unwrap();
    assert_eq!(baskets["schema"]["groupFields"][0]["id"], "basket");
    assert_eq!(baskets["schema"]["groupFields"][0]["dataType"], "string");
    assert!(baskets["schema"].get("targetFields").is_none());
}

#[test]
fn evaluation_and_download_are_accesses_and_description_is_not() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let accessed = || {
        let model: Value = server.get("/model/line").send().unwrap().json().unwrap();
        model["properties"]["accessed.timestamp"].clone()
    };
    assert!(accessed().is_null());
    assert!(accessed().is_null());
    let response = server.get("/model/line/pmml").send().unwrap();
    assert_eq!(response.headers()["content-type"], "application/xml;charset=UTF-8");
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=model.pmml.xml");
    assert_eq!(response.text().unwrap(), LINE);
    assert!(accessed().is_string());
}

#[test]
fn one_of_several_models_is_chosen() {
    let server = TestServer::new();
    let put = |query: &str| {
        server
            .put(&format!("/model/line{query}"))
            .header("content-type", "text/xml")
            .body(LINE)
            .send()
            .unwrap()
    };
    let score = || {
        let response = server.evaluate("line", &serde_json::json!({"arguments": {"x": 1}}));
        response.json::<Value>().unwrap()["results"]["y"].as_f64()
    };
    assert_eq!(put("?modelName=steep").status(), 201);
    assert_eq!(score(), Some(201.0));
    assert_eq!(put("").status(), 200);
    assert_eq!(score(), Some(3.0));
    let (status, message) = error(put("?modelName=flat"));
    assert_eq!(status, 400);
    assert!(message.contains("no model of the name `flat`"), "{message}");
    assert_eq!(score(), Some(3.0));
}

#[test]
fn documents_come_in_parts_and_compressed() {
    use std::io::Write;
    let server = TestServer::new();
    let form = reqwest::blocking::multipart::Form::new()
        .text("comment", "hello")
        .part("pmml", reqwest::blocking::multipart::Part::text(LINE).file_name("line.pmml"));
    assert_eq!(server.put("/model/parts").multipart(form).send().unwrap().status(), 201);
    let form = reqwest::blocking::multipart::Form::new().text("xml", LINE);
    let (status, message) = error(server.put("/model/parts").multipart(form).send().unwrap());
    assert_eq!((status, message.contains("no part named `pmml`")), (400, true));

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(LINE.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(LINE.as_bytes()).unwrap();
    let deflate = deflate.finish().unwrap();
    for (encoding, body) in [("gzip", &gzip), ("deflate", &deflate)] {
        let request = server.put(&format!("/model/{encoding}")).header("content-encoding", encoding);
        let response = request.body(body.clone()).send().unwrap();
        assert_eq!(response.status(), 201, "{encoding}");
        let model: Value = response.json().unwrap();
        // Size and checksum are those of the document.
        assert_eq!(model["properties"]["file.size"], LINE.len());
    }
    // As `curl -T model.pmml.gz` does.
    assert_eq!(server.put("/model/file").body(gzip.clone()).send().unwrap().status(), 201);
    let damaged = server.put("/model/damaged").header("content-encoding", "gzip").body(gzip[..99].to_vec());
    assert_eq!(error(damaged.send().unwrap()).0, 400);
    let unknown = server.put("/model/unknown").header("content-encoding", "br").body("x");
    assert_eq!(error(unknown.send().unwrap()).0, 415);
}

#[test]
fn a_post_can_override_its_method() {
    let server = TestServer::new();
    let post = |path: &str| server.post(path).header("content-type", "application/xml").body(LINE);
    let response = post("/model/a").header("X-HTTP-Method-Override", "PUT").send().unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(post("/model/b?_method=PUT").send().unwrap().status(), 201);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("x-http-method-override", "DELETE")];
    let request =
        form.iter().fold(server.post("/model/a"), |request, (name, value)| request.header(*name, *value));
    assert_eq!(request.send().unwrap().status(), 200);
    assert_eq!(server.post("/model/b?_method=DELETE").send().unwrap().status(), 200);
    assert_eq!(error(server.post("/model/b?_method=TRACE").send().unwrap()).0, 400);
    assert_eq!(server.get("/model").send().unwrap().text().unwrap(), "{ }");
}

#[test]
fn rejected_documents_leave_the_old_model() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let rejected = |document: &str| {
        let (status, message) = error(server.deploy("line", document));
        assert_eq!(status, 400);
        message
    };
    assert!(rejected("").contains("empty"));
    assert!(rejected("<PMML").starts_with("Model \"line\": line 1"));
    assert!(rejected("<html/>").contains("not a PMML document"));
    assert!(
        rejected(&LINE.replace("name=\"x\" coefficient=\"2\"", "name=\"z\" coefficient=\"2\""))
            .contains("`z`")
    );
    let verified = |expected: &str| {
        let verification = format!(
            "<ModelVerification recordCount=\"1\"><VerificationFields><VerificationField field=\"x\"/>\
             <VerificationField field=\"y\"/></VerificationFields><InlineTable><row><x>1</x><y>{expected}</y></row>\
             </InlineTable></ModelVerification></RegressionModel>"
        );
        LINE.replacen("</RegressionModel>", &verification, 1)
    };
    assert!(rejected(&verified("4")).contains("ModelVerification"));
    assert_eq!(server.deploy("line", &verified("3")).status(), 200);
    assert_eq!(server.evaluate("line", &serde_json::json!({"arguments": {"x": 1}})).status(), 200);
}

#[test]
fn unknown_paths_methods_and_types() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    for path in [
        "/model/-line",
        "/model/.",
        "/model/a%20b",
        "/model/a%2Fb",
        "/model/%FF",
        "/models",
        "/",
        "/openscoring",
    ] {
        let (status, _) = error(server.get(path).send().unwrap());
        assert_eq!(status, 404, "{path}");
    }
    assert_eq!(error(server.deploy(&"x".repeat(201), LINE)).0, 404);
    assert_eq!(server.deploy("com.mycompany.Test_v1.0", LINE).status(), 201);
    let response = server.post("/model").send().unwrap();
    assert!(response.headers()["allow"].to_str().unwrap().contains("GET"));
    assert_eq!(error(response).0, 405);
    assert_eq!(error(server.put("/model/line/csv").send().unwrap()).0, 405);
    let put = server.put("/model/line").header("content-type", "application/json").body(LINE);
    assert_eq!(error(put.send().unwrap()).0, 415);
    let post = server.post("/model/line").header("content-type", "text/plain").body("{}");
    assert_eq!(error(post.send().unwrap()).0, 415);
    let get = server.get("/model/line").header("accept", "text/html");
    assert_eq!(error(get.send().unwrap()).0, 406);
    assert_eq!(server.client.head(server.url("/model/line")).send().unwrap().status(), 200);
}

#[test]
fn tokens_give_roles() {
    let tokens = AccessRules {
        user_token: Token::new("user").ok(),
        admin_token: Token::new("admin").ok(),
        ..AccessRules::default()
    };
    let server = TestServer::start(Configuration { access: tokens, ..Configuration::default() });
    let status = |request: reqwest::blocking::RequestBuilder, token: &str| {
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        request.send().unwrap().status().as_u16()
    };
    let put = || server.put("/model/line").header("content-type", "application/xml").body(LINE);
    let post = || server.post("/model/line").json(&serde_json::json!({"arguments": {"x": 1}}));
    assert_eq!(status(put(), "user"), 403);
    assert_eq!(status(put(), "admin"), 201);
    assert_eq!(status(put().header("cookie", "token=admin"), ""), 200);
    for (token, expected) in [("", 403), ("nobody", 403), ("user", 200), ("admin", 200)] {
        assert_eq!(status(server.get("/model"), token), expected);
        assert_eq!(status(server.get("/model/line"), token), expected);
        assert_eq!(status(post(), token), expected);
    }
    assert_eq!(status(server.get("/model/line/pmml"), "user"), 403);
    assert_eq!(status(server.get("/model/line/pmml"), "admin"), 200);
    assert_eq!(status(server.delete("/model/line"), "user"), 403);
    let (code, message) = error(server.delete("/model/line").send().unwrap());
    assert_eq!(code, 403);
    assert!(message.contains("administrators' token"), "{message}");
    assert_eq!(status(server.get("/healthz"), ""), 200);
}

#[test]
fn only_local_clients_are_administrators_by_default() {
    let server = TestServer::new();
    let request = server.put("/model/line").header("x-forwarded-for", "203.0.113.9").body(LINE);
    let (status, message) = error(request.send().unwrap());
    assert_eq!(status, 403);
    assert!(message.contains("on the server's own machine"), "{message}");
    let request = server.put("/model/line").header("origin", "http://example.com").body(LINE);
    assert_eq!(error(request.send().unwrap()).0, 403);
}

#[test]
fn a_read_only_server_changes_nothing() {
    let server = TestServer::start(Configuration { read_only: true, ..Configuration::default() });
    let (status, message) = error(server.deploy("line", LINE));
    assert_eq!((status, message.contains("read-only")), (403, true));
    assert_eq!(error(server.delete("/model/line").send().unwrap()).0, 403);
    assert_eq!(error(server.post("/model/line/rollback").send().unwrap()).0, 403);
}

#[test]
fn documents_that_are_too_large() {
    let limits = Limits { document_bytes: 2000, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    assert_eq!(server.deploy("line", LINE).status(), 201);
    assert_eq!(error(server.deploy("tree", TREE)).0, 413);
    // A body without a length, and one that grows when it is decompressed.
    let body = reqwest::blocking::Body::new(std::io::Cursor::new(vec![b' '; 3000]));
    assert_eq!(error(server.put("/model/line").body(body).send().unwrap()).0, 413);
    for declared in [true, false] {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut gzip, &vec![b' '; 1 << 20]).unwrap();
        let gzip = gzip.finish().unwrap();
        assert!(gzip.len() < 2000);
        let request = server.put("/model/line").body(gzip);
        let request = if declared { request.header("content-encoding", "gzip") } else { request };
        assert_eq!(error(request.send().unwrap()).0, 413);
    }
    let form = reqwest::blocking::multipart::Form::new().text("pmml", " ".repeat(2 << 20));
    assert_eq!(error(server.put("/model/line").multipart(form).send().unwrap()).0, 413);
}

#[test]
fn versions_and_rollbacks() {
    let server = TestServer::start(Configuration { keep_versions: 2, ..Configuration::default() });
    let line = |slope: u32| LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1);
    let score = || {
        let response = server.evaluate("line", &serde_json::json!({"arguments": {"x": 1}}));
        response.json::<Value>().unwrap()["results"]["y"].as_f64().unwrap()
    };
    let versions = || -> Vec<u64> {
        let versions: Value = server.get("/model/line/versions").send().unwrap().json().unwrap();
        let versions = versions["versions"].as_array().unwrap();
        versions.iter().map(|version| version["deployed.version"].as_u64().unwrap()).collect()
    };
    server.deploy("line", &line(1));
    let (status, message) = error(server.post("/model/line/rollback").send().unwrap());
    assert_eq!((status, message.contains("no version before")), (409, true));
    (2..=4).for_each(|slope| assert_eq!(server.deploy("line", &line(slope)).status(), 200));
    assert_eq!(versions(), [4, 3, 2]);
    let back: Value = server.post("/model/line/rollback").send().unwrap().json().unwrap();
    assert_eq!(back["properties"]["deployed.version"], 3);
    assert_eq!((score(), versions()), (4.0, vec![3, 4, 2]));
    assert_eq!(server.post("/model/line/rollback?version=4").send().unwrap().status(), 200);
    assert_eq!((score(), versions()), (5.0, vec![4, 3, 2]));
    assert_eq!(error(server.post("/model/line/rollback?version=1").send().unwrap()).0, 404);
    assert_eq!(error(server.post("/model/line/rollback?version=x").send().unwrap()).0, 400);
    server.post("/model/line/rollback?version=2").send().unwrap();
    server.deploy("line", &line(9));
    assert_eq!(versions(), [5, 4, 3]);
}

/// A document without a model.
const TRANSFORMATIONS: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
<TransformationDictionary>
  <DerivedField name="half" optype="continuous" dataType="double">
    <Apply function="/"><FieldRef field="x"/><Constant>2</Constant></Apply>
  </DerivedField>
  <DerivedField name="max(x, 1)" optype="continuous" dataType="double">
    <Apply function="max"><FieldRef field="x"/><Constant>1</Constant></Apply>
  </DerivedField>
</TransformationDictionary></PMML>"#;

#[test]
fn a_deployment_selects_results() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let start =
        || TestServer::start(Configuration { store: Some(store.clone()), ..Configuration::default() });
    let server = start();
    let put = |query: &[(&str, &str)]| {
        let request = server.put("/model/derived").query(query).header("content-type", "text/xml");
        request.body(TRANSFORMATIONS).send().unwrap()
    };
    let evaluate = |server: &TestServer| {
        let response = server.evaluate("derived", &serde_json::json!({"arguments": {"x": 3}}));
        response.json::<Value>().unwrap()["results"].clone()
    };
    // The results of a document without a model are its derived fields.
    let response = put(&[]);
    assert_eq!(response.status(), 201);
    let model: Value = response.json().unwrap();
    assert_eq!((&model["miningFunction"], &model["summary"]), (&"".into(), &"Transformations".into()));
    assert!(model["schema"].get("targetFields").is_none(), "{model}");
    assert_eq!(model["schema"]["outputFields"][1]["id"], "max(x, 1)");
    assert_eq!(evaluate(&server), serde_json::json!({"half": 1.5, "max(x, 1)": 3.0}));

    let response = put(&[("outputs", "\"max(x, 1)\"")]);
    assert_eq!(response.status(), 200);
    let model: Value = response.json().unwrap();
    assert_eq!(model["properties"]["deployed.outputs"], serde_json::json!(["max(x, 1)"]));
    assert_eq!(evaluate(&server), serde_json::json!({"max(x, 1)": 3.0}));
    for (outputs, words) in [
        ("halv", "Model \"derived\": there is no result `halv` (did you mean `half`?)"),
        ("half,", "a name is empty"),
        ("\"half", "quotation marks"),
    ] {
        let (status, message) = error(put(&[("outputs", outputs)]));
        assert_eq!((status, message.contains(words)), (400, true), "{message}");
    }
    drop(server);
    let server = start();
    assert_eq!(evaluate(&server), serde_json::json!({"max(x, 1)": 3.0}));
    assert_eq!(server.post("/model/derived/rollback").send().unwrap().status(), 200);
    assert_eq!(evaluate(&server), serde_json::json!({"half": 1.5, "max(x, 1)": 3.0}));
}

#[test]
fn responses_without_a_coding_have_the_same_headers_as_those_that_refuse_one() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let headers = |path: &str, coding: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{coding}\r\n");
        let mut response = String::new();
        send(&server, head.as_bytes()).read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> =
            head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned).collect();
        lines.sort();
        (lines, body.to_owned())
    };
    for (path, varies) in
        [("/openscoring/model/tree", true), ("/healthz", false), ("/openscoring/model/none", true)]
    {
        let plain = headers(path, "");
        assert_eq!(plain, headers(path, "Accept-Encoding: identity\r\n"), "{path}");
        let has_vary = plain.0.iter().any(|line| line == "vary: accept-encoding");
        assert_eq!(has_vary, varies, "{path}: {plain:?}");
    }
}
