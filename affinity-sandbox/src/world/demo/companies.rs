use super::{Demo, names};
use crate::world::{CellValue, Company, EntityKind, Location, NewField, Place, ValueType, WorldError};

pub(super) const FIRST: u64 = 10_001;

const INDUSTRIES: [&str; 6] = ["Industrial", "Health care", "Food", "Finance", "Climate", "Education"];
const STAGES: [&str; 4] = ["Pre-seed", "Seed", "Series A", "Series B"];
const INVESTORS: [&str; 4] = ["Quillfern Seed", "Mossgate Capital", "Ember Lane", "Tidewater Union"];
const CITIES: [(&str, &str, &str, &str); 4] = [
    ("San Francisco", "California", "United States", "North America"),
    ("Oslo", "Oslo", "Norway", "Europe"),
    ("Nairobi", "Nairobi", "Kenya", "Africa"),
    ("Osaka", "Osaka", "Japan", "Asia"),
];

impl Demo {
    pub(super) fn add_companies(&mut self) -> Result<(), WorldError> {
        let thesis = NewField::new("Thesis fit", ValueType::Dropdown).options(["Strong", "Fair", "Weak"]);
        let thesis = self.world.add_global_field(EntityKind::Company, thesis)?;
        let fits: Vec<u64> = ["Strong", "Fair", "Weak"]
            .iter()
            .filter_map(|text| self.world.option_named(&thesis, text))
            .collect();
        // One more than can be read: it is merged away.
        for n in 0..2_001 {
            let (name, domain) = names::company(n);
            let mut company = Company::new(name).global(n % 3 == 0);
            if n % 50 != 49 {
                company = company.domain(domain);
            }
            if n % 20 == 0 {
                company = company.domain(format!("group-{n}.example"));
            }
            let place = Place::Company(self.world.add_company(company)?);
            if self.chance(60) {
                let fit = self.pick(&fits);
                self.world.set_value(place, &thesis, CellValue::Dropdown(fit))?;
            }
            self.enrich_company(place, n)?;
        }
        Ok(())
    }

    fn enrich_company(&mut self, place: Place, n: usize) -> Result<(), WorldError> {
        if n % 10 == 9 {
            return Ok(());
        }
        let industry = self.pick(&INDUSTRIES);
        let stage = self.pick(&STAGES);
        let investors = vec![self.pick(&INVESTORS).to_owned()];
        let description = format!("{industry}, at the stage of {stage}.");
        let founded = f64::from(self.rng.u16(1990..2025));
        let raised = f64::from(self.rng.u32(1..400)) * 250_000.0;
        let (day, location) = (self.some_day(), self.location());
        let values = [
            ("description", CellValue::Text(description)),
            ("industry", CellValue::FilterableTextMulti(vec![industry.into()])),
            ("investment-stage", CellValue::FilterableText(stage.into())),
            ("investors", CellValue::FilterableTextMulti(investors)),
            ("last-funding-amount", CellValue::Number(raised / 2.0)),
            ("last-funding-date", CellValue::Datetime(day)),
            ("location", CellValue::Location(location)),
            ("total-funding-amount", CellValue::Number(raised)),
            ("year-founded", CellValue::Number(founded)),
        ];
        for (field, value) in values {
            self.world.set_value(place, &format!("affinity-data-{field}"), value)?;
        }
        Ok(())
    }

    pub(super) fn location(&mut self) -> Location {
        let (city, state, country, continent) = self.pick(&CITIES);
        Location {
            street_address: None,
            city: Some(city.into()),
            state: Some(state.into()),
            country: Some(country.into()),
            continent: Some(continent.into()),
        }
    }
}
