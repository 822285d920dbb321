//! Attributes that go from one file to another.

use netcdf::AttributeValue;

/// Names and values, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes(pub(super) Vec<(String, AttributeValue)>);

impl Attributes {
    /// Takes away some.
    pub fn remove(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| !names.contains(&name.as_str()));
    }

    /// A text; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.0.iter().find(|(known, _)| known == name) {
            Some((_, AttributeValue::Str(text))) => text,
            _ => "",
        }
    }

    /// Sets a text, in its old place where it has one.
    pub fn set(&mut self, name: &str, text: impl Into<String>) {
        self.put(name, AttributeValue::Str(text.into()));
    }

    /// Sets whole numbers.
    pub fn set_numbers(&mut self, name: &str, numbers: Vec<i32>) {
        self.put(name, AttributeValue::Ints(numbers));
    }

    fn put(&mut self, name: &str, value: AttributeValue) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_a_text_keeps_its_place() {
        let mut attributes = Attributes::default();
        attributes.set("units", "K");
        attributes.set("long_name", "temperature");
        attributes.set("units", "(K)2");
        assert_eq!(attributes.0[0].0, "units");
        assert_eq!((attributes.text("units"), attributes.text("nothing")), ("(K)2", ""));
        attributes.remove(&["units"]);
        assert_eq!(attributes.text("units"), "");
    }
}
