//! `pmmlc score`: inputs and results.

mod common;

use common::{Folder, LINE, Run, corpus, pmmlc, run};
use std::fs;
use std::process::Command;

#[track_caller]
fn gives(run: &Run, csv: &str) {
    assert_eq!(run.stdout, csv, "{run:#?}");
    run.succeeds();
}

#[test]
fn rows_are_scored_in_order() {
    gives(&Folder::new().score("z,x\n1,10\n2,20.5\n", &[]), "y\n22.0\n44.0\n");
}

#[test]
fn standard_streams_and_files_give_the_same_results() {
    let folder = Folder::new();
    let model = folder.write("model.pmml", LINE);
    let piped = run(Command::new(env!("CARGO_BIN_EXE_pmmlc")).arg("score").arg(&model), "x,z\n1,2\n");
    gives(&piped, "y\n5.0\n");
    let output = folder.path("out.csv");
    gives(&folder.score("x,z\n1,2\n", &["--output", output.to_str().unwrap()]), "");
    assert_eq!(fs::read_to_string(output).unwrap(), "y\n5.0\n");
    assert_eq!(folder.names(), ["model.pmml", "out.csv", "rows.csv"]);
}

#[test]
fn many_rows_stay_in_order_on_any_number_of_threads() {
    let folder = Folder::new();
    let mut input = "id,x,z\n".to_owned();
    let mut expected = "id,y\n".to_owned();
    for row in 0..60_000 {
        input.push_str(&format!("r{row},{row},1\n"));
        expected.push_str(&format!("r{row},{}.0\n", 2 * row + 2));
    }
    for threads in ["1", "2", "7"] {
        let run = folder.score(&input, &["--id", "id", "--threads", threads]);
        run.succeeds();
        assert!(run.stdout == expected, "on {threads} threads");
    }
}

/// An association model of baskets.
const BASKETS: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
  <DataDictionary>
    <DataField name="basket" optype="categorical" dataType="string"/>
    <DataField name="item" optype="categorical" dataType="string"/>
  </DataDictionary>
  <AssociationModel functionName="associationRules">
    <MiningSchema><MiningField name="basket" usageType="group"/><MiningField name="item"/></MiningSchema>
    <Output>
      <OutputField name="rules" feature="rule" rank="0" isMultiValued="1"/>
      <OutputField name="best" feature="consequent"/>
    </Output>
    <Item id="1" value="bread"/><Item id="2" value="butter"/><Item id="3" value="jam"/>
    <Itemset id="1"><ItemRef itemRef="1"/></Itemset>
    <Itemset id="2"><ItemRef itemRef="2"/></Itemset>
    <Itemset id="3"><ItemRef itemRef="2"/><ItemRef itemRef="3"/></Itemset>
    <AssociationRule antecedent="1" consequent="2" support="0.1" confidence="0.5"/>
    <AssociationRule antecedent="1" consequent="3" support="0.1" confidence="0.75"/>
  </AssociationModel>
</PMML>"#;

#[test]
fn rows_of_a_group_are_scored_together() {
    let folder = Folder::new();
    let score = |csv: &str, more: &[&str]| {
        let (model, input) = (folder.write("model.pmml", BASKETS), folder.write("rows.csv", csv));
        let mut arguments = vec!["score".into(), model, "-i".into(), input];
        arguments.extend(more.iter().map(std::path::PathBuf::from));
        pmmlc(arguments)
    };
    // Groups are in the order in which they begin, wherever their rows are. Missing items are left out.
    let scattered =
        "basket,note,item\nb,1,bread\na,2,jam\n,3,bread\nb,4,NA\na,5,bread\nc,6,\nNA,7,butter\nb,8,butter\n";
    let expected = "basket,rules,best\n\
        b,\"[{bread}->{butter,jam}]\",\"[butter, jam]\"\n\
        a,\"[{bread}->{butter,jam}, {bread}->{butter}]\",\"[butter, jam]\"\n\
        ,\"[{bread}->{butter,jam}]\",\"[butter, jam]\"\n\
        c,[],\n";
    gives(&score(scattered, &["--id", "basket"]), expected);
    gives(&score(scattered, &["--id", "basket", "--threads", "1", "--backend", "interp"]), expected);
    // With `--groups-together`, later rows with the same name are another group.
    let together = "basket,item\na,bread\na,butter\nb,bread\na,jam\n";
    gives(
        &score(together, &["--id", "basket", "--groups-together"]),
        "basket,rules,best\na,\"[{bread}->{butter,jam}]\",\"[butter, jam]\"\n\
         b,\"[{bread}->{butter,jam}, {bread}->{butter}]\",\"[butter, jam]\"\na,[],\n",
    );
    score("item\nbread\n", &[])
        .fails(&["the header has no column for `basket`, by which the model groups rows"]);
    gives(&score("basket,item\n", &[]), "rules,best\n");
}

