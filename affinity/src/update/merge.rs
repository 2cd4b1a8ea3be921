//! Append and remove: the API replaces whole lists, so what is there is read and merged first.

use affinity_core::{Error, Result};

use super::entry_update::Verb;
use super::resolve::Resolved;
use crate::{Field, FieldValueUpdate};

impl Resolved {
    /// How messages name it.
    pub(crate) fn place(&self) -> String {
        format!("{:?} ({})", self.name, self.field)
    }

    /// Whether the cell is of the type that the schema says. It may be older than the cell.
    pub(crate) fn check_kind(&self, cell: Option<&Field>) -> Result<()> {
        let (was, is) = (self.value.kind(), cell.map_or(self.value.kind(), |cell| cell.value.kind()));
        if was == is {
            return Ok(());
        }
        let place = self.place();
        Err(Error::input(format!("{place}: the field was {was} and is {is} now; try again in some seconds")))
    }

    /// The value to write, given the cell as it is; `None` if that is what is there.
    ///
    /// Only whole values are merged: of a hidden one, or one the server may have cut, the rest would be lost.
    pub(crate) fn merged(&self, cell: Option<&Field>) -> Result<Option<FieldValueUpdate>> {
        let refuse = |why: String| Error::input(format!("{}: {}: {why}", self.place(), self.verb.as_str()));
        let cell = cell.ok_or_else(|| refuse("the row has no such cell to read".to_owned()))?;
        let there = FieldValueUpdate::try_from(cell).map_err(|why| refuse(why.to_string()))?;
        let merged = merged(self.verb, there.clone(), self.value.clone());
        merged.check().map_err(|why| refuse(why.to_string()))?;
        Ok((merged != there).then_some(merged))
    }
}

fn merged(verb: Verb, there: FieldValueUpdate, given: FieldValueUpdate) -> FieldValueUpdate {
    fn each<T: PartialEq>(verb: Verb, mut there: Vec<T>, given: Vec<T>) -> Vec<T> {
        match verb {
            Verb::Set => return given,
            Verb::Append => {
                for item in given {
                    if !there.contains(&item) {
                        there.push(item);
                    }
                }
            }
            Verb::Remove => there.retain(|item| !given.contains(item)),
        }
        there
    }
    use FieldValueUpdate as U;
    match (there, given) {
        (U::CompanyMulti(there), U::CompanyMulti(given)) => U::CompanyMulti(each(verb, there, given)),
        (U::DropdownMulti(there), U::DropdownMulti(given)) => U::DropdownMulti(each(verb, there, given)),
        (U::FilterableTextMulti(there), U::FilterableTextMulti(given)) => {
            U::FilterableTextMulti(each(verb, there, given))
        }
        (U::LocationMulti(there), U::LocationMulti(given)) => U::LocationMulti(each(verb, there, given)),
        (U::NumberMulti(there), U::NumberMulti(given)) => U::NumberMulti(each(verb, there, given)),
        (U::PersonMulti(there), U::PersonMulti(given)) => U::PersonMulti(each(verb, there, given)),
        (_, given) => given,
    }
}
