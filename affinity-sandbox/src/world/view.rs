use chrono::{DateTime, Utc};

use super::{CellValue, Place, Row, World, WorldError, default_instant, take_next};

/// What a saved view looks like in the product. Only sheets can be read through the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewKind {
    /// Rows and columns.
    Sheet,
    /// Cards by status.
    Board,
    /// Charts.
    Dashboard,
}

impl ViewKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::Board => "board",
            Self::Dashboard => "dashboard",
        }
    }
}

/// Which rows a saved view shows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ViewFilter {
    /// Rows with a value in this field.
    Filled(String),
    /// Rows without a value in this field.
    Empty(String),
    /// Rows with exactly this value in this field.
    Equals(String, CellValue),
}

impl ViewFilter {
    fn field(&self) -> &str {
        match self {
            Self::Filled(field) | Self::Empty(field) | Self::Equals(field, _) => field,
        }
    }
}

/// A saved view, as handed to [`World::add_view`].
#[derive(Clone, Debug)]
#[must_use = "a view exists once it is added to a list"]
pub struct SavedView {
    pub(crate) id: u64,
    pub(crate) list: u64,
    pub(crate) name: String,
    pub(crate) kind: ViewKind,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) columns: Vec<String>,
    pub(crate) filters: Vec<ViewFilter>,
}

impl SavedView {
    /// A view without columns that shows every row.
    pub fn new(name: impl Into<String>, kind: ViewKind) -> Self {
        Self {
            id: 0,
            list: 0,
            name: name.into(),
            kind,
            created_at: default_instant(),
            columns: Vec::new(),
            filters: Vec::new(),
        }
    }

    /// Adds columns, by field id.
    pub fn columns<C: Into<String>>(mut self, fields: impl IntoIterator<Item = C>) -> Self {
        self.columns.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Adds a filter; a row has to pass all of them.
    pub fn filter(mut self, filter: ViewFilter) -> Self {
        self.filters.push(filter);
        self
    }
}

impl SavedView {
    /// Leaves out a field that is gone.
    pub(super) fn forget(&mut self, field: &str) {
        self.columns.retain(|column| column != field);
        self.filters.retain(|filter| filter.field() != field);
    }
}

impl World {
    /// Adds a saved view to a list and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such list, it has no field of a column or filter, or a value to compare with
    /// cannot be in its field.
    pub fn add_view(&mut self, list: u64, mut view: SavedView) -> Result<u64, WorldError> {
        let found = self.lists.get(&list).ok_or_else(|| WorldError::unknown("list", list))?;
        let fields = self.fields_of_list(found);
        let field = |name: &str| {
            let field = fields.iter().find(|field| *field.id == *name);
            field.ok_or_else(|| WorldError::unknown("field", name))
        };
        for column in &view.columns {
            field(column)?;
        }
        for filter in &view.filters {
            let field = field(filter.field())?;
            if let ViewFilter::Equals(_, value) = filter {
                self.check_value(field, value)?;
            }
        }
        view.id = take_next(&mut self.ids.view);
        view.list = list;
        let id = view.id;
        self.views.insert(id, view);
        Ok(id)
    }

    /// Whether a view shows a row. A cell the user may not see counts as empty.
    pub(crate) fn shows(&self, view: &SavedView, row: &Row<'_>, user: u64) -> bool {
        view.filters.iter().all(|filter| {
            let field = self.field_at(Place::Entry(row.entry.id), filter.field()).ok();
            let value = field.and_then(|field| self.as_of_now(self.cell(row, field, user).value()?));
            match filter {
                ViewFilter::Filled(_) => value.is_some(),
                ViewFilter::Empty(_) => value.is_none(),
                ViewFilter::Equals(_, wanted) if wanted.is_empty() => value.is_none(),
                // An empty cell does not equal what is gone.
                ViewFilter::Equals(_, wanted) => value.is_some() && value == self.as_of_now(wanted),
            }
        })
    }
}
