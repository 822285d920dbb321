//! The numbers of each rate law and their defaults, as in the format's documentation.

use super::reactions::Context;
use crate::chemistry::rate::{Arrhenius, RateLaw};
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table};

/// Boltzmann's constant, J K-1 (exact in the SI of 2019).
const BOLTZMANN: f64 = 1.380_649e-23;

/// Most coefficients of a Taylor series that the format allows.
const MOST_COEFFICIENTS: usize = 16;

/// A reaction's table with what is needed to read numbers from it.
pub struct Numbers<'a, 'b, 'c> {
    pub table: &'b mut Table<'a>,
    pub context: &'b Context<'c>,
    pub reading: &'b mut Reading,
}

impl<'a> Numbers<'a, '_, '_> {
    fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.table.get(key)
    }

    /// A number, or the format's default.
    pub fn get(&mut self, key: &'static str, default: f64) -> f64 {
        let node = self.node(key);
        let what = self.context.what(&format!("`{key}`"));
        node.and_then(|n| self.reading.number(n, &what)).unwrap_or(default)
    }

    /// A number that must be given.
    pub fn required(&mut self, key: &'static str) -> f64 {
        let example = format!("{key}: 1.0");
        if self.table.get(key).is_none() {
            let message = self.context.what(&format!("`{key}` is missing"));
            self.reading.error(self.table.at, message, format!("add `{example}`"));
        }
        self.get(key, 1.0)
    }

    fn positive(&mut self, key: &'static str, default: f64) -> f64 {
        let value = self.get(key, default);
        if value <= 0.0 {
            let at = self.node(key).map_or(self.table.at, |n| n.at);
            self.reading.error(at, self.context.what(&format!("`{key}` is {value}")), "write a positive number");
        }
        value
    }

    fn warn(&mut self, message: &str) {
        let line = self.table.at.line;
        self.reading.warnings.push(format!("{}:{line}: {}", self.reading.file, self.context.what(message)));
    }

    /// A, B, C or Ea, D.
    fn arrhenius(&mut self) -> Arrhenius {
        let a = self.get("A", 1.0);
        let b = self.get("B", 0.0);
        let d = self.positive("D", 300.0);
        let mut c = self.get("C", 0.0);
        if let Some(node) = self.node("Ea") {
            if self.node("C").is_some() {
                let message = self.context.what("`C` and `Ea` exclude each other");
                self.reading.error(node.at, message, "keep one: C = -Ea / k_B");
            }
            c = -self.get("Ea", 0.0) / BOLTZMANN;
        }
        Arrhenius { a, b, c, d }
    }

    fn prefixed(&mut self, keys: [&'static str; 4]) -> Arrhenius {
        Arrhenius {
            a: self.get(keys[0], 1.0),
            b: self.get(keys[1], 0.0),
            c: self.get(keys[2], 0.0),
            d: self.positive(keys[3], 300.0),
        }
    }

    /// k0 and kinf with reference temperature 300 K.
    fn limits(&mut self) -> (Arrhenius, Arrhenius) {
        let k0 = Arrhenius { a: self.get("k0_A", 1.0), b: self.get("k0_B", 0.0), c: self.get("k0_C", 0.0), d: 300.0 };
        let kinf =
            Arrhenius { a: self.get("kinf_A", 1.0), b: self.get("kinf_B", 0.0), c: self.get("kinf_C", 0.0), d: 300.0 };
        (k0, kinf)
    }

    /// Fc and N, with a warning where the broadening factor has a pole or no meaning.
    fn broadening(&mut self) -> (f64, f64) {
        let fc = self.positive("Fc", 0.6);
        let n = self.get("N", 1.0);
        if n <= 0.0 {
            self.warn(&format!(
                "N = {n}: the factor Fc^(N/(N + log10(x)^2)) has a pole or is constant; N is usually 1"
            ));
        }
        (fc, n)
    }

    pub fn rate_arrhenius(&mut self) -> RateLaw {
        RateLaw::Arrhenius { arrhenius: self.arrhenius(), e: self.get("E", 0.0) }
    }

    pub fn rate_troe(&mut self) -> RateLaw {
        let (k0, kinf) = self.limits();
        let (fc, n) = self.broadening();
        RateLaw::Troe { k0, kinf, fc, n }
    }

    pub fn rate_chemical_activation(&mut self) -> RateLaw {
        let (k0, kinf) = self.limits();
        let (fc, n) = self.broadening();
        RateLaw::TernaryChemicalActivation { k0, kinf, fc, n }
    }

    pub fn rate_chemical_activation_jpl19(&mut self) -> RateLaw {
        let k0 = self.prefixed(["k0_A", "k0_B", "k0_C", "k0_D"]);
        let kinf = self.prefixed(["kinf_A", "kinf_B", "kinf_C", "kinf_D"]);
        let intrinsic = self.prefixed(["kint_A", "kint_B", "kint_C", "kint_D"]);
        let (fc, n) = self.broadening();
        RateLaw::TernaryChemicalActivationJpl19 { k0, kinf, kint: intrinsic, fc, n }
    }

    pub fn rate_tunneling(&mut self) -> RateLaw {
        RateLaw::Tunneling { a: self.get("A", 1.0), b: self.get("B", 0.0), c: self.get("C", 0.0) }
    }

    pub fn rate_taylor(&mut self) -> RateLaw {
        let arrhenius = self.arrhenius();
        let e = self.get("E", 0.0);
        let mut coefficients = Vec::new();
        let what = self.context.what("`taylor coefficients`");
        if let Some(node) = self.node("taylor coefficients") {
            for item in self.reading.list(node, &what).unwrap_or_default() {
                coefficients.push(self.reading.number(item, &what).unwrap_or(0.0));
            }
            if coefficients.is_empty() || coefficients.len() > MOST_COEFFICIENTS {
                let message = format!("{what} has {} numbers", coefficients.len());
                self.reading.error(node.at, message, "write 1 to 16 numbers, `[1.0, 0.1]`");
            }
        } else {
            self.reading.error(self.table.at, format!("{what} is missing"), "add `taylor coefficients: [1.0]`");
        }
        RateLaw::TaylorSeries { coefficients, arrhenius, e }
    }

    /// X, Y, a0 and n of the branched reaction.
    pub fn branching(&mut self) -> [f64; 4] {
        let numbers = [self.required("X"), self.required("Y"), self.required("a0"), self.required("n")];
        if !(0.0..1.0).contains(&numbers[2]) || numbers[2] == 0.0 {
            let at = self.node("a0").map_or(self.table.at, |n| n.at);
            let message = self.context.what(&format!("`a0` is {}", numbers[2]));
            self.reading.error(at, message, "the branching fraction a0 lies between 0 and 1");
        }
        numbers
    }
}