#[test]
fn many_groups_stay_in_order() {
    let folder = Folder::new();
    let model = folder.write("model.pmml", BASKETS);
    let (mut input, mut expected) = ("basket,item\n".to_owned(), "basket,rules,best\n".to_owned());
    for group in 0..5_000 {
        input.push_str(&format!("g{group},bread\ng{group},butter\n"));
        expected.push_str(&format!("g{group},\"[{{bread}}->{{butter,jam}}]\",\"[butter, jam]\"\n"));
    }
    let input = folder.write("rows.csv", input);
    for together in [false, true] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pmmlc"));
        command.arg("score").arg(&model).arg("-i").arg(&input).args(["--id", "basket", "--threads", "3"]);
        command.args(together.then_some("--groups-together"));
        let run = run(&mut command, "");
        run.succeeds();
        assert!(run.stdout == expected, "together: {together}");
    }
}

#[test]
fn lists_without_a_group_hold_one_row() {
    let folder = Folder::new();
    let document = BASKETS.replace(" usageType=\"group\"", "").replace("\"basket\"", "\"other\"");
    let document = document.replace(
        "<AssociationModel functionName=\"associationRules\">",
        "<RegressionModel functionName=\"regression\">",
    );
    let start = document.find("<Output>").unwrap();
    let document = format!(
        "{}<Output><OutputField name=\"n\" dataType=\"integer\" feature=\"transformedValue\">\
         <Aggregate field=\"item\" function=\"count\"/></OutputField></Output>\
         <RegressionTable intercept=\"1\"/></RegressionModel></PMML>",
        &document[..start]
    );
    let (model, input) =
        (folder.write("model.pmml", document), folder.write("rows.csv", "other,item\n,a\n,\n"));
    gives(&pmmlc(["score".into(), model, "-i".into(), input]), "n\n1\n0\n");
}

#[test]
fn both_engines_answer_the_same() {
    let Some(folder) = corpus("sklearn/LinearRegressionDiabetes") else { return };
    let (model, input) = (folder.join("model.pmml"), folder.join("input.csv"));
    let score = |backend: &str| {
        pmmlc([
            "score".as_ref(),
            model.as_os_str(),
            "-i".as_ref(),
            input.as_os_str(),
            "--backend".as_ref(),
            backend.as_ref(),
        ])
    };
    let compiled = score("jit");
    assert_eq!(compiled.succeeds().stdout.lines().count(), 61);
    assert_eq!(compiled.stdout, score("interp").stdout);
}

