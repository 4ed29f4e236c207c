//! Tables: dialects, charsets, ids, errors.

use crate::common::{BASKETS, LINE, TREE, TestServer, error};
use reqwest::blocking::multipart::{Form, Part};

#[test]
fn a_table() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let response = server.csv("tree", "length,width\n1.4,0.2\n5.1,1.5\n");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain;charset=UTF-8");
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=results.csv");
    let expected = "species,probability(setosa),probability(versicolor),node\n\
                    setosa,1.0,0.0,2\nversicolor,0.0,0.9074074074074074,3\n";
    assert_eq!(response.text().unwrap(), expected);
}

#[test]
fn dialects() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let post = |query: &[(&str, &str)], body: &str| {
        let request = server.post("/model/line/csv").query(query).header("content-type", "text/csv");
        request.body(body.to_owned()).send().unwrap()
    };
    let text = |query: &[(&str, &str)], body: &str| {
        let response = post(query, body);
        assert_eq!(response.status(), 200, "{query:?} {body:?}");
        response.text().unwrap()
    };
    assert_eq!(text(&[], "Id;x\na;1\n\"b;c\";2\n"), "Id;y\na;3.0\n\"b;c\";5.0\n");
    assert_eq!(text(&[], "ID\tx\na\t1\n"), "ID\ty\na\t3.0\n");
    assert_eq!(text(&[("delimiterChar", "\t"), ("quoteChar", "\"")], "id\tx\n1\t2\n"), "id\ty\n1\t5.0\n");
    assert_eq!(text(&[("delimiterChar", "\\t")], "x\n1\n"), "y\n3.0\n");
    assert_eq!(text(&[("delimiterChar", "|"), ("quoteChar", "\\'")], "id|x\n'a|b'|1\n"), "id|y\n'a|b'|3.0\n");
    assert_eq!(text(&[("quoteChar", "'")], "id,x\n\"a,b\",1\n"), "id,y\n\"a,b\",3.0\n");
    // A single column needs no delimiter if it is an input.
    assert_eq!(text(&[], "x\r\n1\r\n\r\n2"), "y\n3.0\n5.0\n");
    // An empty cell is a missing value, quoted or not, and so are the strings that the client specifies.
    assert_eq!(text(&[], "id,x\n1,\n2,\"\"\n"), "id,y\n1,1.5\n2,1.5\n");
    assert_eq!(text(&[("missingValues", "NA,?")], "id,x\n1,NA\n2,?\n"), "id,y\n1,1.5\n2,1.5\n");
    assert_eq!(text(&[], "id,other\n1,2\n"), "id,y\n1,1.5\n");
    assert_eq!(text(&[], "id,x\n"), "id,y\n");
    // A column with this name that is not the first is not an id.
    assert_eq!(text(&[], "x,id\n1,2\n"), "y\n3.0\n");

    for (query, body, part) in [
        (&[("delimiterChar", ",,")][..], "x\n1\n", "delimiterChar"),
        (&[("delimiterChar", ","), ("quoteChar", "ab")], "x\n1\n", "quoteChar"),
        (&[], "z\n1\n", "Unrecognized CSV format"),
        (&[], "", "Unrecognized CSV format"),
        (&[], "a,b\n1\n", "Unrecognized CSV format"),
        (&[("delimiterChar", ",")], "a,x\n1\n", "line 2"),
        (&[], "id,x\n1,2\n2,11\n", "CSV line 3: field `x`: the value `11` is outside of the interval `"),
        (&[("delimiterChar", ",")], "id,x\n1,\"2\n", "never closed"),
    ] {
        let (status, message) = error(post(query, body));
        assert_eq!(status, 400);
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(error(server.csv("nothing", "x\n1\n")).0, 404);
}

#[test]
fn similar_names_are_rejected() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let post = |query: &str, body: &'static str| {
        let request = server.post(&format!("/model/tree/csv{query}")).header("content-type", "text/csv");
        request.body(body).send().unwrap()
    };
    // Absent columns are missing values, as in Openscoring.
    assert_eq!(post("", "length,other\n1.4,0.2\n").status(), 200);
    for body in ["length,Width\n1.4,0.2\n", "lenght,width\n1.4,0.2\n", "length, \"width\"\n1.4,0.2\n"] {
        let (status, message) = error(post("", body));
        assert_eq!(status, 400);
        assert!(message.contains("the header has no column for `"), "{message}");
        assert!(
            message.contains("(did you mean the column `") && message.contains("missingColumns=missing"),
            "{message}"
        );
        assert_eq!(post("?missingColumns=missing", body).status(), 200);
    }
    // A single column, from which no dialect can be detected.
    let (status, message) = error(post("", "Length\n1.4\n"));
    assert_eq!((status, message.contains("(did you mean the column `Length`?)")), (400, true), "{message}");
    let (status, message) = error(post("?missingColumns=error", "length,other\n1.4,0.2\n"));
    assert_eq!((status, message.contains("no column for `width`")), (400, true), "{message}");
    assert_eq!(error(post("?missingColumns=sometimes", "length,width\n1,2\n")).0, 400);
}

