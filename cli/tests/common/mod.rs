//! Helpers to run the tool.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Time limit of a run of the tool, which must suffice even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The outcome of a run of the tool.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Asserts that the run failed cleanly, with all of these in its message.
    #[track_caller]
    pub fn fails(&self, parts: &[&str]) {
        assert_eq!(self.status, Some(1), "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in the message: {self:#?}");
        }
    }

    /// Asserts that the run succeeded.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }
}

/// Runs the tool.
pub fn pmmlc(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_pmmlc")).args(arguments), "")
}

/// Runs a command with some input, and kills it if it takes too long.
pub fn run(command: &mut Command, input: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("NO_COLOR")
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Writing fails if the tool does not read its input.
    let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let mut pipes = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let stdout = thread::spawn(move || read(&mut pipes.0));
    let stderr = thread::spawn(move || read(&mut pipes.1));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{command:?} took too long");
        }
        thread::sleep(Duration::from_millis(5));
    };
    writer.join().unwrap();
    Run { status: status.code(), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn read(pipe: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A folder of files, which is removed at the end of the test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Folder(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns the names of all files.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Scores rows with the model of [`LINE`].
    pub fn score(&self, csv: impl AsRef<[u8]>, more: &[&str]) -> Run {
        let (model, input) = (self.write("model.pmml", LINE), self.write("rows.csv", csv));
        let mut arguments = vec!["score".into(), model, "--input".into(), input];
        arguments.extend(more.iter().map(PathBuf::from));
        pmmlc(arguments)
    }
}

/// Returns the path of a file of the small corpus. Returns `None`, and says so, if there is only the tool's package, which
/// lacks it.
pub fn corpus(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus");
    if !folder.exists() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder.join(path))
}

/// y = 1 + 2 x + z, where z is 0 if missing and must be between 0 and 100.
pub const LINE: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header/>
  <DataDictionary>
    <DataField name="x" optype="continuous" dataType="double"/>
    <DataField name="z" optype="continuous" dataType="double">
      <Interval closure="closedClosed" leftMargin="0" rightMargin="100"/>
    </DataField>
    <DataField name="y" optype="continuous" dataType="double"/>
  </DataDictionary>
  <RegressionModel modelName="line" functionName="regression">
    <MiningSchema>
      <MiningField name="x"/>
      <MiningField name="z" missingValueReplacement="0"/>
      <MiningField name="y" usageType="target"/>
    </MiningSchema>
    <RegressionTable intercept="1">
      <NumericPredictor name="x" coefficient="2"/>
      <NumericPredictor name="z" coefficient="1"/>
    </RegressionTable>
  </RegressionModel>
</PMML>
"#;