#[test]
fn missing_values() {
    let folder = Folder::new();
    gives(&folder.score("x,z\n1,\n1,NA\n1,N/A\n,1\n", &[]), "y\n3.0\n3.0\n3.0\n\"\"\n");
    gives(&folder.score("x,z\n1,?\n1,-999\n1,\n", &["--missing", "?,-999"]), "y\n3.0\n3.0\n3.0\n");
    gives(&folder.score("x,z\n1,NaN\n", &[]), "y\n3.0\n");
    let run = folder.score("x,z\n1,NaN\n", &["--nan", "number"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
}

#[test]
fn booleans_are_numbers() {
    gives(&Folder::new().score("x,z\nTRUE,false\nFalse,true\n", &[]), "y\n3.0\n2.0\n");
}

#[test]
fn a_single_empty_result_is_quoted() {
    let run = Folder::new().score("x,z\n1,1\n,1\n1,1\n", &[]);
    gives(&run, "y\n4.0\n\"\"\n4.0\n");
}

#[test]
fn a_single_column_may_have_blank_lines() {
    let arguments = ["--allow-missing-columns", "--error-column", "error"];
    let run = Folder::new().score("x\n1\n\n2\n", &arguments);
    assert_eq!(run.stdout, "y,error\n3.0,\n,\n5.0,\n");
    assert!(run.stderr.contains("no column for `z`"), "{run:#?}");
}

#[test]
fn rows_that_fail() {
    let folder = Folder::new();
    let run = folder.score("x,z\n1,1\n\n1,101\noops,1\n2,2\n", &["--error-column", "error"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[..2], ["y,error", "4.0,"]);
    assert!(lines[2].starts_with(',') && lines[2].contains("101"), "{run:#?}");
    assert!(lines[3].starts_with(',') && lines[3].contains("oops"), "{run:#?}");
    assert_eq!(lines[4..], ["7.0,"]);
    for part in ["rows.csv, line 4: ", "rows.csv, line 5: ", "`z`", "`x`", "2 of 4 rows"] {
        assert!(run.stderr.contains(part), "{run:#?}");
    }
}

#[test]
fn messages_are_counted_after_ten() {
    let run = Folder::new().score(format!("x,z\n{}", "1,101\n".repeat(1000)), &[]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.stderr.lines().count(), 11, "{run:#?}");
    assert!(run.stderr.contains("1000 of 1000 rows"), "{run:#?}");
}

#[test]
fn other_columns_are_ignored_and_one_can_be_copied() {
    let folder = Folder::new();
    let csv = "\u{feff}name,x,more,z\n\"a, \"\"b\"\"\",1,?,2\nx,1,,3\n";
    gives(&folder.score(csv, &["--id", "name"]), "name,y\n\"a, \"\"b\"\"\",5.0\nx,6.0\n");
    gives(&folder.score(csv, &["--id", "x"]), "x,y\n1,5.0\n1,6.0\n");
    folder.score(csv, &["--id", "nome"]).fails(&["no column `nome`", "`name`"]);
    folder.score(csv, &["--id", "name", "--error-column", "y"]).fails(&["a column `y` already"]);
}

#[test]
fn other_delimiters() {
    gives(&Folder::new().score("x;z\r\n1;2\r\n", &["--delimiter", ";"]), "y\n5.0\n");
    gives(&Folder::new().score("x\tz\n1\t2\n", &["--delimiter", "\\t", "--id", "x"]), "x\ty\n1\t5.0\n");
}

#[test]
fn missing_columns() {
    let folder = Folder::new();
    folder.score("x\n1\n", &[]).fails(&["rows.csv, line 1", "no column for `z`", "--allow-missing-columns"]);
    let run = folder.score("x\n1\n", &["--allow-missing-columns"]);
    gives(&run, "y\n3.0\n");
    assert!(run.stderr.contains("no column for `z`"), "{run:#?}");
    folder.score("a;b\n1;2\n", &[]).fails(&[
        "none of the model's input fields",
        "`a`, `b`",
        "expects `x`, `z`",
    ]);
}

#[test]
fn a_header_alone_has_no_rows() {
    gives(&Folder::new().score("x,z\n", &[]), "y\n");
}

#[test]
fn malformed_input() {
    let folder = Folder::new();
    folder.score("", &[]).fails(&["rows.csv: the table is empty"]);
    folder.score("x,z\n1,2\n\n3\n", &[]).fails(&["rows.csv, line 4", "1 cell,", "header has 2"]);
    folder.score("x,z\n1,2,3\n", &[]).fails(&["rows.csv, line 2", "3 cells"]);
    folder.score("x,z,x\n1,2,3\n", &[]).fails(&["two columns named `x`"]);
    folder.score(b"x,z\n1,2\n1,\xFF\n", &[]).fails(&["rows.csv, line 3, column `z`", "0xFF", "UTF-8"]);
    folder.score(b"x,z\xE9\n1,2\n", &[]).fails(&["rows.csv, line 1", "UTF-8"]);
    folder.score("x,z\n1,2\n1,\"2\n3,4\n", &[]).fails(&["rows.csv, line 3", "quote"]);
    folder.score("x,z\r1,2\r", &[]).fails(&["carriage return"]);
    folder.score(b"x\0,\0z\0\n\0", &[]).fails(&["none of the model's input fields", "`x\\u{0}`"]);
}

#[test]
fn an_error_leaves_the_old_result_unchanged() {
    let folder = Folder::new();
    let output = folder.write("out.csv", "old");
    let rows = format!("x,z\n{}1\n", "1,2\n".repeat(200_000));
    folder.score(rows, &["--output", output.to_str().unwrap()]).fails(&["line 200002"]);
    assert_eq!(fs::read_to_string(output).unwrap(), "old");
    assert_eq!(folder.names(), ["model.pmml", "out.csv", "rows.csv"]);
}

#[test]
fn a_result_never_replaces_its_input() {
    let folder = Folder::new();
    let (model, rows) = (folder.write("model.pmml", LINE), folder.write("rows.csv", "x,z\n1,2\n"));
    let score = |output: &str| folder.score("x,z\n1,2\n", &["--output", output]);
    score(rows.to_str().unwrap()).fails(&["is the same file as the input", "rows.csv"]);
    score(folder.path("./rows.csv").to_str().unwrap()).fails(&["is the same file as the input"]);
    score(model.to_str().unwrap()).fails(&["is the same file as the input", "model.pmml"]);
    let path = model.to_str().unwrap();
    pmmlc(["build", path, "-o", path]).fails(&["is the same file as the input"]);
    fs::hard_link(&rows, folder.path("other.csv")).unwrap();
    let other = folder.path("other.csv");
    pmmlc(["score", path, "-i", rows.to_str().unwrap(), "-o", other.to_str().unwrap()])
        .fails(&["is the same file as the input"]);
    assert_eq!(fs::read_to_string(&rows).unwrap(), "x,z\n1,2\n");
    assert_eq!(fs::read_to_string(&model).unwrap(), LINE);
    assert_eq!(folder.names(), ["model.pmml", "other.csv", "rows.csv"]);
}

#[test]
fn paths_that_do_not_exist() {
    let folder = Folder::new();
    let (model, rows) = (folder.write("model.pmml", LINE), folder.write("rows.csv", "x,z\n1,2\n"));
    let nowhere = folder.path("no/where");
    let score = |model: &std::path::Path, input: &std::path::Path, output: &std::path::Path| {
        pmmlc([
            "score".as_ref(),
            model.as_os_str(),
            "-i".as_ref(),
            input.as_os_str(),
            "-o".as_ref(),
            output.as_os_str(),
        ])
    };
    let (out, directory) = (folder.path("out.csv"), folder.path(""));
    score(&nowhere, &rows, &out).fails(&["no such file"]);
    score(&model, &nowhere, &out).fails(&["no such file"]);
    score(&model, &rows, &nowhere).fails(&["cannot be written"]);
    score(&directory, &rows, &out).fails(&["directory"]);
    score(&model, &directory, &out).fails(&["directory"]);
    score(&model, &rows, &directory).fails(&["directory"]);
    assert_eq!(folder.names(), ["model.pmml", "rows.csv"]);
}

#[test]
fn wrong_usage_is_an_error_and_not_a_failed_row() {
    let folder = Folder::new();
    folder.score("x\n", &["--nonsense"]).fails(&["--nonsense"]);
    folder.score("x\n", &["--threads", "0"]).fails(&["--threads"]);
    folder.score("x\n", &["--delimiter", "ab"]).fails(&["--delimiter"]);
    folder.score("x\n", &["--model-name", "other"]).fails(&["`other`"]);
    pmmlc(["--help"]).succeeds();
    pmmlc(["score", "--help"]).succeeds();
    pmmlc(["--version"]).succeeds();
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::io::Write;
    use std::path::Path;
    use std::process::{Child, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    fn shell(script: &str, folder: &Folder) -> Run {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("PMMLC", env!("CARGO_BIN_EXE_pmmlc")).current_dir(folder.path(""));
        run(&mut command, "")
    }

    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let folder = Folder::new();
        folder.write("model.pmml", LINE);
        folder.write("rows.csv", format!("x,z\n{}", "1,2\n".repeat(300_000)));
        let script = "{ \"$PMMLC\" score model.pmml -i rows.csv; echo status $? >&2; } | head -n 1";
        let run = shell(script, &folder);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("y\n", "status 0\n"));
    }

    #[test]
    fn memory_does_not_grow_with_the_file() {
        let folder = Folder::new();
        folder.write("model.pmml", LINE);
        // 120 MB of rows, then an unclosed quote. The address space would not hold all results.
        let script = "ulimit -v 400000; { echo x,z; yes 1.25,2 | head -c 120000000; echo '1,\"'; yes 1,2 | head -c \
                      1000000; } | \"$PMMLC\" score model.pmml --threads 2 > out.csv";
        let run = shell(script, &folder);
        run.fails(&["a quote is opened and never closed"]);
        assert!(folder.path("out.csv").metadata().unwrap().len() > 30_000_000);
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = Folder::new();
        folder.score("x,z\n1,2\n", &["--output", "/dev/null"]).succeeds();
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
        let target = folder.write("target.csv", "old");
        let link = folder.path("link.csv");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        folder.score("x,z\n1,2\n", &["--output", link.to_str().unwrap()]).succeeds();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(target).unwrap(), "y\n5.0\n");
        let nowhere = folder.path("nowhere.csv");
        std::os::unix::fs::symlink("gone.csv", &nowhere).unwrap();
        folder
            .score("x,z\n1,2\n", &["--output", nowhere.to_str().unwrap()])
            .fails(&["a link to a file that does not exist"]);
        assert!(nowhere.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn a_link_or_a_stream_of_the_input_is_rejected_as_output() {
        let folder = Folder::new();
        folder.write("model.pmml", LINE);
        let rows = folder.write("rows.csv", "x,z\n1,2\n");
        std::os::unix::fs::symlink("rows.csv", folder.path("link.csv")).unwrap();
        for script in [
            "\"$PMMLC\" score model.pmml -i rows.csv -o link.csv",
            "\"$PMMLC\" score model.pmml -i link.csv -o rows.csv",
            "\"$PMMLC\" score model.pmml -o rows.csv < rows.csv",
            "\"$PMMLC\" score model.pmml -i rows.csv >> rows.csv",
        ] {
            shell(script, &folder).fails(&["is the same file as the input"]);
            assert_eq!(fs::read_to_string(&rows).unwrap(), "x,z\n1,2\n", "{script}");
        }
        // A device may be both.
        shell("\"$PMMLC\" score model.pmml -i rows.csv -o /dev/null < /dev/null", &folder).succeeds();
    }

    #[test]
    fn a_replaced_file_keeps_its_mode() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = Folder::new();
        let output = folder.write("out.csv", "old");
        let mode = || output.metadata().unwrap().mode() & 0o7777;
        for expected in [0o600, 0o640, 0o664, 0o777, 0o444] {
            fs::set_permissions(&output, fs::Permissions::from_mode(expected)).unwrap();
            let inode = output.metadata().unwrap().ino();
            folder.score("x,z\n1,2\n", &["--output", output.to_str().unwrap()]).succeeds();
            assert_eq!(mode(), expected);
            assert_ne!(output.metadata().unwrap().ino(), inode, "it was not replaced");
        }
        folder.write("model.pmml", LINE);
        let build = "umask 027; \"$PMMLC\" build model.pmml -o new.rs && chmod 604 new.rs && \"$PMMLC\" build model.pmml -o new.rs";
        let new = folder.path("new.rs");
        shell("umask 027; \"$PMMLC\" build model.pmml -o new.rs", &folder).succeeds();
        assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o640);
        shell(build, &folder).succeeds();
        assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o604);
    }

    /// Number of rows that a run has received when it waits for more.
    const BEGUN: usize = 300_000;

    /// Starts a run, and waits until its output is begun. The run then waits for more rows.
    fn begun(script: &str, folder: &Folder) -> Child {
        folder.write("model.pmml", LINE);
        let mut child = Command::new("sh")
            .args(["-c", script])
            .env("PMMLC", env!("CARGO_BIN_EXE_pmmlc"))
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // More rows than are read ahead.
        let rows = format!("x,z\n{}", "1,2\n".repeat(BEGUN));
        child.stdin.as_mut().unwrap().write_all(rows.as_bytes()).unwrap();
        let started = Instant::now();
        while !folder.names().iter().any(|name| name.ends_with(".tmp")) {
            assert!(started.elapsed() < Duration::from_secs(60), "it did not begin");
            thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// Returns whether a signal is ignored in this process, as under `nohup`, and therefore in its children. The tool keeps
    /// it ignored, so that the signal would not end it.
    fn is_ignored(number: i32) -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        let ignored = ignored >> (number - 1) & 1 != 0;
        if ignored {
            println!("signal {number} is ignored here, so it was not sent");
        }
        ignored
    }

    fn send(signal: &str, child: &Child) {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    #[test]
    fn an_interrupt_leaves_the_old_result_and_no_temporary_file() {
        for (signal, name, status) in
            [("-INT", "SIGINT", 130), ("-TERM", "SIGTERM", 143), ("-HUP", "SIGHUP", 129)]
        {
            if is_ignored(status - 128) {
                continue;
            }
            let folder = Folder::new();
            let output = folder.write("out.csv", "old");
            let mut child = begun("exec \"$PMMLC\" score model.pmml -o out.csv", &folder);
            // Its input stays open: nothing but the signal ends it.
            let stdin = child.stdin.take();
            send(signal, &child);
            let ended = child.wait_with_output().unwrap();
            drop(stdin);
            let stderr = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(ended.status.code(), Some(status), "{stderr}");
            let message =
                format!("interrupted by {name}: `out.csv` was not written, its temporary file is removed\n");
            assert_eq!(stderr, message);
            assert_eq!(fs::read_to_string(output).unwrap(), "old");
            assert_eq!(folder.names(), ["model.pmml", "out.csv"]);
        }
    }

    /// Checks an interrupt before the first rows arrive, when no file is begun yet.
    #[test]
    #[cfg(target_os = "linux")]
    fn an_interrupt_before_there_is_anything_to_write() {
        if is_ignored(2) {
            return;
        }
        let folder = Folder::new();
        folder.write("model.pmml", LINE);
        let mut child = Command::new(env!("CARGO_BIN_EXE_pmmlc"))
            .args(["score", "model.pmml", "-o", "out.csv"])
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let started = Instant::now();
        let is_listening = || {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
            u64::from_str_radix(caught, 16).unwrap() & 1 << (2 - 1) != 0
        };
        while !is_listening() {
            assert!(started.elapsed() < Duration::from_secs(60), "it did not begin");
            thread::sleep(Duration::from_millis(5));
        }
        send("-INT", &child);
        let ended = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(ended.status.code(), Some(130), "{ended:?}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "interrupted by SIGINT\n");
        assert_eq!(folder.names(), ["model.pmml"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_signal_that_is_ignored_stays_ignored() {
        let folder = Folder::new();
        let mut child = begun("trap '' HUP; exec \"$PMMLC\" score model.pmml -o out.csv", &folder);
        send("-HUP", &child);
        child.stdin.as_mut().unwrap().write_all(b"3,4\n").unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
        let written = fs::read_to_string(folder.path("out.csv")).unwrap();
        assert!(written.ends_with("\n5.0\n11.0\n") && written.lines().count() == BEGUN + 2);
    }
}

#[test]
fn invalid_values_are_treated_as_requested() {
    let folder = Folder::new();
    let rows = "x,z\n1,10\n1,101\n1,-2\n,3\n";
    let strict = folder.score(rows, &[]);
    assert_eq!(
        (strict.status, strict.stdout.as_str()),
        (Some(2), "y\n13.0\n\"\"\n\"\"\n\"\"\n"),
        "{strict:#?}"
    );
    assert!(
        strict.stderr.contains("line 3: field `z`: the value `101` is outside of the interval `[0, 100]`"),
        "{strict:#?}"
    );
    let counted = "values that the document does not allow: 2 of `z`; 1 row has no result";
    assert!(strict.stderr.contains(counted), "{strict:#?}");

    let missing = folder.score(rows, &["--invalid", "as-missing"]);
    gives(&missing, "y\n13.0\n3.0\n3.0\n\"\"\n");
    assert!(missing.stderr.contains(counted), "{missing:#?}");
    let as_is = folder.score(rows, &["--invalid", "error", "--invalid", "as-is:z,x"]);
    gives(&as_is, "y\n13.0\n104.0\n1.0\n\"\"\n");
    assert!(as_is.stderr.contains(counted), "{as_is:#?}");
    // Without failures and counts there is no message.
    assert_eq!(folder.score("x,z\n1,10\n", &[]).stderr, "");

    folder.score(rows, &["--invalid", "as-missing:w"]).fails(&["the field `w`, which the document lacks"]);
    let run = folder.score(rows, &["--invalid", "ignore"]);
    assert!(run.stderr.contains("expected `as-is`, `as-missing` or `error`"), "{run:#?}");
}
