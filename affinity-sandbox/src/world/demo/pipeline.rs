use super::{Demo, names, persons};
use crate::world::{
    CellValue, EntityKind, List, NewField, Place, SavedView, ValueType, ViewFilter, ViewKind, WorldError,
};

const STATUS: [(&str, &str); 6] = [
    ("New", "gray"),
    ("In review", "blue"),
    ("Due diligence", "purple"),
    ("Term sheet", "orange"),
    ("Won", "green"),
    ("Lost", "red"),
];
const ROUNDS: [&str; 3] = ["Seed", "Series A", "Series B"];

/// The columns of the pipeline.
struct Columns {
    list: u64,
    status: String,
    stages: Vec<u64>,
    amount: String,
    owners: String,
    close: String,
    notes: String,
    multiple: String,
}

impl Demo {
    pub(super) fn add_pipeline(&mut self, colleague: u64) -> Result<(), WorldError> {
        let columns = self.add_columns()?;
        for n in 0..1_200 {
            let (company, _) = names::company(n);
            let name = format!("{company}, {}", ROUNDS[n % 3]);
            let row = self.world.add_opportunity(columns.list, name)?;
            self.fill_row(Place::Entry(row.entry), n, &columns)?;
            if n % 200 == 50 {
                self.world.restrict_opportunity(row.opportunity, [colleague])?;
            }
        }
        self.add_views(&columns)
    }

    fn add_columns(&mut self) -> Result<Columns, WorldError> {
        let world = &mut self.world;
        let list = world.add_list(List::new("Pipeline", EntityKind::Opportunity))?;
        let status = NewField::new("Status", ValueType::RankedDropdown);
        let status = STATUS.iter().fold(status, |field, (text, color)| field.colored_option(*text, *color));
        let status = world.add_list_field(list, status.options(["Parked"]))?;
        let stages = STATUS.iter().filter_map(|(text, _)| world.option_named(&status, text)).collect();
        let mut column = |name: &str, value_type| world.add_list_field(list, NewField::new(name, value_type));
        Ok(Columns {
            list,
            status,
            stages,
            amount: column("Amount", ValueType::Number)?,
            owners: column("Owners", ValueType::PersonMulti)?,
            close: column("Close date", ValueType::Datetime)?,
            notes: column("Next step", ValueType::Text)?,
            multiple: column("Expected multiple", ValueType::FormulaNumber)?,
        })
    }

    fn fill_row(&mut self, row: Place, n: usize, columns: &Columns) -> Result<(), WorldError> {
        let status = self.pick(&columns.stages);
        self.set(row, &columns.status, CellValue::RankedDropdown(status))?;
        let company = super::companies::FIRST + n as u64;
        self.set(row, "companies", CellValue::CompanyMulti(vec![company]))?;
        let people = vec![self.person(), self.person()];
        let email = self.email(people[0]);
        self.set(row, "last-email", CellValue::Interaction(email))?;
        self.set(row, "persons", CellValue::PersonMulti(people))?;
        if self.chance(85) {
            let amount = f64::from(self.rng.u32(1..80)) * 125_000.0 + f64::from(self.rng.u8(..2)) * 0.5;
            self.set(row, &columns.amount, CellValue::Number(amount))?;
            self.set(row, &columns.multiple, CellValue::FormulaNumber(Some(amount / 400_000.0)))?;
        }
        if self.chance(70) {
            let day = self.some_day();
            self.set(row, &columns.close, CellValue::Datetime(day))?;
        }
        if self.chance(50) || n == 0 {
            self.set(row, &columns.notes, CellValue::Text("Call again after the board meeting".into()))?;
        }
        // One row has more owners than an answer holds.
        let owners = if n == 2 { 150 } else { self.rng.u64(..3) };
        let owners = (0..owners).map(|owner| persons::FIRST + owner).collect();
        self.set(row, &columns.owners, CellValue::PersonMulti(owners))
    }

    fn add_views(&mut self, columns: &Columns) -> Result<(), WorldError> {
        let Columns { list, status, stages, amount, owners, .. } = columns;
        let won = ViewFilter::Equals(status.clone(), CellValue::RankedDropdown(stages[4]));
        let views = [
            SavedView::new("All deals", ViewKind::Sheet).columns([status, amount, owners]),
            SavedView::new("Won", ViewKind::Sheet).columns([status, amount]).filter(won),
            SavedView::new("No amount yet", ViewKind::Sheet)
                .columns([status])
                .filter(ViewFilter::Empty(amount.clone())),
            SavedView::new("By status", ViewKind::Board),
            SavedView::new("Overview", ViewKind::Dashboard),
        ];
        for view in views {
            self.world.add_view(*list, view)?;
        }
        Ok(())
    }
}
