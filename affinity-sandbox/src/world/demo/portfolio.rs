use super::Demo;
use super::companies::FIRST;
use crate::world::{
    CellValue, EntityKind, List, NewEntry, NewField, Place, SavedView, ValueType, ViewFilter, ViewKind,
    WorldError,
};

impl Demo {
    /// Three hundred companies, the first of them twice.
    pub(super) fn add_portfolio(&mut self) -> Result<(), WorldError> {
        let list = self.world.add_list(List::new("Portfolio", EntityKind::Company))?;
        let mut column =
            |name: &str, value_type| self.world.add_list_field(list, NewField::new(name, value_type));
        let offices = column("Offices", ValueType::LocationMulti)?;
        let rounds = column("Round sizes", ValueType::NumberMulti)?;
        let lead = column("Lead", ValueType::Person)?;
        for n in 0..300 {
            let created_at = self.some_instant();
            let creator = (n % 9 != 0).then(|| self.world.main_user());
            let entry = NewEntry::of(FIRST + n).created_at(created_at).creator(creator);
            let row = Place::Entry(self.world.add_entry(list, entry)?);
            let (offices_of, lead_of) = (vec![self.location(), self.location()], self.person());
            self.set(row, &offices, CellValue::LocationMulti(offices_of))?;
            self.set(row, &rounds, CellValue::NumberMulti(vec![500_000.0, 2_250_000.5]))?;
            if self.chance(40) {
                self.set(row, &lead, CellValue::Person(lead_of))?;
            }
        }
        self.world.add_entry(list, FIRST)?;
        let led = SavedView::new("With a lead", ViewKind::Sheet).columns([&lead, &offices]);
        self.world.add_view(list, led.filter(ViewFilter::Filled(lead)))?;
        Ok(())
    }
}
