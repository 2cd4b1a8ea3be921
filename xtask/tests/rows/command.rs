//! The command line, and `--check` of a file.

use std::fs;

use affinity_sandbox::{EntityKind, List, Sandbox, World};

use crate::support::{golden_file, rows, rows_of};

#[test]
fn only_code_goes_to_standard_output() {
    let run = rows(&["--list", "Watchlist", "--sandbox", "--name", "Watched"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.out, "");
    assert!(run.err.contains("2 lists are named \"Watchlist\"; choose one by its id"), "{}", run.err);

    let run = rows(&["--list", "Network", "--sandbox", "--name", "Contact"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.out.starts_with("use affinity::{") && run.out.contains("pub struct Contact {"),
        "{}",
        run.out
    );
    assert!(
        run.err.starts_with("remark: ") && run.err.contains("other fields are left out: --all takes them")
    );
}

#[test]
fn without_a_key_it_says_what_to_do() {
    let run = rows(&["--persons"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.err,
        "error: there is no API key: set AFFINITY_API_KEY, or pass --sandbox to try it on invented lists\n"
    );
}

#[test]
fn one_of_list_companies_and_persons_is_wanted() {
    for arguments in [&["--sandbox"][..], &["--companies", "--persons"], &["--list", "1", "--persons"]] {
        assert_eq!(rows(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(rows(&["--persons", "--all", "--fields", "x"]).code, Some(2));
    assert_eq!(rows(&["--persons", "--all", "--check", "x"]).code, Some(2));
}

#[tokio::test]
async fn a_list_can_have_a_number_for_a_name() {
    let mut world = World::new();
    world.add_list(List::new("2031", EntityKind::Person)).unwrap();
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let run = rows_of(&sandbox, &["--list", "2031"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.out.contains("A row of the list `2031`") && run.out.contains("pub struct List2031Row {"),
        "{}",
        run.out
    );
    let run = rows_of(&sandbox, &["--list", "2032"]);
    assert!(run.err.contains("404"), "{}", run.err);
    let run = rows_of(&sandbox, &["--list", "Deals"]);
    assert_eq!(run.err, "error: no list is named \"Deals\"; the key's user sees: 2031\n");
}

#[test]
fn what_was_printed_matches_its_list() {
    for (file, of, says) in [
        ("pipeline.rs", &["--list", "Pipeline"][..], "PipelineRow matches the list \"Pipeline\" (101).\n"),
        ("companies.rs", &["--companies"], "CompanyRow matches companies.\n"),
        ("persons.rs", &["--persons"], "PersonRow matches persons.\n"),
    ] {
        let file = golden_file(file);
        let run = rows(&[of, &["--sandbox", "--check", file.to_str().unwrap()]].concat());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), says, ""));
    }
}

#[test]
fn what_does_not_match_is_told_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deals.rs");
    let check = |text: &str| {
        fs::write(&file, text).unwrap();
        rows(&["--list", "Pipeline", "--sandbox", "--check", file.to_str().unwrap()])
    };
    let text = fs::read_to_string(golden_file("pipeline.rs")).unwrap();
    let text = text.replace("pub amount: Option<f64>", "pub amount: Option<String>");
    let text = text.replace("pub next_step: ", "pub next_steps: ").replace("    Parked,\n", "");
    let run = check(&text);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.out,
        "breaking: amount: \"Amount\" is number, which does not read as Option<String>; it reads as f64 or a whole \
         number\n\
         breaking: next_steps: the list \"Pipeline\" (101) has no field \"next_steps\"; is it \"Next step\"?\n\
         note: status: PipelineRowStatus lacks options of \"Status\", which read as its other variant: \"Parked\"\n"
    );
    assert_eq!(
        run.err,
        "error: PipelineRow does not match the list \"Pipeline\" (101) in 2 fields: change what is named above, or \
         write it anew with `cargo xtask rows --list 101 --sandbox`\n"
    );
    assert_eq!(
        check("struct Deal {").err,
        format!("error: {}:1: cannot parse string into token stream\n", file.display())
    );
    let run = rows(&["--list", "Pipeline", "--sandbox", "--check", "no/such/file.rs"]);
    assert!(run.err.starts_with("error: no/such/file.rs: "), "{}", run.err);
}
