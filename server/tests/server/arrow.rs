//! Streams of Arrow record batches.

use crate::common::{BASKETS, LINE, TREE, TestServer, error};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::*;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use pmml::Model;
use pmml_server::fuzzing::arrow_stream;
use reqwest::blocking::Response;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const STREAM: &str = "application/vnd.apache.arrow.stream";

fn write(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), batches[0].schema_ref()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: &[u8]) -> Vec<RecordBatch> {
    StreamReader::try_new(bytes, None).unwrap().map(Result::unwrap).collect()
}

fn column(name: &str, array: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, Arc::new(array) as ArrayRef, true)]).unwrap()
}

fn numbers(values: impl IntoIterator<Item = Option<f64>>) -> RecordBatch {
    column("x", Float64Array::from_iter(values))
}

fn post(server: &TestServer, id: &str, body: impl Into<reqwest::blocking::Body>) -> Response {
    server.post(&format!("/model/{id}/arrow")).header("content-type", STREAM).body(body).send().unwrap()
}

#[test]
fn a_batch_for_each_batch() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let batches = [numbers([Some(1.0), Some(11.0), None]), numbers([]), numbers([Some(2.0)])];
    let response = post(&server, "line", write(&batches));
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &STREAM.parse().unwrap())
    );
    let results = read(&response.bytes().unwrap());
    assert_eq!(results.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 0, 1]);
    let y: Vec<Option<f64>> = results[0]["y"].as_primitive::<Float64Type>().iter().collect();
    assert_eq!(y, [Some(3.0), None, Some(1.5)]);
    let errors: Vec<Option<&str>> = results[0]["error"].as_string::<i32>().iter().collect();
    assert!(errors[0].is_none() && errors[1].unwrap().contains("`x`") && errors[2].is_none());
    assert_eq!(results[2]["y"].as_primitive::<Float64Type>().value(0), 5.0);

    // The column for errors can have another name.
    let path = "/model/line/arrow?errorColumn=why";
    let response = server.post(path).header("content-type", STREAM).body(write(&batches)).send().unwrap();
    assert!(read(&response.bytes().unwrap())[0].column_by_name("why").is_some());
    let path = "/model/line/arrow?errorColumn=y";
    let response = server.post(path).header("content-type", STREAM).body(write(&batches)).send().unwrap();
    assert_eq!(error(response).0, 400);

    // A stream without batches, and one without an end marker, which the format allows.
    let mut writer = StreamWriter::try_new(Vec::new(), batches[0].schema_ref()).unwrap();
    writer.finish().unwrap();
    let schema = writer.into_inner().unwrap();
    for bytes in [&schema[..], &schema[..schema.len() - 8]] {
        let bytes = post(&server, "line", bytes.to_vec()).bytes().unwrap();
        let reader = StreamReader::try_new(&bytes[..], None).unwrap();
        assert_eq!((reader.schema().fields().len(), reader.count()), (2, 0));
    }

    // Compressed on the way in and out.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&write(&batches)).unwrap();
    let request = server.post("/model/line/arrow").header("content-type", STREAM);
    let request = request.header("content-encoding", "gzip").header("accept-encoding", "gzip");
    let response = request.body(encoder.finish().unwrap()).send().unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(response).read_to_end(&mut bytes).unwrap();
    assert_eq!(read(&bytes), results);
}

