//! What the values of fields read as.

use super::*;

#[tokio::test]
async fn every_value_type_reads_as_what_it_is() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    struct All {
        text: String,
        filterable_text: String,
        filterable_text_multi: Vec<String>,
        number: f64,
        number_multi: Vec<f32>,
        datetime: Date,
        location: Location,
        location_multi: Vec<Location>,
        dropdown: Dropdown,
        dropdown_multi: Vec<DropdownOptionId>,
        ranked_dropdown: RankedDropdown,
        person: PersonRef,
        person_multi: Vec<PersonId>,
        company: CompanyRef,
        company_multi: Vec<CompanyId>,
        formula_number: FormulaNumber,
        #[serde(rename = "last-email")]
        interaction: Interaction,
    }
    let sheet = Sheet::new().await;
    for tag in [TagPlace::First, TagPlace::Last] {
        let cells: Vec<_> =
            VALUES.iter().map(|(kind, data)| field(&sheet.columns[*kind], kind, data, tag)).collect();
        let row = list_entry(7, &cells.join(","), tag);
        sheet.sandbox.reply(
            Method::GET,
            sheet.path(),
            Reply::json(200, page(std::slice::from_ref(&row), None)),
        );
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<All>().send().await.unwrap();
        let all = rows.into_items().unwrap().pop().unwrap();
        // The same as the row of the model has.
        let row: ListEntry = serde_json::from_str(&row).unwrap();
        let value = |kind: &str| row.cell(&sheet.columns[kind]).value().unwrap();
        assert_eq!(Some(all.text.as_str()), value("text").as_text());
        assert_eq!(Some(all.filterable_text.as_str()), value("filterable-text").as_text());
        assert_eq!(Some(all.filterable_text_multi.as_slice()), value("filterable-text-multi").as_texts());
        assert_eq!(Some(all.number), value("number").as_number());
        assert_eq!(all.number_multi, [12.5, 40.0, -3.0]);
        assert_eq!(Some(all.datetime.instant()), value("datetime").as_instant());
        assert_eq!(Some(&all.location), value("location").as_location());
        assert_eq!(Some(all.location_multi.as_slice()), value("location-multi").as_locations());
        assert_eq!((all.dropdown.dropdown_option_id.get(), all.dropdown.text.as_str()), (77, "Strong"));
        assert_eq!(all.dropdown_multi, [81, 82].map(DropdownOptionId::new));
        assert_eq!((all.ranked_dropdown.rank, all.ranked_dropdown.color.as_deref()), (2, Some("blue")));
        assert_eq!(Some(&all.person), value("person").as_person());
        assert_eq!(all.person_multi, [4021, 5530].map(PersonId::new));
        assert_eq!(Some(&all.company), value("company").as_company());
        assert_eq!(all.company_multi, [88120, 88121].map(CompanyId::new));
        assert_eq!(all.formula_number.calculated_value(), Some(3.25));
        assert_eq!(Some(&all.interaction), value("interaction").as_interaction());
    }
}

