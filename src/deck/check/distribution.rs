//! The distribution of one sampled input, as written: `{normal: {mean: 287 K, sd: 2 K}}`.

use crate::deck::cell_paths::Amount;
use crate::deck::node::{Entry, Node, Value};
use crate::deck::reader::{Reading, Table};
use crate::domain::distribution::Distribution;
use crate::quantity::{self, Dimension};

/// What is sampled.
pub struct Subject<'s> {
    /// Reads one value of it.
    pub amount: &'s dyn Fn(&Node, &mut Reading) -> Option<Amount>,
    /// Dimension in SI.
    pub dimension: Dimension,
    /// Whether it is a rate constant, whose uncertainty may depend on temperature.
    pub is_rate: bool,
}

/// A distribution before its values are in SI.
#[derive(Debug, Clone)]
pub struct Draft {
    law: Law,
    /// Values with the input's dimension, in the order of the law; none stands for the value that the input has otherwise.
    amounts: Vec<Option<Amount>>,
    /// Numbers without the input's dimension, in the order of the law.
    numbers: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Law {
    Uniform,
    LogUniform,
    Normal,
    /// Amounts: mean, sd, then the bounds that are given; numbers: whether there is a lower and an upper one.
    TruncatedNormal,
    LogNormal,
    RateConstant,
    Triangular,
    /// Numbers: the weights.
    Choice,
    /// Uniform within a fraction of the base value.
    Around,
}

const EXAMPLE: &str = "write one distribution, such as `{uniform: [LOW, HIGH]}` or `{around: {relative: 10 %}}`";

/// Reads a distribution; `path` is the deck path of the input.
pub fn read(entry: &Entry, path: &str, subject: &Subject<'_>, reading: &mut Reading) -> Option<Draft> {
    let mut table = Table::open(&entry.node, path, reading)?;
    let laws = ["uniform", "loguniform", "triangular", "choice", "normal", "truncated_normal", "lognormal", "around"];
    let given: Vec<(&str, &Node)> = laws.into_iter().filter_map(|law| Some((law, table.get(law)?))).collect();
    table.finish(&[], reading);
    match given[..] {
        [(law, node)] => Drafting { path: format!("{path}.{law}"), subject, reading }.law(law, node),
        [] => {
            if matches!(&entry.node.value, Value::Map(entries) if entries.is_empty()) {
                reading.error(entry.key_at, format!("`{path}` has no distribution"), EXAMPLE);
            }
            None
        }
        [..] => {
            reading.error(entry.key_at, format!("`{path}` has {} distributions", given.len()), EXAMPLE);
            None
        }
    }
}

struct Drafting<'d> {
    path: String,
    subject: &'d Subject<'d>,
    reading: &'d mut Reading,
}