#[test]
fn malformed_requests_are_rejected() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let body = write(&[numbers([Some(1.0)])]);
    assert_eq!(error(post(&server, "nothing", body.clone())).0, 404);
    let file = "application/vnd.apache.arrow.file";
    let request = server.post("/model/line/arrow").header("content-type", file).body(body.clone());
    let (status, message) = error(request.send().unwrap());
    assert!(status == 415 && message.contains(file) && message.contains(STREAM), "{message}");
    let request = server.post("/model/line/arrow").header("accept", "text/csv").body(body.clone());
    assert_eq!(error(request.send().unwrap()).0, 406);

    let rejected = |body: Vec<u8>, status: u16, words: &str| {
        let (found, message) = error(post(&server, "line", body));
        assert!(found == status && message.contains(words), "{found} {message}");
    };
    rejected(Vec::new(), 400, "empty");
    rejected(b"x\n1\n".to_vec(), 400, "The Arrow stream cannot be read");
    rejected(body[..body.len() - 9].to_vec(), 400, "breaks off");
    let mut writer = StreamWriter::try_new(Vec::new(), numbers([]).schema_ref()).unwrap();
    writer.finish().unwrap();
    rejected([&writer.into_inner().unwrap()[..], b"x"].concat(), 400, "after its end");
    rejected(
        write(&[column("z", Float64Array::from(vec![1.0]))]),
        400,
        "none of the model's input fields, `x`",
    );
    let dates = write(&[column("x", Date32Array::from(vec![1]))]);
    rejected(
        dates,
        400,
        "the column `x` has the Arrow type Date32, which a field of type double cannot take",
    );
    let mut writer = FileWriter::try_new(Vec::new(), numbers([]).schema_ref()).unwrap();
    writer.finish().unwrap();
    rejected(writer.into_inner().unwrap(), 415, "the file format of Arrow");

    // The sizes that a message announces are not trusted.
    let batch = numbers((0..12_345).map(|row| Some(f64::from(row % 10))));
    let body = write(&[batch]);
    let claim = |known: u64, claimed: u64| {
        let mut body = body.clone();
        let offsets: Vec<usize> =
            (0..body.len() - 8).filter(|at| body[*at..at + 8] == known.to_le_bytes()).collect();
        assert!(!offsets.is_empty());
        offsets.iter().for_each(|at| body[*at..at + 8].copy_from_slice(&claimed.to_le_bytes()));
        body
    };
    for rows in [12_346, 1 << 19, u64::MAX] {
        rejected(claim(12_345, rows), 400, "The Arrow stream cannot be read");
    }
    for rows in [(1 << 20) + 1, 1 << 61] {
        rejected(claim(12_345, rows), 413, "rows");
    }
    let body_length = (12_345_u64 * 8).next_multiple_of(64);
    for length in [u64::MAX, 1 << 63] {
        rejected(claim(body_length, length), 400, "negative");
    }
    for length in [1 << 40, (64 << 20) + 1] {
        rejected(claim(body_length, length), 413, "limit");
    }
    rejected(claim(body_length, 64 << 20), 400, "breaks off");
    let length = u32::try_from(body.len()).unwrap();
    for claimed in [length, (16 << 20) + 1, u32::MAX - 1, 1 << 31] {
        let head = [&u32::MAX.to_le_bytes()[..], &claimed.to_le_bytes(), &body[8..]].concat();
        assert_eq!(error(post(&server, "line", head)).0, 400, "{claimed}");
    }
    assert_eq!(post(&server, "line", body).status(), 200);
}

/// Checks that a string to which many views, or keys of a dictionary, refer is counted as often as it is referred to.
#[test]
fn short_messages_with_long_strings() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let model: Model = TREE.parse().unwrap();
    let name = model.signature().inputs[0].name.clone();
    let text = "x".repeat(1 << 20);
    let rows = 1000;
    let mut views = builder::StringViewBuilder::new().with_deduplicate_strings();
    (0..rows).for_each(|_| views.append_value(&text));
    let keys = UInt16Array::from(vec![0; rows]);
    let dictionary = |values: ArrayRef| DictionaryArray::new(keys.clone(), values);
    let columns: [ArrayRef; 3] = [
        Arc::new(views.finish()),
        Arc::new(dictionary(Arc::new(StringArray::from(vec![text.as_str()])))),
        Arc::new(dictionary(Arc::new(StringViewArray::from(vec![text.as_str()])))),
    ];
    for column in columns {
        let batch = RecordBatch::try_from_iter([(name.as_str(), column)]).unwrap();
        let (status, message) = error(post(&server, "tree", write(&[batch])));
        assert!(status == 413 && message.contains("strings"), "{status} {message}");
    }
}

