use super::{Cells, EntityRef, Presence, World, WorldError, choose};

/// A company, as handed to [`World::add_company`].
#[derive(Clone, Debug)]
#[must_use = "a company exists once it is added to a world"]
pub struct Company {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) domains: Vec<String>,
    pub(crate) is_global: bool,
    pub(crate) presence: Presence,
    pub(crate) cells: Cells,
}

impl Company {
    /// A private company without domains.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: 0,
            name: name.into(),
            domains: Vec::new(),
            is_global: false,
            presence: Presence::Here,
            cells: Cells::new(),
        }
    }

    /// Asks for this id instead of the next free one (0). A company that has it is replaced.
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Adds a domain; the first one is the primary domain.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Makes it a profile of the shared directory (`true`) or of the account alone (`false`).
    pub fn global(mut self, is_global: bool) -> Self {
        self.is_global = is_global;
        self
    }
}

impl World {
    /// Adds a company and tells its id.
    ///
    /// # Errors
    /// [`WorldError::Unsayable`] when the wanted id is beyond 2^53 - 1.
    pub fn add_company(&mut self, mut company: Company) -> Result<u64, WorldError> {
        company.id = choose(&mut self.ids.company, company.id, &self.companies)?;
        let id = company.id;
        self.companies.insert(id, company);
        Ok(id)
    }

    /// The ids of all companies that were neither merged away nor deleted.
    pub fn company_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.companies.values().filter(|company| company.presence == Presence::Here).map(|company| company.id)
    }

    /// A company that is still there, merges followed.
    pub(crate) fn company(&self, id: u64) -> Option<&Company> {
        self.companies.get(&self.survivor(EntityRef::company(id))?)
    }
}
