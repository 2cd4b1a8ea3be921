//! Telling the same update from another one, between runs and releases.

use std::fmt;

use affinity_core::FieldId;

use super::EntryUpdate;
use super::entry_update::{Key, Operation, Verb};
use super::value::{Given, Item};

/// A number that the operations of an update lead to, whatever their order. It stands in journals, so it may never
/// change: FNV-1a of 128 bits over a form of our own. It does not say what was written; who has a guess can check it,
/// as with any fingerprint without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u128);

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Fingerprint {
    pub(crate) fn of(update: &EntryUpdate) -> Self {
        let mut forms: Vec<Vec<u8>> = update.operations.iter().map(form).collect();
        forms.sort_unstable();
        Self::sum(forms.iter().flatten())
    }

    /// That of a cell which all rows of an entity share.
    pub(crate) fn of_cell(kind: &str, entity: u64, field: &FieldId) -> Self {
        let mut bytes = Vec::new();
        put(&mut bytes, b'k', kind.as_bytes());
        put(&mut bytes, b'e', &entity.to_be_bytes());
        put(&mut bytes, b'i', field.as_str().as_bytes());
        Self::sum(bytes.iter())
    }

    fn sum<'b>(bytes: impl Iterator<Item = &'b u8>) -> Self {
        Self(bytes.fold(OFFSET, |sum, byte| (sum ^ u128::from(*byte)).wrapping_mul(PRIME)))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u128::from_str_radix(text, 16).ok().filter(|_| digits).map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn form(operation: &Operation) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.push(match operation.verb {
        Verb::Set => b'=',
        Verb::Append => b'+',
        Verb::Remove => b'-',
    });
    match &operation.key.0 {
        Key::Text(text) => put(&mut bytes, b'n', text.as_bytes()),
        Key::Id(id) => put(&mut bytes, b'i', id.as_str().as_bytes()),
    }
    value(&mut bytes, &operation.value.0);
    bytes
}

/// With its length before it, so that no two things run together.
fn put(bytes: &mut Vec<u8>, tag: u8, part: &[u8]) {
    bytes.push(tag);
    bytes.extend((part.len() as u64).to_be_bytes());
    bytes.extend(part);
}

fn value(bytes: &mut Vec<u8>, given: &Given) {
    match given {
        Given::Nothing => bytes.push(b'0'),
        Given::One(one) => item(bytes, one),
        Given::Several(items) => {
            bytes.push(b'[');
            bytes.extend((items.len() as u64).to_be_bytes());
            for each in items {
                value(bytes, &each.0);
            }
        }
        // Its form on the wire. One that has none (a number that is not finite) is never sent.
        Given::Typed(update) => put(bytes, b'u', &serde_json::to_vec(update).unwrap_or_default()),
    }
}

fn item(bytes: &mut Vec<u8>, item: &Item) {
    match item {
        Item::Text(text) => put(bytes, b't', text.as_bytes()),
        Item::Number(number) => put(bytes, b'#', &number.to_bits().to_be_bytes()),
        Item::Inexact => bytes.push(b'~'),
        Item::Day(date) => put(bytes, b'd', date.day().to_string().as_bytes()),
        Item::Person(id) => put(bytes, b'p', &id.get().to_be_bytes()),
        Item::Company(id) => put(bytes, b'c', &id.get().to_be_bytes()),
        Item::Option(id) => put(bytes, b'o', &id.get().to_be_bytes()),
        Item::Place(place) => {
            bytes.push(b'l');
            for part in [&place.street_address, &place.city, &place.state, &place.country, &place.continent] {
                match part {
                    Some(part) => put(bytes, b's', part.as_bytes()),
                    None => bytes.push(b'0'),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Date, FieldValueUpdate, ListEntryId, Location, PersonId};

    fn update() -> EntryUpdate {
        EntryUpdate::new(ListEntryId::new(1))
    }

    fn print(update: EntryUpdate) -> String {
        Fingerprint::of(&update).to_string()
    }

    #[test]
    fn it_is_what_it_was_in_earlier_releases() {
        let place = Location { city: Some("Umber".into()), ..Location::default() };
        let all = update()
            .set("Status", "Won")
            .set("Amount", 2_500_000)
            .set("Close date", Date::ymd(2026, 3, 31).unwrap())
            .set(FieldId::from("field-9"), FieldValueUpdate::from([PersonId::new(5)]))
            .append("Owners", [PersonId::new(4021)])
            .remove("Tags", vec!["Cold", "Warm"])
            .set("Place", place)
            .clear("Next step");
        assert_eq!(print(update()), "6c62272e07bb014262b821756295c58d");
        assert_eq!(print(update().set("Status", "Won")), "b22413409681db224aee8cf02fe08e69");
        assert_eq!(print(all), "cb4e579832348a599395f7eaab1f6c31");
        let cell = Fingerprint::of_cell("company", 7, &FieldId::from("field-9"));
        assert_eq!(cell.to_string(), "cfd154d2d3329cc4b53a2019f1dda2a0");
    }

    #[test]
    fn the_order_of_operations_does_not_count_and_everything_else_does() {
        let one = print(update().set("A", "x").set("B", 1));
        assert_eq!(one, print(update().set("B", 1).set("A", "x")));
        for other in [
            update().set("A", "x"),
            update().set("A", "x").set("B", 2),
            update().set("A", "y").set("B", 1),
            update().append("A", "x").set("B", 1),
            update().set("A", ["x"]).set("B", 1),
            update().set("A", "x").clear("B"),
            update().set(FieldId::from("A"), "x").set("B", 1),
            update().set("Ax", "").set("B", 1),
        ] {
            assert_ne!(one, print(other.clone()), "{other:?}");
        }
        assert_eq!(Fingerprint::parse(&one).unwrap().to_string(), one);
        for none in ["", "1", "+c62272e07bb014262b821756295c58d", "zc62272e07bb014262b821756295c58d"] {
            assert!(Fingerprint::parse(none).is_none(), "{none}");
        }
    }
}