#[test]
fn corrupted_streams_are_rejected_or_scored() {
    let tree: Model = TREE.parse().unwrap();
    let baskets: Model = BASKETS.parse().unwrap();
    let words = [Some("a"), None, Some("longer than twelve bytes"), Some("b")];
    let mut lists = builder::ListBuilder::new(builder::StringBuilder::new());
    for word in words {
        lists.values().append_option(word);
        lists.append(word.is_some());
    }
    let columns: [ArrayRef; 6] = [
        Arc::new(Float64Array::from(vec![Some(1.0), None, Some(2.0), Some(6.5)])),
        Arc::new(StringArray::from(words.to_vec())),
        Arc::new(StringViewArray::from(words.to_vec())),
        Arc::new(words.into_iter().collect::<DictionaryArray<types::Int8Type>>()),
        Arc::new(DictionaryArray::new(
            UInt8Array::from(vec![0, 1, 0, 1]),
            Arc::new(StringViewArray::from(vec!["a", "longer than twelve bytes"])),
        )),
        Arc::new(lists.finish()),
    ];
    let mut seed = 42_u64;
    let mut next = || {
        // splitmix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = seed;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    };
    let mut scored = 0;
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3000);
    for (number, array) in columns.into_iter().enumerate() {
        let model = if number == 5 { &baskets } else { &tree };
        let name = model.signature().inputs[0].name.as_str();
        let batch = RecordBatch::try_from_iter_with_nullable([
            (name, array, true),
            ("more", Arc::new(StructArray::new_empty_fields(4, None)) as ArrayRef, true),
        ]);
        let batch = batch.unwrap();
        let good = write(&[batch.clone(), batch.slice(1, 3)]);
        assert_eq!(arrow_stream(model, &good), Ok(7), "column {number}");
        for _ in 0..rounds {
            let mut bytes = good.clone();
            for _ in 0..1 + next() % 4 {
                let offset = (next() % bytes.len() as u64) as usize;
                match next() % 4 {
                    0 => bytes[offset] ^= 1 << (next() % 8),
                    1 => bytes[offset] = [0, 1, 0x7f, 0x80, 0xff][(next() % 5) as usize],
                    2 => {
                        let end = (offset + 8).min(bytes.len());
                        let word = [0, u64::MAX, 1 << 62, 1 << 33, next()][(next() % 5) as usize];
                        bytes[offset..end].copy_from_slice(&word.to_le_bytes()[..end - offset]);
                    }
                    _ => bytes.truncate(offset.max(1)),
                }
            }
            // Even if the crate panics (as it does for offsets of a wrong length), the stream is rejected cleanly.
            match arrow_stream(model, &bytes) {
                Ok(_) => scored += 1,
                Err(message) => assert!(!message.is_empty()),
            }
        }
    }
    println!("{scored} of {} were scored", 6 * rounds);
}

/// Checks that the response breaks off if the stream is malformed after its first batches.
#[test]
fn a_stream_that_breaks_off_later() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let good = write(&[numbers([Some(1.0)])]);
    let bad = [&good[..good.len() - 8], &good[good.len() - 30..]].concat();
    let request = server.post("/model/line/arrow").header("content-type", STREAM).body(bad);
    let complete = request.send().and_then(|response| response.bytes());
    assert!(complete.is_err());
    // The server still works.
    assert_eq!(read(&post(&server, "line", good).bytes().unwrap()).len(), 1);
}

#[test]
fn other_encodings() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let batch = numbers((0..100).map(|row| Some(f64::from(row) / 10.0)));
    let expected = read(&post(&server, "line", write(std::slice::from_ref(&batch))).bytes().unwrap());
    // Streams without continuation markers, and with another alignment of buffers.
    let options = [
        IpcWriteOptions::try_new(8, false, arrow_ipc::MetadataVersion::V5).unwrap(),
        IpcWriteOptions::try_new(64, true, arrow_ipc::MetadataVersion::V4).unwrap(),
    ];
    for options in options {
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), batch.schema_ref(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        let bytes = post(&server, "line", writer.into_inner().unwrap()).bytes().unwrap();
        assert_eq!(read(&bytes), expected);
    }
}

