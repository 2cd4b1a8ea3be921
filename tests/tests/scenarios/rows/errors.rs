//! Rows that do not fit: each an error in its place, and never another value.

use super::*;

#[tokio::test]
async fn an_option_that_the_enum_lacks_is_the_error_of_its_row() {
    #[derive(Deserialize, Debug, PartialEq)]
    enum Rating {
        Strong,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    enum Open {
        Strong,
        #[serde(other)]
        Another,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Closed {
        dropdown: Option<Rating>,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Opened {
        dropdown: Option<Open>,
    }
    let sheet = Sheet::new().await;
    let cell = |id: u64, text: &str| {
        [sheet.cell("dropdown", &format!(r#"{{"dropdownOptionId":{id},"text":"{text}"}}"#))]
    };
    let (strong, weak) = (cell(77, "Strong"), cell(78, "Weak"));
    sheet.answer(&[&strong, &weak, &strong]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Closed>().stream();
    let rows: Vec<_> = rows.collect().await;
    assert!(rows[0].is_ok() && rows[2].is_ok() && rows.len() == 3);
    let error = rows[1].as_ref().unwrap_err();
    assert!(error.is_item());
    assert_eq!(error.item_id(), Some(2));
    assert_eq!(error.field().map(|id| id.as_str()), Some(sheet.columns["dropdown"].as_str()));
    assert_eq!(error.path(), Some("data[1].entity.fields[0].value.data"));
    let printed = format!("{error} {error:?}");
    assert!(
        printed.contains("Rating has no variant for the option 78; add it, or a unit variant with"),
        "{printed}"
    );
    assert!(!printed.contains("Weak"), "{printed}");
    assert!(String::from_utf8_lossy(error.body().unwrap()).contains("Weak"));

    sheet.answer(&[&strong, &weak]);
    let rows: Vec<Opened> =
        sheet.affinity.lists().entries(sheet.list).rows().stream().try_collect().await.unwrap();
    assert_eq!(
        rows.into_iter().map(|row| row.dropdown.unwrap()).collect::<Vec<_>>(),
        [Open::Strong, Open::Another]
    );

    let schema = sheet.affinity.lists().schema(sheet.list).await.unwrap();
    let drift = Closed::check(&schema);
    assert_eq!(drift.len(), 1);
    assert!(drift[0].kind() == DriftKind::MissingVariant && !drift[0].is_breaking());
    assert_eq!(
        drift[0].to_string(),
        "dropdown: the enum lacks 1 options of \"dropdown\": \"In review\"; rows with them are errors, unless a unit \
         variant has #[serde(other)]"
    );
    assert_eq!(Opened::check(&schema), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    enum Stale {
        Strong,
        #[serde(rename = "In review")]
        InReview,
        Gone,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct WithStale {
        dropdown: Stale,
    }
    assert_eq!(
        WithStale::check(&schema)[0].to_string(),
        "dropdown: \"dropdown\" has no such option: \"Gone\""
    );
}

#[tokio::test]
async fn a_hidden_cell_is_not_taken_for_an_empty_one() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Blind {
        amount: Option<f64>,
    }
    #[derive(Deserialize, Debug)]
    struct Seeing {
        amount: Shown<f64>,
        status: Shown<FieldValue>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).api_version("2026-07-15").build().unwrap();
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let rows: Vec<_> = affinity.lists().entries(list).rows::<Blind>().stream().collect().await;
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((rows.len(), errors.len()), (1200, 6));
    assert!(errors[0].is_item());
    let message = errors[0].to_string();
    assert!(
        message.ends_with("the cell is hidden from the key's user; a field of the type Shown takes that"),
        "{message}"
    );
    let rows: Vec<Seeing> = affinity.lists().entries(list).rows().stream().try_collect().await.unwrap();
    let hidden = rows.iter().filter(|row| row.amount.is_hidden() && row.status.is_hidden()).count();
    let (shown, empty) = (
        rows.iter().filter(|row| row.amount.as_ref().value().is_some()).count(),
        rows.iter().filter(|row| row.amount == Shown::Empty).count(),
    );
    assert_eq!(hidden, 6);
    assert!(shown > 800 && empty > 50 && hidden + shown + empty == 1200, "{shown} {empty}");
}

#[tokio::test]
async fn a_list_that_may_be_cut_is_not_taken_for_a_whole_one() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Whole {
        owners: Vec<PersonId>,
    }
    #[derive(Deserialize, Debug)]
    struct Cut {
        owners: Multi<PersonId>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let rows: Vec<_> = affinity.lists().entries(list).rows::<Whole>().stream().collect().await;
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((rows.len(), errors.len()), (1200, 1));
    let message = errors[0].to_string();
    let said = "100 values came, and there may be more: the server sends no more than 100; a field of the type Multi";
    assert!(errors[0].is_item() && message.contains(said), "{message}");
    let rows: Vec<Cut> = affinity.lists().entries(list).rows().stream().try_collect().await.unwrap();
    let cut: Vec<_> = rows.iter().filter(|row| row.owners.is_complete() != Some(true)).collect();
    assert_eq!((cut.len(), cut[0].owners.items.len(), cut[0].owners.total), (1, 100, None));
}

#[tokio::test]
async fn later_versions_say_how_many_values_there_are() {
    #[derive(Deserialize, Debug)]
    struct It {
        #[serde(rename = "number-multi")]
        numbers: Multi<f64>,
    }
    #[derive(Deserialize, Debug)]
    struct Whole {
        #[serde(rename = "number-multi")]
        numbers: Vec<f64>,
    }
    let sheet = Sheet::new().await;
    let cell = |numbers: &str, total: u64| {
        let cell = sheet.cell("number-multi", numbers);
        [cell.replace(r#""value":{"#, &format!(r#""value":{{"totalCount":{total},"#))]
    };
    let hundred = format!("[{}]", vec!["1"; 100].join(","));
    let (few, all, cut) = (cell("[1,2]", 3), cell(&hundred, 100), cell(&hundred, 130));
    sheet.answer(&[&few, &all, &cut]);
    let rows =
        sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap().into_items().unwrap();
    let complete: Vec<_> = rows.iter().map(|row| (row.numbers.is_complete(), row.numbers.total)).collect();
    assert_eq!(complete, [(Some(false), Some(3)), (Some(true), Some(100)), (Some(false), Some(130))]);
    sheet.answer(&[&few, &all, &cut]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Whole>().send().await.unwrap();
    let came: Vec<_> =
        rows.into_results().into_iter().map(|row| row.map(|row| row.numbers.len()).ok()).collect();
    assert_eq!(came, [None, Some(100), None]);
}

#[tokio::test]
async fn a_value_type_that_changed_is_the_error_of_its_row() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
    }
    let sheet = Sheet::new().await;
    let changed = field(&sheet.columns["number"], "text", r#""12""#, TagPlace::First);
    sheet.answer(&[&[changed], &[sheet.cell("number", "1")]]);
    let rows: Vec<_> = sheet.affinity.lists().entries(sheet.list).rows::<It>().stream().collect().await;
    assert!(rows[1].is_ok());
    let error = rows[0].as_ref().unwrap_err().to_string();
    assert!(
        error.ends_with("it was number when the schema was read, and is text here; ask for the rows anew"),
        "{error}"
    );
    // What is no name of a type is not told.
    let changed = field(&sheet.columns["number"], "ines@\\n", "1", TagPlace::First);
    sheet.answer(&[&[changed]]);
    let row = sheet.affinity.lists().entries(sheet.list).rows::<It>().stream().next().await.unwrap();
    let error = row.unwrap_err().to_string();
    assert!(error.contains("and is another type here") && !error.contains("ines"), "{error}");
}

#[tokio::test]
async fn the_error_of_a_row_names_the_place_inside_a_value() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "person-multi")]
        persons: Vec<PersonRef>,
        text: Option<String>,
    }
    let sheet = Sheet::new().await;
    let json = r#"[{"id":1,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"},
        {"id":2,"firstName":{"secret":"Ines"},"lastName":null,"primaryEmailAddress":null,"type":"internal"}]"#;
    sheet.answer(&[&[sheet.cell("text", r#""Ines""#), sheet.cell("person-multi", json)]]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
    let error = &rows.failures[0].error;
    assert_eq!(error.path(), Some("data[0].entity.fields[1].value.data[1].firstName"));
    assert!(!format!("{error} {error:?}").contains("Ines"), "{error:?}");
}

#[tokio::test]
async fn random_structures_of_json_never_stop_the_stream_or_lose_a_row() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        name: String,
        number: Option<f64>,
        #[serde(rename = "person-multi")]
        persons: Multi<PersonRef>,
        dropdown: Option<String>,
        datetime: Option<NaiveDate>,
    }
    let mut rng = rng("random_structures_of_json_never_stop_the_stream_or_lose_a_row");
    let sheet = Sheet::new().await;
    let mut bad_rows = 0;
    for _ in 0..60 {
        let count = rng.usize(1..20);
        let rows: Vec<String> = (0..count)
            .map(|n| {
                let kinds = ["number", "person-multi", "dropdown", "datetime"];
                let cells: Vec<_> = kinds
                    .iter()
                    .map(|kind| {
                        let (_, data) = VALUES.iter().find(|(known, _)| known == kind).unwrap();
                        match rng.u8(..12) {
                            0 => sheet.cell(kind, "null"),
                            1 => sheet.cell(
                                kind,
                                ["{}", "[]", "[null]", "true", r#""""#, "-1e9", r#"{"a":[1]}"#]
                                    [rng.usize(..7)],
                            ),
                            2 => field(&sheet.columns[*kind], kind, data, TagPlace::Last),
                            3 => sheet
                                .cell(kind, data)
                                .replace(r#""value":{"#, r#""new":[{"x":1}],"value":{"later":{},"#),
                            _ => sheet.cell(kind, data),
                        }
                    })
                    .collect();
                let tag = if rng.bool() { TagPlace::First } else { TagPlace::Last };
                list_entry(n as u64 + 1, &cells.join(","), tag)
            })
            .collect();
        sheet.sandbox.reply(Method::GET, sheet.path(), Reply::json(200, page(&rows, None)));
        let call = sheet.affinity.lists().entries(sheet.list).rows::<It>().with_ids().send();
        let results = call.await.unwrap().into_results();
        assert_eq!(results.len(), count);
        for (n, row) in results.into_iter().enumerate() {
            match row {
                Ok(row) => assert_eq!(row.ids.entry.get(), n as u64 + 1),
                Err(error) => {
                    assert_eq!(error.item_id(), Some(n as u64 + 1), "{error}");
                    bad_rows += 1;
                }
            }
        }
    }
    assert!(bad_rows > 0);
}

#[tokio::test]
async fn a_value_that_is_missed_is_named_by_any_of_its_names() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "Stage", alias = "number")]
        stage: f64,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("number", "null").await.unwrap_err();
    assert_eq!(error.field().map(|id| id.as_str()), Some(sheet.columns["number"].as_str()));
    assert!(error.to_string().contains("there is no value; make it an Option"), "{error}");
}

#[tokio::test]
async fn every_error_of_a_row_names_field_and_place() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
        #[serde(rename = "ranked-dropdown")]
        ranked: Option<Shown<String>>,
    }
    let sheet = Sheet::new().await;
    let number = |value: &str| {
        let id = &sheet.columns["number"];
        [
            sheet.cell("text", "null"),
            format!(r#"{{"id":"{id}","name":"x","type":"list","enrichmentSource":null{value}}}"#),
        ]
    };
    let hidden = |kind: &str| sheet.cell(kind, "null").replace(r#""type":"list""#, r#""type":"hidden""#);
    for (cells, path, says) in [
        (number(r#","value":null"#), "fields[1].value", "no value of the documented form"),
        (number(""), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"data":1}"#), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"type":null,"data":1}"#), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"type":"text","data":"1"}"#), "fields[1].value.data", "it was number"),
        ([sheet.cell("text", "null"), hidden("number")], "fields[1].value.data", "the cell is hidden"),
        // An `Option` around it would take hidden for empty.
        (
            [sheet.cell("text", "null"), hidden("ranked-dropdown")],
            "fields[1].value.data",
            "the cell is hidden",
        ),
    ] {
        sheet.answer(&[&[], &cells, &[]]);
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
        assert_eq!((rows.items.len(), rows.failures.len(), rows.failures[0].index), (2, 1, 1), "{cells:?}");
        let error = &rows.failures[0].error;
        assert_eq!(error.path(), Some(format!("data[1].entity.{path}").as_str()), "{cells:?}");
        assert!(error.field().is_some() && error.item_id() == Some(2), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    // What a field that is not wanted looks like does not matter, wherever its id stands.
    for cell in [r#"{"type":null,"value":7,"id":"other"}"#, r#"{"id":"other","type":null,"value":7}"#] {
        sheet.answer(&[&[cell.to_owned()]]);
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
        assert_eq!((rows.items.len(), rows.failures.len()), (1, 0), "{cell}");
    }
}

#[tokio::test]
async fn the_place_of_what_a_row_has_itself_is_that_in_the_json() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        creator_id: PersonId,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Firm {
        domain: String,
    }
    let sheet = Sheet::new().await;
    let row = list_entry(1, "", TagPlace::First).replace(r#""creatorId":4021"#, r#""creatorId":null"#);
    sheet.sandbox.reply(Method::GET, sheet.path(), Reply::json(200, page(&[row], None)));
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
    assert_eq!(rows.failures[0].error.path(), Some("data[0].creatorId"));
    let company = sheet.sandbox.with_world(|world| world.add_company(Company::new("Tessel")).unwrap());
    let error = sheet.affinity.companies().get(company.into()).row::<Firm>().await.unwrap_err();
    assert_eq!(error.path(), Some("domain"));
}

#[tokio::test]
async fn what_is_missing_inside_a_value_is_not_a_missing_value() {
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Owner {
        id: PersonId,
        first_name: String,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "person-multi")]
        persons: Vec<Owner>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Pair {
        #[serde(rename = "number-multi")]
        numbers: (f64, f64),
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("person-multi", r#"[{"id":1,"firstName":"B"},{"id":2}]"#).await.unwrap_err();
    assert_eq!(error.path(), Some("data[0].entity.fields[0].value.data[1]"));
    assert!(error.to_string().ends_with("missing field `firstName`"), "{error}");
    let error = sheet.read::<Pair>("number-multi", "[1,2,3]").await.unwrap_err().to_string();
    assert!(error.ends_with("the value is of another length or range than the type takes"), "{error}");
}

#[tokio::test]
async fn the_words_of_a_type_that_refuses_a_value_are_not_shown() {
    #[derive(Debug)]
    struct Picky;
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("not {text}")))
        }
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        text: Picky,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("text", r#""Ines Falk""#).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the type does not take the value; why is not shown, since that may quote it")
    );
    assert!(!format!("{error} {error:?}").contains("Ines"), "{error:?}");
}