impl Drafting<'_> {
    fn law(&mut self, law: &str, node: &Node) -> Option<Draft> {
        match law {
            "uniform" => self.bounds(node, Law::Uniform),
            "loguniform" => self.bounds(node, Law::LogUniform),
            "triangular" => self.triangular(node),
            "choice" => self.choice(node),
            "normal" => self.normal(node),
            "truncated_normal" => self.truncated_normal(node),
            "lognormal" => self.lognormal(node),
            _ => self.around(node),
        }
    }

    fn error(&mut self, node: &Node, message: impl Into<String>, help: impl Into<String>) {
        self.reading.error(node.at, message, help);
    }

    /// The values of a list; those of one distribution are all mixing ratios or none.
    fn amounts(&mut self, items: &[Node]) -> Option<Vec<Amount>> {
        let read = |item: &Node| (self.subject.amount)(item, self.reading);
        // All values are read, so that all mistakes are noted.
        let amounts: Vec<Option<Amount>> = items.iter().map(read).collect();
        let amounts: Vec<Amount> = amounts.into_iter().collect::<Option<_>>()?;
        self.same_kind(&amounts, items.first()?).then_some(amounts)
    }

    fn same_kind(&mut self, amounts: &[Amount], at: &Node) -> bool {
        let ratios = amounts.iter().filter(|a| matches!(a, Amount::Ratio(_))).count();
        let mixed = ratios > 0 && ratios < amounts.len();
        if mixed {
            self.error(at, "one value is a mixing ratio, another is not", "give all the same unit");
        }
        !mixed
    }

    fn bounds(&mut self, node: &Node, law: Law) -> Option<Draft> {
        let name = if law == Law::Uniform { "uniform" } else { "loguniform" };
        let items = self.reading.list(node, &format!("`{name}`"))?;
        if items.len() != 2 {
            let message = format!("`{name}` has {} values, where two belong", items.len());
            self.error(node, message, format!("write `{name}: [275 K, 325 K]`"));
            return None;
        }
        let amounts = self.amounts(items)?;
        let (low, high) = (number(amounts[0]), number(amounts[1]));
        if low >= high {
            let help = "write the smaller value first; one fixed value belongs under `cells.set`";
            self.error(node, "the lower bound is not below the upper one", help);
            return None;
        }
        if law == Law::LogUniform && low <= 0.0 {
            let help = "write a lower bound above 0, or `uniform`";
            self.error(&items[0], "`loguniform` needs bounds above 0, whose logarithms it samples", help);
            return None;
        }
        Some(Draft { law, amounts: some(&amounts), numbers: Vec::new() })
    }

    fn triangular(&mut self, node: &Node) -> Option<Draft> {
        let items = self.reading.list(node, "`triangular`")?;
        let help = "write `triangular: [LOW, MODE, HIGH]`, ascending";
        if items.len() != 3 {
            self.error(node, format!("`triangular` has {} values, where three belong", items.len()), help);
            return None;
        }
        let amounts = self.amounts(items)?;
        let [low, mode, high] = [0, 1, 2].map(|i: usize| number(amounts[i]));
        if !(low <= mode && mode <= high && low < high) {
            self.error(node, "the three values of `triangular` do not ascend", help);
            return None;
        }
        Some(Draft { law: Law::Triangular, amounts: some(&amounts), numbers: Vec::new() })
    }

    fn choice(&mut self, node: &Node) -> Option<Draft> {
        let (values, weights) = if matches!(node.value, Value::Map(_)) {
            let mut table = Table::open(node, &self.path, self.reading)?;
            let values = table.require("values", "values: [1 s-1, 2 s-1]");
            let weights = table.get("weights");
            table.finish(&[], self.reading);
            (values?, weights)
        } else {
            (node, None)
        };
        let items = self.reading.list(values, "`choice`")?;
        if items.is_empty() {
            self.error(values, "`choice` has no values", "write `choice: [1 s-1, 2 s-1]`");
            return None;
        }
        let amounts = self.amounts(items)?;
        let mut numbers = vec![1.0; amounts.len()];
        if let Some(node) = weights {
            let what = format!("`{}.weights`", self.path);
            let items = self.reading.list(node, &what)?;
            if items.len() != amounts.len() {
                let message = format!("there are {} values and {} weights", amounts.len(), items.len());
                self.error(node, message, "write one weight for each value");
                return None;
            }
            let read: Vec<Option<f64>> = items.iter().map(|item| self.reading.number(item, &what)).collect();
            numbers = read.into_iter().collect::<Option<_>>()?;
            if numbers.iter().any(|w| *w < 0.0) || numbers.iter().sum::<f64>() <= 0.0 {
                self.error(node, "weights are not negative, and not all 0", "write shares such as `[1, 2, 1]`");
                return None;
            }
        }
        Some(Draft { law: Law::Choice, amounts: some(&amounts), numbers })
    }

    fn normal(&mut self, node: &Node) -> Option<Draft> {
        let mut table = Table::open(node, &self.path, self.reading)?;
        let (mean, sd) = (table.get("mean"), table.require("sd", "sd: 2 K"));
        table.finish(&[], self.reading);
        let mean = self.centre(mean);
        let sd = self.spread(sd?);
        let amounts = vec![mean?, Some(sd?)];
        let given: Vec<Amount> = amounts.iter().flatten().copied().collect();
        self.same_kind(&given, node).then_some(Draft { law: Law::Normal, amounts, numbers: Vec::new() })
    }

    fn truncated_normal(&mut self, node: &Node) -> Option<Draft> {
        let mut table = Table::open(node, &self.path, self.reading)?;
        let (mean, sd) = (table.get("mean"), table.require("sd", "sd: 2 K"));
        let (low, high) = (table.get("low"), table.get("high"));
        table.finish(&[], self.reading);
        if low.is_none() && high.is_none() {
            let help = "add `low: …` or `high: …`, or write `normal`";
            self.error(node, "`truncated_normal` has no bound", help);
            return None;
        }
        let mean = self.centre(mean);
        let sd = self.spread(sd?);
        let bounds: Vec<Option<Amount>> =
            [low, high].into_iter().flatten().map(|n| (self.subject.amount)(n, self.reading)).collect();
        let bounds: Vec<Amount> = bounds.into_iter().collect::<Option<_>>()?;
        let mut amounts = vec![mean?, Some(sd?)];
        amounts.extend(some(&bounds));
        let given: Vec<Amount> = amounts.iter().flatten().copied().collect();
        if !self.same_kind(&given, node) {
            return None;
        }
        if let [low, high] = bounds[..]
            && number(low) >= number(high)
        {
            self.error(node, "the lower bound is not below the upper one", "write `low: …` below `high: …`");
            return None;
        }
        let has = |bound: Option<&Node>| f64::from(u8::from(bound.is_some()));
        Some(Draft { law: Law::TruncatedNormal, amounts, numbers: vec![has(low), has(high)] })
    }

    fn lognormal(&mut self, node: &Node) -> Option<Draft> {
        let mut table = Table::open(node, &self.path, self.reading)?;
        let (median, factor) = (table.get("median"), table.require("factor", "factor: 1.3"));
        let g = table.get("g");
        table.finish(&[], self.reading);
        let median = self.centre(median);
        let what = format!("`{}.factor`", self.path);
        let factor_at = factor?;
        let factor = self.reading.number(factor_at, &what).filter(|f| {
            if *f <= 1.0 {
                let help = "write by which factor one standard deviation is more or less, such as `factor: 1.3`";
                self.reading.error(factor_at.at, format!("{what} is not above 1"), help);
            }
            *f > 1.0
        });
        let Some(g) = g else {
            return Some(Draft { law: Law::LogNormal, amounts: vec![median?], numbers: vec![factor?] });
        };
        if !self.subject.is_rate {
            let help = "remove `g`; it makes the uncertainty of a rate constant depend on temperature";
            self.error(g, format!("`{}.g` belongs to rate constants", self.path), help);
            return None;
        }
        let g = self.reading.quantity(g, &format!("`{}.g`", self.path), Dimension::TEMPERATURE)?;
        Some(Draft { law: Law::RateConstant, amounts: vec![median?], numbers: vec![factor?, g] })
    }

    fn around(&mut self, node: &Node) -> Option<Draft> {
        let mut table = Table::open(node, &self.path, self.reading)?;
        let relative = table.require("relative", "relative: 10 %");
        table.finish(&["absolute", "factor"], self.reading);
        let relative = relative?;
        let value = self.reading.quantity(relative, &format!("`{}.relative`", self.path), Dimension::NONE)?;
        if value <= 0.0 || value > 1.0 {
            self.error(relative, "`relative` lies between 0 % and 100 %", "write `relative: 10 %`");
            return None;
        }
        Some(Draft { law: Law::Around, amounts: vec![None], numbers: vec![value] })
    }

    /// A mean or median: a value, or `base` or nothing for the one that the input has otherwise; none after a mistake.
    #[allow(clippy::option_option)] // a mistake, the base value, a value
    fn centre(&mut self, node: Option<&Node>) -> Option<Option<Amount>> {
        match node {
            None => Some(None),
            Some(node) if node.text() == Some("base") => Some(None),
            Some(node) => (self.subject.amount)(node, self.reading).map(Some),
        }
    }

    /// A standard deviation: a positive difference of values.
    fn spread(&mut self, node: &Node) -> Option<Amount> {
        let text = self.reading.text(node, &format!("`{}.sd`", self.path))?;
        if quantity::parse_with_unit(text, self.subject.dimension).is_ok_and(|(_, unit)| unit.offset() != 0.0) {
            let help = "write it in a unit without an offset, `sd: 2 K`";
            self.error(node, format!("`{}.sd` is a difference, which `{text}` is not", self.path), help);
            return None;
        }
        let amount = (self.subject.amount)(node, self.reading)?;
        if number(amount) <= 0.0 {
            self.error(node, format!("`{}.sd` is not positive", self.path), "write how far most values scatter");
            return None;
        }
        Some(amount)
    }
}

