use super::Demo;
use super::persons::FIRST;
use crate::world::{CellValue, EntityKind, List, NewField, Place, ValueType, WorldError};

impl Demo {
    /// Two hundred persons with their companies.
    pub(super) fn add_network(&mut self) -> Result<(), WorldError> {
        let list = self.world.add_list(List::new("Network", EntityKind::Person))?;
        let strength = NewField::new("Strength", ValueType::Number);
        let strength = self.world.add_list_field(list, strength)?;
        for person in FIRST..FIRST + 200 {
            let row = Place::Entry(self.world.add_entry(list, person)?);
            let companies = vec![self.company(), self.company()];
            self.set(row, "companies", CellValue::CompanyMulti(companies))?;
            if self.chance(75) {
                let value = f64::from(self.rng.u8(..100)) / 10.0;
                self.set(row, &strength, CellValue::Number(value))?;
            }
        }
        Ok(())
    }
}
