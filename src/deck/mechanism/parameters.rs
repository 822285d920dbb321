//! Rate parameters: the values that cells supply, found by name and shared between reactions.

use std::collections::HashMap;

use super::reactions::Context;
use crate::chemistry::mechanism::RateParameter;
use crate::deck::reader::Reading;
use crate::diagnostic::Span;

/// The rate parameters met so far, in the order of their first use.
#[derive(Debug, Default)]
pub struct Parameters {
    pub list: Vec<RateParameter>,
    index: HashMap<String, usize>,
}

impl Parameters {
    /// The index of a parameter, new or known.
    pub fn find(
        &mut self,
        name: String,
        unit: &'static str,
        at: Span,
        context: &Context<'_>,
        reading: &mut Reading,
    ) -> usize {
        if let Some(index) = self.index.get(&name) {
            let known = self.list[*index].unit;
            if known != unit {
                let message = format!("`{name}` is in `{unit}` here and in `{known}` in an earlier reaction");
                reading.error(at, context.what(&message), "give the two reactions different names");
            }
            return *index;
        }
        self.list.push(RateParameter { name: name.clone(), unit });
        self.index.insert(name, self.list.len() - 1);
        self.list.len() - 1
    }
}

/// The unit of a rate constant of order `order`, which makes the rate mol m-3 s-1; `None` beyond order 6.
pub fn rate_constant_unit(order: u32) -> Option<&'static str> {
    const UNITS: [&str; 7] =
        ["mol m-3 s-1", "s-1", "m3 mol-1 s-1", "m6 mol-2 s-1", "m9 mol-3 s-1", "m12 mol-4 s-1", "m15 mol-5 s-1"];
    UNITS.get(usize::try_from(order).ok()?).copied()
}
