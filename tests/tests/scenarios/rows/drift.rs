//! Holding a struct against a schema: what matches, and what is said of what does not.

use super::*;

#[tokio::test]
async fn what_does_not_match_is_told_at_once_and_before_the_first_page() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Wrong {
        name: f64,
        number: String,
        text: Option<f64>,
        datetime: Vec<bool>,
        rank_dropdown: String,
        domain: Option<String>,
    }
    let sheet = Sheet::new().await;
    let error = sheet.affinity.lists().entries(sheet.list).rows::<Wrong>().send().await.unwrap_err();
    assert!(error.is_input() && !error.is_retryable());
    assert_eq!(
        error.to_string(),
        "list_list_entries: rows: name: the row's own name is text, which does not read as f64; number: \"number\" is \
         number, which does not read as String; it reads as f64 or a whole number; text: \"text\" is text, which does \
         not read as Option<f64>; it reads as String, an enum of texts; datetime: \"datetime\" is datetime, which does \
         not read as Vec<bool>; it reads as Date, a day such as NaiveDate, or String; rank_dropdown: the list \"Deals\" \
         (101) has no field \"rank_dropdown\"; is it \"ranked-dropdown\" or \"dropdown\"?; domain: the list \"Deals\" \
         (101) has no field \"domain\", and its rows have no such thing themselves; they have entry_id, list_id, \
         created_at, creator_id, entity_type, entity_id, name"
    );
    assert_eq!(sheet.asked(), 0);
}

