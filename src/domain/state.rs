//! What a run keeps of its items between steps, as named columns in the order of ids.
//!
//! This is the form in which items move to another rank or to a checkpoint. It holds all that the next steps depend on,
//! and nothing that only makes them faster.

use std::ops::Range;

use crate::error::Error;

/// The state of items with consecutive ids.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub ids: Range<u64>,
    /// The same names, widths and kinds on every rank, and for no items at all.
    pub columns: Vec<Column>,
}

/// One quantity of the items: `width` values of the first one, then of the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: &'static str,
    pub width: usize,
    pub values: Values,
}

/// Values of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Real(Vec<f64>),
    Count(Vec<u32>),
    /// Numbers of statuses.
    Small(Vec<u8>),
}

impl Values {
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Real(values) => values.len(),
            Self::Count(values) => values.len(),
            Self::Small(values) => values.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of one value.
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        match self {
            Self::Real(_) => size_of::<f64>(),
            Self::Count(_) => size_of::<u32>(),
            Self::Small(_) => size_of::<u8>(),
        }
    }
}

impl Column {
    #[must_use]
    pub fn real(name: &'static str, width: usize, values: Vec<f64>) -> Self {
        Self { name, width, values: Values::Real(values) }
    }

    #[must_use]
    pub fn count(name: &'static str, values: Vec<u32>) -> Self {
        Self { name, width: 1, values: Values::Count(values) }
    }

    #[must_use]
    pub fn small(name: &'static str, values: Vec<u8>) -> Self {
        Self { name, width: 1, values: Values::Small(values) }
    }
}

impl State {
    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        usize::try_from(self.ids.end.saturating_sub(self.ids.start)).unwrap_or(usize::MAX)
    }

    /// Bytes of all values of one item.
    #[must_use]
    pub fn item_bytes(&self) -> usize {
        self.columns.iter().map(|column| column.width * column.values.value_bytes()).sum()
    }

    /// All values, column after column, as this machine keeps them: for ranks of one job.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.items() * self.item_bytes());
        for column in &self.columns {
            match &column.values {
                Values::Real(values) => values.iter().for_each(|value| bytes.extend(value.to_ne_bytes())),
                Values::Count(values) => values.iter().for_each(|value| bytes.extend(value.to_ne_bytes())),
                Values::Small(values) => bytes.extend(values),
            }
        }
        bytes
    }

    /// The state of items `ids` with the columns of `template`, from what `to_bytes` made of it.
    ///
    /// # Errors
    /// `State` when these are not as many bytes.
    pub fn from_bytes(template: &Self, ids: Range<u64>, bytes: &[u8]) -> Result<Self, Error> {
        let mut state = Self { ids, columns: Vec::with_capacity(template.columns.len()) };
        let wanted = state.items() * template.item_bytes();
        if bytes.len() != wanted {
            return Err(wrong("all", format!("{} bytes came for {wanted}", bytes.len())));
        }
        let mut rest = bytes;
        for column in &template.columns {
            let (own, others) = rest.split_at(state.items() * column.width * column.values.value_bytes());
            let values = match column.values {
                Values::Real(_) => Values::Real(own.as_chunks().0.iter().copied().map(f64::from_ne_bytes).collect()),
                Values::Count(_) => Values::Count(own.as_chunks().0.iter().copied().map(u32::from_ne_bytes).collect()),
                Values::Small(_) => Values::Small(own.to_vec()),
            };
            state.columns.push(Column { values, ..*column });
            rest = others;
        }
        Ok(state)
    }

    /// A column of real numbers, `[item][value]`.
    ///
    /// # Errors
    /// `State` when there is none of this name and width with values for every item.
    pub fn real(&self, name: &'static str, width: usize) -> Result<&[f64], Error> {
        match self.column(name, width)? {
            Values::Real(values) => Ok(values),
            _ => Err(kind(name)),
        }
    }

    /// A column of counts.
    ///
    /// # Errors
    /// As `real`.
    pub fn count(&self, name: &'static str) -> Result<&[u32], Error> {
        match self.column(name, 1)? {
            Values::Count(values) => Ok(values),
            _ => Err(kind(name)),
        }
    }

    /// A column of small numbers, each of which `meaning` knows.
    ///
    /// # Errors
    /// As `real`, and when a number has no meaning.
    pub fn meanings<T>(&self, name: &'static str, meaning: impl Fn(u8) -> Option<T>) -> Result<Vec<T>, Error> {
        let Values::Small(values) = self.column(name, 1)? else { return Err(kind(name)) };
        let known = |&value: &u8| meaning(value).ok_or_else(|| wrong(name, format!("{value} means nothing")));
        values.iter().map(known).collect()
    }

    fn column(&self, name: &'static str, width: usize) -> Result<&Values, Error> {
        let named = self.columns.iter().find(|column| column.name == name);
        let column = named.ok_or_else(|| wrong(name, "it is missing".to_owned()))?;
        let wanted = self.items() * width;
        if column.width != width || column.values.len() != wanted {
            let found = column.values.len();
            return Err(wrong(name, format!("it holds {found} values, {} an item, not {wanted}", column.width)));
        }
        Ok(&column.values)
    }
}

fn wrong(column: &'static str, reason: String) -> Error {
    Error::State { column, reason }
}

fn kind(column: &'static str) -> Error {
    wrong(column, "its values are of another kind".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let columns = vec![
            Column::real("place", 2, vec![1.0, 2.0, 3.0, 4.0]),
            Column::count("steps", vec![5, 6]),
            Column::small("status", vec![0, 1]),
        ];
        State { ids: 7..9, columns }
    }

    #[test]
    fn exact_columns_are_found_by_name() {
        let state = state();
        assert_eq!(state.real("place", 2).unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(state.count("steps").unwrap(), [5, 6]);
        assert_eq!(state.meanings("status", Some).unwrap(), [0, 1]);
        assert_eq!((state.items(), state.item_bytes()), (2, 21));
    }

    #[test]
    fn exact_bytes_make_the_state_again() {
        let (state, template) = (state(), State { ids: 0..0, columns: state().columns });
        assert_eq!(State::from_bytes(&template, 7..9, &state.to_bytes()).unwrap(), state);
        assert!(State::from_bytes(&template, 7..10, &state.to_bytes()).is_err());
    }

    #[test]
    fn exact_what_does_not_fit_is_refused_with_the_name() {
        let state = state();
        let refused = [
            state.real("depth", 1).unwrap_err(),
            state.real("place", 1).unwrap_err(),
            state.real("steps", 1).unwrap_err(),
            state.count("status").unwrap_err(),
            state.meanings("status", |number| (number == 0).then_some(())).unwrap_err(),
            State { ids: 7..10, ..state.clone() }.count("steps").unwrap_err(),
        ];
        let names = ["depth", "place", "steps", "status", "status", "steps"];
        for (error, name) in refused.iter().zip(names) {
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}