#[test]
fn a_stream_of_batches_is_larger_than_any_body_may_be() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let (rows, count) = (1 << 18, 38);
    let batch = numbers((0..rows).map(|row| Some(f64::from(row % 11))));
    let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref()).unwrap();
    let head = std::mem::take(writer.get_mut());
    writer.write(&batch).unwrap();
    let chunk = std::mem::take(writer.get_mut());
    let length = head.len() + count * chunk.len();
    assert!(length > 64 << 20);
    let mut socket = TcpStream::connect(server.address).unwrap();
    let reader = socket.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        let request = format!(
            "POST /openscoring/model/line/arrow HTTP/1.0\r\nhost: x\r\ncontent-type: {STREAM}\r\ncontent-length: {length}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).unwrap();
        socket.write_all(&head).unwrap();
        (0..count).for_each(|_| socket.write_all(&chunk).unwrap());
    });
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    // HTTP/1.0 has no chunked encoding: the body follows as it is.
    let mut batches = 0;
    for results in StreamReader::try_new(reader, None).unwrap() {
        let results = results.unwrap();
        assert_eq!(results.num_rows(), rows as usize);
        assert_eq!(results["y"].as_primitive::<Float64Type>().value(12), 3.0);
        batches += 1;
    }
    assert_eq!(batches, count);
    sender.join().unwrap();
}

/// Returns the rows of a model of the corpus as a record batch. Columns in which all cells are numbers are numeric.
fn corpus_batch(path: &Path) -> RecordBatch {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let columns = header.iter().enumerate().map(|(column, name)| {
        let cells =
            || rows.iter().map(|row| Some(&row[column]).filter(|cell| !["", "NA", "N/A"].contains(cell)));
        let numbers: Option<Vec<Option<f64>>> =
            cells().map(|cell| cell.map_or(Some(None), |cell| cell.parse().ok().map(Some))).collect();
        let array: ArrayRef = match numbers {
            Some(numbers) => Arc::new(Float64Array::from(numbers)),
            None => Arc::new(StringArray::from_iter(cells())),
        };
        (Field::new(name, array.data_type().clone(), true), array)
    });
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Returns the text of a cell in CSV.
fn text(array: &dyn Array, row: usize) -> String {
    let value = match array.data_type() {
        _ if array.is_null(row) => pmml::Value::Missing,
        DataType::Float64 => pmml::Value::Double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => pmml::Value::Float(array.as_primitive::<types::Float32Type>().value(row)),
        DataType::Int64 => pmml::Value::Integer(array.as_primitive::<types::Int64Type>().value(row)),
        DataType::Boolean => pmml::Value::Boolean(array.as_boolean().value(row)),
        _ => pmml::Value::from(array.as_string::<i32>().value(row).to_owned()),
    };
    value.to_string()
}

#[test]
fn results_are_those_of_tables() {
    let server = TestServer::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus");
    if !corpus.exists() {
        // There is only the server's package, which lacks it.
        println!("skipped: there is no {}", corpus.display());
        return;
    }
    for name in [
        "sklearn/DecisionTreeIris",
        "sklearn/GradientBoostingDiabetes",
        "lightgbm/LightGBMBreastCancer",
        "lightgbm/LightGBMDiabetesMissing",
    ] {
        let folder: PathBuf = corpus.join(name);
        server.deploy("model", &std::fs::read_to_string(folder.join("model.pmml")).unwrap());
        let table = std::fs::read_to_string(folder.join("input.csv")).unwrap();
        let path = "/model/model/csv?missingValues=NA,N/A&errorColumn=error";
        let request = server.post(path).header("content-type", "text/csv").body(table);
        let expected = request.send().unwrap().text().unwrap();
        let batch = corpus_batch(&folder.join("input.csv"));
        // In two parts, which are slices.
        let half = batch.num_rows() / 2;
        let parts = [batch.slice(0, half), batch.slice(half, batch.num_rows() - half)];
        let results = read(&post(&server, "model", write(&parts)).bytes().unwrap());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(results[0].schema_ref().fields().iter().map(|field| field.name())).unwrap();
        for results in &results {
            for row in 0..results.num_rows() {
                writer.write_record(results.columns().iter().map(|column| text(column, row))).unwrap();
            }
        }
        let found = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert!(expected.lines().count() > 10);
        assert_eq!(found, expected, "{name}");
    }
}