#[tokio::test]
async fn every_value_type_reads_as_a_field_value_and_as_any_value() {
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "kebab-case")]
    struct Whole {
        #[serde(flatten)]
        _not: (),
    }
    assert_eq!(Whole::check(&schema(&[]))[0].kind(), DriftKind::NoStruct);

    macro_rules! one_by_one {
        ($($name:ident = $kind:literal),+ $(,)?) => { $( {
            #[derive(Deserialize, Debug)]
            struct Whole { #[serde(rename = $kind)] value: FieldValue }
            #[derive(Deserialize, Debug)]
            struct Any { #[serde(rename = $kind)] value: Value }
            let kind = if $kind == "last-email" { "interaction" } else { $kind };
            let sheet = Sheet::new().await;
            let (_, data) = VALUES.iter().find(|(known, _)| *known == kind).unwrap();
            let read: Whole = sheet.read(kind, data).await.unwrap();
            assert_eq!(read.value.kind(), kind);
            assert_eq!(serde_json::to_value(&read.value).unwrap()["data"], serde_json::from_str::<Value>(data).unwrap());
            let empty: Whole = sheet.read(kind, "null").await.unwrap();
            assert!(empty.value.is_empty() && empty.value.kind() == kind);
            let any: Any = sheet.read(kind, data).await.unwrap();
            let expected: Value = serde_json::from_str(data).unwrap();
            let expected = match kind {
                "dropdown" | "ranked-dropdown" => expected["text"].clone(),
                "dropdown-multi" => expected.as_array().unwrap().iter().map(|it| it["text"].clone()).collect(),
                "datetime" => "2025-11-20".into(),
                "formula-number" => expected["calculatedValue"].clone(),
                _ => expected,
            };
            assert_eq!(any.value, expected, "{kind}");
        } )+ };
    }
    one_by_one! {
        a = "text", b = "filterable-text", c = "filterable-text-multi", d = "number", e = "number-multi", f = "datetime",
        g = "location", h = "location-multi", i = "dropdown", j = "dropdown-multi", k = "ranked-dropdown", l = "person",
        m = "person-multi", n = "company", o = "company-multi", p = "formula-number", q = "last-email",
    }
}

#[tokio::test]
async fn an_empty_cell_is_none_or_the_default_or_an_error() {
    #[derive(Deserialize, Debug)]
    struct Forgiving {
        number: Option<f64>,
        #[serde(default)]
        text: String,
        #[serde(rename = "person-multi")]
        persons: Vec<PersonId>,
        #[serde(rename = "company-multi")]
        companies: Multi<CompanyId>,
        #[serde(rename = "formula-number")]
        formula: Option<f64>,
        datetime: Shown<Date>,
        dropdown: Option<Vec<String>>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Strict {
        number: f64,
    }
    let sheet = Sheet::new().await;
    let kinds = ["number", "text", "person-multi", "company-multi", "datetime", "dropdown"];
    let mut cells: Vec<_> = kinds.iter().map(|kind| sheet.cell(kind, "null")).collect();
    cells.push(sheet.cell("formula-number", r#"{"calculatedValue":null}"#));
    // Nothing there, and not there at all.
    sheet.answer(&[&cells, &[]]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Forgiving>().send().await.unwrap();
    for row in rows.into_items().unwrap() {
        assert_eq!((row.number, row.text.as_str(), row.formula, row.dropdown), (None, "", None, None));
        assert!(row.persons.is_empty() && row.companies.items.is_empty() && row.datetime == Shown::Empty);
        assert_eq!(row.companies.is_complete(), Some(true));
    }
    let error = sheet.read::<Strict>("number", "null").await.unwrap_err();
    assert!(error.is_item());
    assert_eq!(
        error.to_string(),
        format!(
            "list_list_entries: the answer does not fit at data[0].entity.fields[0].value.data (id 1): \"number\" ({}): \
             there is no value; make it an Option, or give it #[serde(default)]",
            sheet.columns["number"]
        )
    );
}

#[tokio::test]
async fn whole_numbers_are_read_from_any_form_of_them() {
    #[derive(Deserialize, Debug)]
    struct Signed {
        number: i64,
    }
    #[derive(Deserialize, Debug)]
    struct Small {
        number: u8,
    }
    let sheet = Sheet::new().await;
    for (json, expected) in
        [("5", 5), ("-5", -5), ("5.0", 5), ("5e3", 5000), ("-0.0", 0), ("9007199254740993", 9007199254740993)]
    {
        assert_eq!(sheet.read::<Signed>("number", json).await.unwrap().number, expected, "{json}");
    }
    for json in ["2.5", "1e300", "99999999999999999999"] {
        let error = sheet.read::<Signed>("number", json).await.err().unwrap();
        assert!(error.is_item() && !error.to_string().contains(json), "{json}: {error}");
    }
    assert_eq!(sheet.read::<Small>("number", "255.0").await.unwrap().number, 255);
    for json in ["256", "-1", "256.0"] {
        assert!(sheet.read::<Small>("number", json).await.err().unwrap().is_item(), "{json}");
    }
}

#[tokio::test]
async fn a_day_is_the_same_as_whatever_type_it_is_read() {
    #[derive(Deserialize, Debug)]
    struct Days {
        #[serde(rename = "datetime")]
        ours: Date,
    }
    #[derive(Deserialize, Debug)]
    struct Naive {
        datetime: NaiveDate,
    }
    #[derive(Deserialize, Debug)]
    struct Text {
        datetime: String,
    }
    #[derive(Deserialize, Debug)]
    struct Instant {
        datetime: DateTime<Utc>,
    }
    #[derive(Deserialize, Debug)]
    struct OfTime {
        datetime: time::Date,
    }
    let sheet = Sheet::new().await;
    // Midnight in US Pacific time, in winter and in summer; and a value from before times were dropped.
    for (json, day) in [
        (r#""2025-11-20T08:00:00.000Z""#, "2025-11-20"),
        (r#""2025-07-01T07:00:00.000Z""#, "2025-07-01"),
        (r#""2025-07-01T06:59:59Z""#, "2025-06-30"),
    ] {
        assert_eq!(sheet.read::<Days>("datetime", json).await.unwrap().ours.to_string(), day);
        assert_eq!(sheet.read::<Naive>("datetime", json).await.unwrap().datetime.to_string(), day);
        assert_eq!(sheet.read::<Text>("datetime", json).await.unwrap().datetime, day);
        assert_eq!(sheet.read::<OfTime>("datetime", json).await.unwrap().datetime.to_string(), day);
        let instant: DateTime<Utc> = json.trim_matches('"').parse().unwrap();
        assert_eq!(sheet.read::<Instant>("datetime", json).await.unwrap().datetime, instant);
    }
    let error = sheet.read::<Naive>("datetime", r#""20th of November""#).await.err().unwrap();
    assert!(error.is_item() && !error.to_string().contains("20th"), "{error}");
}

#[tokio::test]
async fn links_of_a_text_list_are_read_as_what_they_are() {
    #[derive(Deserialize, Debug)]
    struct It {
        #[serde(rename = "filterable-text-multi")]
        links: Vec<String>,
    }
    let sheet = Sheet::new().await;
    let json = r#"[{"link":"https://tessel.example/in","text":"Tessel"},{"link":null,"text":"x"},"plain"]"#;
    let it: It = sheet.read("filterable-text-multi", json).await.unwrap();
    assert_eq!(it.links, ["https://tessel.example/in", "x", "plain"]);
}

#[tokio::test]
async fn a_default_does_for_types_that_take_whatever_comes() {
    #[derive(Debug, Default, PartialEq)]
    struct Money(f64);
    impl<'de> Deserialize<'de> for Money {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Number;
            impl serde::de::Visitor<'_> for Number {
                type Value = Money;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("money")
                }
                fn visit_f64<E>(self, number: f64) -> Result<Money, E> {
                    Ok(Money(number))
                }
            }
            deserializer.deserialize_any(Number)
        }
    }
    #[derive(Deserialize, Debug)]
    struct Lenient {
        #[serde(default)]
        number: Money,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Strict {
        number: Money,
    }
    let sheet = Sheet::new().await;
    assert_eq!(sheet.read::<Lenient>("number", "null").await.unwrap().number, Money(0.0));
    assert_eq!(sheet.read::<Lenient>("number", "2.5").await.unwrap().number, Money(2.5));
    let error = sheet.read::<Strict>("number", "null").await.unwrap_err().to_string();
    assert!(error.contains("there is no value; make it an Option"), "{error}");
}

#[tokio::test]
async fn an_interaction_that_does_not_say_when_it_was_is_not_none() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "last-email")]
        last: Option<DateTime<Utc>>,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("interaction", r#"{"type":"new","id":1}"#).await.unwrap_err().to_string();
    assert!(error.ends_with("the interaction does not say when it was"), "{error}");
    assert_eq!(sheet.read::<It>("interaction", "null").await.unwrap().last, None);
}