#[test]
fn which_types_the_values_read_as() {
    use DriftKind::WrongType;
    macro_rules! reads {
        ($kind:literal as $($type:ty),+ ; not $($other:ty),+) => { {
            let schema = schema(&[("X", $kind, "list")]);
            $( {
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct It { x: $type }
                assert_eq!(It::check(&schema), [], "{} as {}", $kind, stringify!($type));
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct Maybe { x: Option<$type> }
                assert_eq!(Maybe::check(&schema), [], "{} as {}", $kind, stringify!($type));
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct Maybe2 { x: Shown<$type> }
                assert_eq!(Maybe2::check(&schema), [], "{} as {}", $kind, stringify!($type));
            } )+
            $( {
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct It { x: $other }
                let drift = It::check(&schema);
                assert_eq!(drift.first().map(|it| it.kind()), Some(WrongType), "{} as {}", $kind, stringify!($other));
                let message = drift[0].to_string();
                assert!(message.starts_with(concat!("x: \"X\" is ", $kind, ", which does not read as ")), "{message}");
            } )+
        } };
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    enum Stage {
        Won,
        Lost,
    }
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Owner {
        id: PersonId,
        first_name: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct City {
        city: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Money(f64);
    type Map = HashMap<String, Value>;
    reads!("text" as String, Box<str>, Stage, char, FieldValue, Value; not f64, bool, u8, Date, PersonRef, Vec<u8>, Map, ());
    reads!("filterable-text" as String, Stage, Vec<String>; not f64, bool, Vec<f64>);
    reads!("filterable-text-multi" as Vec<String>, HashSet<String>, Multi<String>, FieldValue; not String, Vec<f64>, Date);
    reads!("number" as f64, f32, i64, u8, Money, Value, Vec<f64>; not PersonId, String, bool, Stage, Date, Dropdown);
    reads!("number-multi" as Vec<f64>, Vec<i32>, Multi<f64>; not f64, Vec<String>);
    reads!("formula-number" as f64, u64, FormulaNumber, Map; not String, bool, Location);
    reads!("datetime" as Date, NaiveDate, DateTime<Utc>, String; not f64, Stage, bool, Location);
    reads!("dropdown" as String, Stage, Dropdown, DropdownOptionId, Vec<String>; not f64, bool, RankedDropdown, PersonRef);
    reads!("ranked-dropdown" as String, Stage, Dropdown, RankedDropdown, DropdownOptionId; not f64, u64, PersonId, bool, Location, Date);
    reads!("dropdown-multi" as Vec<String>, Vec<Stage>, Multi<Dropdown>, HashSet<DropdownOptionId>; not String, Vec<u64>, Stage, Vec<f64>);
    reads!("person" as PersonRef, PersonId, Owner, Map, u64; not String, CompanyRef, CompanyId, f64, Dropdown, City);
    reads!("person-multi" as Vec<PersonRef>, Vec<PersonId>, Multi<Owner>; not PersonRef, Vec<String>, Vec<CompanyRef>);
    reads!("company" as CompanyRef, CompanyId; not PersonRef, PersonId, String, Owner);
    reads!("company-multi" as Vec<CompanyRef>, Multi<CompanyId>; not CompanyRef, Vec<String>);
    reads!("location" as Location, City, Map; not String, u64, PersonRef);
    reads!("location-multi" as Vec<Location>, Vec<City>; not Location, Vec<String>);
    reads!("interaction" as Interaction, DateTime<Utc>, String, Map; not NaiveDate, f64, Location, bool);
    reads!("status-dropdown" as FieldValue; not String, f64, Vec<String>, Value);
}

#[tokio::test]
async fn names_are_found_by_alias_until_both_are_there() {
    #[derive(Deserialize, Debug)]
    struct Renamed {
        #[serde(rename = "Stage", alias = "Phase")]
        stage: Option<String>,
        #[serde(alias = "Volume")]
        amount: f64,
    }
    let sheet = Sheet::new().await;
    let list = sheet.list.get();
    let add = |name: &str, kind| {
        sheet.sandbox.with_world(|world| world.add_list_field(list, NewField::new(name, kind)).unwrap())
    };
    let (phase, amount) = (add("Phase", ValueType::Text), add("Amount", ValueType::Number));
    let cells = [
        field(&phase, "text", r#""Early""#, TagPlace::First),
        field(&amount, "number", "5", TagPlace::First),
    ];
    sheet.answer(&[&cells]);
    let call = || sheet.affinity.lists().entries(sheet.list).rows::<Renamed>().send();
    let row = call().await.unwrap().into_items().unwrap().pop().unwrap();
    assert_eq!((row.stage.as_deref(), row.amount), (Some("Early"), 5.0));
    add("Stage", ValueType::Text);
    sheet.affinity.forget_schemas();
    let error = call().await.unwrap_err().to_string();
    assert!(
        error.contains("one field of the struct by its aliases, and \"Phase\" and \"Stage\" are both there"),
        "{error}"
    );
}

#[tokio::test]
async fn fields_named_alike_are_told_apart_by_source_or_id() {
    let unsure = schema(&[
        ("Location", "text", "affinity-data"),
        ("location ", "text", "dealroom"),
        ("A:B", "text", "list"),
    ]);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct By {
        #[serde(rename = "affinity-data:location")]
        ours: String,
        #[serde(rename = "field-2")]
        theirs: String,
        #[serde(rename = "a:b")]
        colon: String,
    }
    assert_eq!(By::check(&unsure), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Unsure {
        #[serde(rename = "enriched:Location")]
        which: String,
    }
    let drift = Unsure::check(&unsure);
    assert_eq!(drift[0].kind(), DriftKind::AmbiguousField);
    assert_eq!(
        drift[0].to_string(),
        "enriched:Location: 2 fields of the list \"Deals\" (1) are named \"enriched:Location\"; choose one: \
         affinity-data:Location, dealroom:location"
    );
}

#[test]
fn what_is_no_struct_with_names_is_refused() {
    #[derive(Deserialize, Debug)]
    struct Tuple(#[allow(dead_code)] String, #[allow(dead_code)] f64);
    #[derive(Deserialize, Debug)]
    struct Wrapped(#[allow(dead_code)] Inner);
    #[derive(Deserialize, Debug)]
    struct Inner {
        #[allow(dead_code)]
        name: String,
    }
    #[derive(Deserialize, Debug)]
    struct Flat {
        #[serde(flatten)]
        #[allow(dead_code)]
        rest: Inner,
    }
    let none = schema(&[]);
    for drift in [
        Tuple::check(&none),
        String::check(&none),
        Value::check(&none),
        <(u8, u8)>::check(&none),
        HashMap::<String, Value>::check(&none),
        Flat::check(&none),
        Option::<Inner>::check(&none),
    ] {
        assert_eq!((drift.len(), drift[0].kind(), drift[0].name()), (1, DriftKind::NoStruct, ""));
        assert!(drift[0].is_breaking());
    }
    assert!(Flat::check(&none)[0].to_string().contains("flatten"));
    assert_eq!(Wrapped::check(&none), []);
}

#[tokio::test]
async fn an_id_is_not_read_as_one_of_another_kind() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Wrong {
        entity_id: PersonId,
        entry_id: ListId,
        creator_id: Option<CompanyId>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Right {
        entity_id: affinity::OpportunityId,
        entry_id: affinity::ListEntryId,
        creator_id: Option<PersonId>,
    }
    let deals = schema(&[]);
    let names: Vec<_> = Wrong::check(&deals).iter().map(|drift| drift.to_string()).collect();
    assert_eq!(
        names,
        [
            "entity_id: the row's own entity_id is an id, which does not read as PersonId",
            "entry_id: the row's own entry_id is an id, which does not read as ListId",
            "creator_id: the row's own creator_id is an id, which does not read as Option<CompanyId>",
        ]
    );
    assert_eq!(Right::check(&deals), []);
}

#[test]
fn aliases_are_names_of_one_field_whatever_its_type() {
    macro_rules! aliased {
        ($($kind:literal as $type:ty),+ $(,)?) => { $( {
            #[derive(Deserialize, Debug)]
            #[allow(dead_code)]
            struct It {
                #[serde(rename = "Firm", alias = "Account")]
                x: $type,
                #[serde(rename = "Other")]
                other: $type,
            }
            let is = schema(&[("Account", $kind, "list"), ("Other", $kind, "list")]);
            assert_eq!(It::check(&is), [], "{}", $kind);
        } )+ };
    }
    aliased! {
        "company" as CompanyRef, "location" as Location, "dropdown" as Dropdown, "text" as FieldValue, "text" as char,
        "interaction" as Interaction, "person" as HashMap<String, Value>, "datetime" as NaiveDate, "number" as Value,
    }
    // The same field by name, by other letters and by id.
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Pinned {
        #[serde(rename = "Status", alias = "status", alias = "field-1")]
        x: Option<String>,
    }
    assert_eq!(Pinned::check(&schema(&[("Status", "text", "list")])), []);
    // Names that a hand-written struct tells apart by their text are different fields.
    struct ByHand;
    impl<'de> Deserialize<'de> for ByHand {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Keys;
            impl<'de> serde::de::Visitor<'de> for Keys {
                type Value = ByHand;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a row")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<ByHand, A::Error> {
                    while let Some(_key) = map.next_key::<String>()? {
                        map.next_value::<f64>()?;
                    }
                    Ok(ByHand)
                }
            }
            deserializer.deserialize_struct("ByHand", &["One", "Two"], Keys)
        }
    }
    let drift = ByHand::check(&schema(&[("One", "number", "list")]));
    assert_eq!(drift.iter().map(|drift| drift.name()).collect::<Vec<_>>(), ["Two"]);
}

#[test]
fn drift_says_what_to_do() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Snake {
        id: PersonId,
        first_name: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Owners {
        owners: Vec<Snake>,
    }
    let is = schema(&[("Owners", "person-multi", "list"), ("Status", "dropdown", "list")]);
    assert_eq!(
        Owners::check(&is)[0].to_string(),
        "owners: \"Owners\" is person-multi, which does not read as Vec<Snake>; it reads as Vec<PersonRef> or \
         Vec<PersonId>, which have id, firstName, lastName, primaryEmailAddress, type, not \"first_name\""
    );
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Camel {
        entry_id: affinity::ListEntryId,
    }
    let drift = Camel::check(&is)[0].to_string();
    assert!(
        drift.ends_with("what a row has itself is \"entry_id\": #[serde(rename = \"entry_id\")]"),
        "{drift}"
    );
    // A text type with rules of its own is not a date.
    #[derive(Debug)]
    #[allow(dead_code)]
    struct Short(String);
    impl TryFrom<String> for Short {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text.len() <= 20 { Ok(Self(text)) } else { Err("too long") }
        }
    }
    impl<'de> Deserialize<'de> for Short {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
        }
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct WithShort {
        status: Short,
    }
    assert_eq!(WithShort::check(&is), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Dated {
        name: NaiveDate,
    }
    assert_eq!(Dated::check(&is)[0].kind(), DriftKind::WrongType);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct AllShown {
        name: Shown<String>,
        status: Shown<String>,
    }
    assert_eq!(AllShown::check(&is), []);
}

#[tokio::test]
async fn a_renamed_option_is_read_by_alias_and_is_no_drift() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[allow(dead_code)]
    enum Rating {
        Strong,
        #[serde(rename = "In review", alias = "Reviewing")]
        Review,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct It {
        dropdown: Rating,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    enum Open {
        Strong,
        Gone,
        #[serde(other)]
        Rest,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Opened {
        dropdown: Vec<Open>,
    }
    let sheet = Sheet::new().await;
    let schema = sheet.affinity.lists().schema(sheet.list).await.unwrap();
    assert_eq!(It::check(&schema), []);
    for text in ["In review", "Reviewing"] {
        let json = format!(r#"{{"dropdownOptionId":1,"text":"{text}"}}"#);
        assert_eq!(sheet.read::<It>("dropdown", &json).await.unwrap().dropdown, Rating::Review);
    }
    let drift: Vec<_> = Opened::check(&schema).iter().map(ToString::to_string).collect();
    assert_eq!(drift, [r#"dropdown: "dropdown" has no such option: "Gone""#]);
}