#[test]
fn empty_cells() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let post = |query: &str| {
        let request = server.post(&format!("/model/line/csv{query}")).header("content-type", "text/csv");
        request.body("id,x\n1,\n2,\"\"\n").send().unwrap()
    };
    assert_eq!(post("?emptyCells=missing").text().unwrap(), "id,y\n1,1.5\n2,1.5\n");
    // The empty string is not a number.
    let (status, message) = error(post("?emptyCells=quoted"));
    assert_eq!((status, message.contains("CSV line 3: field `x`")), (400, true), "{message}");
    let (status, message) = error(post("?emptyCells=text"));
    assert_eq!((status, message.contains("CSV line 2: field `x`")), (400, true), "{message}");
}

#[test]
fn charsets() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let post = |content_type: &str, body: &[u8]| {
        server
            .post("/model/line/csv")
            .header("content-type", content_type)
            .body(body.to_vec())
            .send()
            .unwrap()
    };
    let response = post("text/plain; charset=ISO-8859-1", b"id,x\nM\xfcller,1\n");
    assert_eq!(response.headers()["content-type"], "text/plain;charset=iso-8859-1");
    assert_eq!(response.bytes().unwrap(), &b"id,y\nM\xfcller,3.0\n"[..]);
    let utf16: Vec<u8> = "id,x\né,1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let expected: Vec<u8> = "id,y\né,3.0\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(post("text/csv;charset=utf-16be", &utf16).bytes().unwrap(), expected);
    assert_eq!(post("text/plain", b"\xef\xbb\xbfx,id\n1,2\n").text().unwrap(), "y\n3.0\n");
    let (status, message) = error(post("text/plain", b"id,x\nM\xfcller,1\n"));
    assert_eq!((status, message.contains("line 2")), (400, true), "{message}");
    assert_eq!(error(post("text/plain; charset=nonsense", b"x\n1\n")).0, 415);
    let (status, message) = error(post("text/plain; charset=Shift_JIS", b"id,x\n\x80\xff,1\n"));
    assert_eq!((status, message.contains("line 2, column `id`")), (400, true), "{message}");
    assert_eq!(error(post("application/json", b"x\n1\n")).0, 415);
}

#[test]
fn tables_in_parts() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let part =
        Part::bytes(b"id,x\nM\xfcller,1\n".as_slice()).mime_str("text/csv;charset=ISO-8859-1").unwrap();
    let form = Form::new().part("csv", part);
    let response = server.post("/model/line/csv").multipart(form).send().unwrap();
    assert_eq!(response.bytes().unwrap(), &b"id,y\nM\xfcller,3.0\n"[..]);
}

#[test]
fn errors_may_have_a_column() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let request = server.post("/model/line/csv?errorColumn=why").header("content-type", "text/csv");
    let text = request.body("id,x\n1,1\n2,11\n3,2\n").send().unwrap().text().unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[0], lines[1], lines[3]), ("id,y,why", "1,3.0,", "3,5.0,"));
    assert!(
        lines[2].starts_with("2,,") && lines[2].contains("the value `11` is outside of the interval `"),
        "{text}"
    );
    let request = server.post("/model/line/csv?errorColumn=y").body("x,id\n1,2\n").send().unwrap();
    assert_eq!(error(request).0, 400);
}

#[test]
fn groups() {
    let server = TestServer::new();
    server.deploy("baskets", BASKETS);
    let text = |body: &str| server.csv("baskets", body.to_owned()).text().unwrap();
    assert_eq!(
        text("id,basket,item\n1,a,bread\n2,b,bread\n3,a,butter\n"),
        "best,all\nbreakfast,\"[breakfast, spread]\"\nspread,[spread]\n"
    );
    assert_eq!(
        text("id,basket,item\n1,a,bread\n2,b,bread\n"),
        "id,best,all\n1,spread,[spread]\n2,spread,[spread]\n"
    );
}

#[test]
fn the_results_of_a_large_table_are_in_order() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let mut body = "id,x\n".to_owned();
    let mut expected = "id,y\n".to_owned();
    for row in 0..20_000 {
        let x = row % 10;
        body.push_str(&format!("{row},{x}\n"));
        expected.push_str(&format!("{row},{}.0\n", 1 + 2 * x));
    }
    assert_eq!(server.csv("line", body.clone()).text().unwrap(), expected);
    let request = server.post("/model/line/csv?stream=true").header("content-type", "text/csv").body(body);
    let streamed = request.send().unwrap().text().unwrap();
    assert!(streamed.starts_with("id,y,error\n0,1.0,\n"));
    assert_eq!(streamed.replace(",\n", "\n").replace(",error\n", "\n"), expected);
}

#[test]
fn columns_with_the_same_name_are_rejected() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    for query in ["", "?delimiterChar=,", "?stream=true"] {
        let request = server.post(&format!("/model/line/csv{query}")).header("content-type", "text/csv");
        let (status, message) = error(request.body("x,id,x\n1,2,3\n").send().unwrap());
        assert_eq!((status, message.contains("two columns named `x`")), (400, true), "{message}");
    }
}