fn number(amount: Amount) -> f64 {
    let (Amount::Si(value) | Amount::Ratio(value)) = amount;
    value
}

fn some(amounts: &[Amount]) -> Vec<Option<Amount>> {
    amounts.iter().copied().map(Some).collect()
}

impl Draft {
    /// Whether it is about the value that the input has otherwise.
    pub fn needs_base(&self) -> bool {
        self.amounts.iter().any(Option::is_none)
    }

    /// Whether some of its values are mixing ratios.
    pub fn has_ratios(&self) -> bool {
        self.amounts.iter().flatten().any(|a| matches!(a, Amount::Ratio(_)))
    }

    /// The distribution, given how values become SI and what the base value is in SI; none when one of them is not known.
    pub fn in_si(&self, si: impl Fn(Amount) -> Option<f64>, base: Option<f64>) -> Option<Distribution> {
        let values: Vec<f64> = self.amounts.iter().map(|a| a.map_or(base, &si)).collect::<Option<_>>()?;
        Some(match self.law {
            Law::Uniform => Distribution::Uniform { low: values[0], high: values[1] },
            Law::LogUniform => Distribution::LogUniform { low: values[0], high: values[1] },
            Law::Normal => Distribution::Normal { mean: values[0], sd: values[1] },
            Law::TruncatedNormal => {
                let bound = |has: f64, place: usize, open: f64| if has > 0.0 { values[place] } else { open };
                Distribution::TruncatedNormal {
                    mean: values[0],
                    sd: values[1],
                    low: bound(self.numbers[0], 2, f64::NEG_INFINITY),
                    high: bound(self.numbers[1], values.len() - 1, f64::INFINITY),
                }
            }
            Law::LogNormal => Distribution::LogNormal { median: values[0], factor: self.numbers[0] },
            Law::RateConstant => {
                Distribution::RateConstant { median: values[0], factor: self.numbers[0], g: self.numbers[1] }
            }
            Law::Triangular => Distribution::Triangular { low: values[0], mode: values[1], high: values[2] },
            Law::Choice => {
                let all: f64 = self.numbers.iter().sum();
                let up_to = |sum: &mut f64, weight: &f64| {
                    *sum += weight;
                    Some(*sum / all)
                };
                Distribution::Choice(values.into_iter().zip(self.numbers.iter().scan(0.0, up_to)).collect())
            }
            Law::Around => {
                // Around a negative value the smaller bound is the other one.
                let (a, b) = (values[0] * (1.0 - self.numbers[0]), values[0] * (1.0 + self.numbers[0]));
                Distribution::Uniform { low: a.min(b), high: a.max(b) }
            }
        })
    }

    /// Whether values have no least or no largest one.
    pub fn is_unbounded(&self) -> bool {
        match self.law {
            Law::Normal | Law::LogNormal | Law::RateConstant => true,
            Law::TruncatedNormal => self.numbers.contains(&0.0),
            _ => false,
        }
    }

    /// How many values there are to choose from.
    pub fn choices(&self) -> Option<u64> {
        (self.law == Law::Choice).then_some(self.amounts.len() as u64)
    }
}
