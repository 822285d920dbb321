//! The reactions of a mechanism, one function for each kind of type.

use super::components::{self, Reactants};
use super::is_comment;
use super::laws::Numbers;
use super::parameters::{Parameters, rate_constant_unit};
use super::species::{Declared, Phase, Role};
use crate::chemistry::mechanism::{RateParameter, Reaction};
use crate::chemistry::rate::{Branch, RateLaw};
use crate::deck::node::Node;
use crate::deck::reader::{Reading, Table, suggestion};
use crate::diagnostic::Span;

/// The reaction types that are read.
const TYPES: [&str; 12] = [
    "ARRHENIUS",
    "TROE",
    "TERNARY_CHEMICAL_ACTIVATION",
    "TERNARY_CHEMICAL_ACTIVATION_JPL19",
    "BRANCHED_NO_RO2",
    "TUNNELING",
    "TAYLOR_SERIES",
    "PHOTOLYSIS",
    "EMISSION",
    "FIRST_ORDER_LOSS",
    "USER_DEFINED",
    "SURFACE",
];

/// All reactions and what they take from the cells.
#[derive(Debug, Default)]
pub struct Reactions {
    pub reactions: Vec<Reaction>,
    pub parameters: Vec<RateParameter>,
}

/// Which reaction is being read, for messages and look-ups.
#[derive(Debug)]
pub struct Context<'a> {
    pub declared: &'a Declared,
    pub phase: Option<&'a Phase>,
    /// `reaction 12 ("my troe", TROE)`.
    label: String,
}

impl Context<'_> {
    /// A message about this reaction.
    pub fn what(&self, message: &str) -> String {
        format!("{}: {message}", self.label)
    }
}

/// Reads `reactions`.
pub fn read(node: &Node, declared: &Declared, reading: &mut Reading) -> Option<Reactions> {
    let mut out = Vec::new();
    let mut parameters = Parameters::default();
    for (index, item) in reading.list(node, "`reactions`")?.iter().enumerate() {
        read_one(item, index + 1, declared, &mut out, &mut parameters, reading);
    }
    Some(Reactions { reactions: out, parameters: parameters.list })
}

fn read_one(
    node: &Node,
    position: usize,
    declared: &Declared,
    out: &mut Vec<Reaction>,
    parameters: &mut Parameters,
    reading: &mut Reading,
) {
    let Some(mut table) = Table::open(node, &format!("reaction {position}"), reading) else {
        return;
    };
    let Some(kind_node) = table.require("type", "type: ARRHENIUS", reading) else {
        return;
    };
    let given = table.get("name").and_then(|n| reading.text(n, "the reaction name"));
    let Some(kind) = reading.text(kind_node, "the reaction type") else {
        return;
    };
    let label = match given {
        Some(name) => format!("reaction {position} (`{name}`, {kind})"),
        None => format!("reaction {position} ({kind})"),
    };
    let mut context = Context { declared, phase: None, label };
    if !TYPES.contains(&kind) {
        refuse_type(kind, kind_node.at, &context, reading);
        return;
    }
    context.phase = find_phase(&mut table, &context, reading);
    let name = given.map_or_else(|| format!("R{position}"), str::to_owned);
    let mut reader = Reader { table, context: &context, parameters, reading, given, name, at: kind_node.at };
    match kind {
        "BRANCHED_NO_RO2" => reader.branched(out),
        "SURFACE" => out.extend(reader.surface()),
        "PHOTOLYSIS" => out.extend(reader.supplied("PHOTO")),
        "EMISSION" => out.extend(reader.supplied("EMIS")),
        "FIRST_ORDER_LOSS" => out.extend(reader.supplied("LOSS")),
        "USER_DEFINED" => out.extend(reader.supplied("USER")),
        _ => out.extend(reader.thermal(kind)),
    }
    reader.table.finish_ignoring(&[], is_comment, reader.reading);
}

fn refuse_type(kind: &str, at: Span, context: &Context<'_>, reading: &mut Reading) {
    if kind.starts_with("LAMBDA") {
        let message = "its rate constant is a function written in another program, which cannot be evaluated here";
        let help = "make it USER_DEFINED and give its value as `rate.USER.name`, or use another rate law";
        reading.error(at, context.what(message), help);
    } else {
        reading.error(at, context.what(&format!("unknown reaction type `{kind}`")), suggestion(kind, &TYPES));
    }
}

/// The phase that a reaction names; with a single phase it may stay unnamed.
fn find_phase<'a>(table: &mut Table<'_>, context: &Context<'a>, reading: &mut Reading) -> Option<&'a Phase> {
    let phases = &context.declared.phases;
    let Some(node) = table.get("gas phase") else {
        if phases.len() != 1 {
            reading.error(table.at, context.what("`gas phase` is missing"), "add `gas phase: gas`");
        }
        return phases.first().filter(|_| phases.len() == 1);
    };
    let name = reading.text(node, &context.what("`gas phase`"))?;
    let found = phases.iter().find(|p| p.name == name);
    if found.is_none() {
        let names: Vec<&str> = phases.iter().map(|p| p.name.as_str()).collect();
        reading.error(node.at, context.what(&format!("unknown phase `{name}`")), suggestion(name, &names));
    }
    found
}

/// One reaction while it is read.
struct Reader<'a, 'b> {
    table: Table<'a>,
    context: &'b Context<'b>,
    parameters: &'b mut Parameters,
    reading: &'b mut Reading,
    /// The file's name of the reaction.
    given: Option<&'a str>,
    name: String,
    at: Span,
}

impl<'a, 'b> Reader<'a, 'b> {
    fn error(&mut self, message: &str, help: &str) {
        self.reading.error(self.at, self.context.what(message), help);
    }

    fn numbers(&mut self) -> Numbers<'a, '_, 'b> {
        Numbers { table: &mut self.table, context: self.context, reading: self.reading }
    }

    fn reactants(&mut self) -> Option<Reactants> {
        let Some(node) = self.table.get("reactants") else {
            self.error("`reactants` is missing", "add `reactants: [{species name: O3}]`");
            return None;
        };
        components::reactants(node, self.context, self.reading)
    }

    fn products(&mut self, key: &'static str) -> Option<Vec<(usize, f64)>> {
        match self.table.get(key) {
            Some(node) => components::products(node, self.context, self.reading),
            None => Some(Vec::new()),
        }
    }

    fn reaction(&self, rate: RateLaw, reactants: Reactants, products: Vec<(usize, f64)>) -> Reaction {
        Reaction {
            name: self.name.clone(),
            rate,
            reactants: reactants.prognostic,
            products,
            fixed_factor: reactants.fixed_factor,
            air_density_order: reactants.air_density_order,
        }
    }

    /// Reactions whose rate constant follows from temperature, pressure and air density.
    fn thermal(&mut self, kind: &str) -> Option<Reaction> {
        let reactants = self.reactants();
        let products = self.products("products");
        let mut numbers = self.numbers();
        let rate = match kind {
            "TROE" => numbers.rate_troe(),
            "TERNARY_CHEMICAL_ACTIVATION" => numbers.rate_chemical_activation(),
            "TERNARY_CHEMICAL_ACTIVATION_JPL19" => numbers.rate_chemical_activation_jpl19(),
            "TUNNELING" => numbers.rate_tunneling(),
            "TAYLOR_SERIES" => numbers.rate_taylor(),
            _ => numbers.rate_arrhenius(),
        };
        let reactants = reactants?;
        if matches!(rate, RateLaw::Troe { .. } | RateLaw::TernaryChemicalActivationJpl19 { .. })
            && reactants.air_density_order > 0
        {
            let line = self.at.line;
            let message =
                self.context.what("the rate law holds the air density and a reactant brings it a second time");
            self.reading.warnings.push(format!("{}:{line}: {message}", self.reading.file));
        }
        Some(self.reaction(rate, reactants, products?))
    }

    /// Reactions whose rate constant the cell supplies, times a constant.
    fn supplied(&mut self, prefix: &str) -> Option<Reaction> {
        let reactants = if prefix == "EMIS" { Some(Reactants::none()) } else { self.reactants() };
        let products = if prefix == "LOSS" { Some(Vec::new()) } else { self.products("products") };
        if prefix == "EMIS" {
            self.must_be_empty("reactants");
        } else if prefix == "LOSS" {
            self.must_be_empty("products");
        }
        let scaling = self.numbers().get("scaling factor", 1.0);
        let reactants = reactants?;
        if matches!(prefix, "PHOTO" | "LOSS") && reactants.order != 1 {
            self.error(&format!("it has {} reactants", reactants.order), "this type has exactly one reactant");
            return None;
        }
        let unit = rate_constant_unit(reactants.order);
        let (Some(given), Some(unit)) = (self.given, unit) else {
            match unit {
                None => self.error("more than six reactants", "split the reaction"),
                Some(_) => self.error("it needs a name, by which cells supply its rate", "add `name: jO3`"),
            }
            return None;
        };
        let parameter = self.parameters.find(format!("{prefix}.{given}"), unit, self.at, self.context, self.reading);
        Some(self.reaction(RateLaw::Parameter { parameter, scaling }, reactants, products?))
    }

    fn must_be_empty(&mut self, key: &'static str) {
        use crate::deck::node::Value;
        if let Some(node) = self.table.get(key)
            && !matches!(&node.value, Value::List(items) if items.is_empty())
        {
            let message = self.context.what(&format!("this type has no {key}"));
            self.reading.error(node.at, message, format!("remove `{key}`, or choose another type"));
        }
    }

    /// RO2 + NO: one entry of the file, two reactions.
    fn branched(&mut self, out: &mut Vec<Reaction>) {
        let reactants = self.reactants();
        let alkoxy = self.products("alkoxy products");
        let nitrate = self.products("nitrate products");
        let [x, y, a0, n] = self.numbers().branching();
        let (Some(reactants), Some(alkoxy), Some(nitrate)) = (reactants, alkoxy, nitrate) else {
            return;
        };
        let name = self.name.clone();
        for (branch, word, products) in [(Branch::Alkoxy, "alkoxy", alkoxy), (Branch::Nitrate, "nitrate", nitrate)] {
            self.name = format!("{name}.{word}");
            let rate = RateLaw::BranchedNoRo2 { x, y, a0, n, branch };
            out.push(self.reaction(rate, reactants.clone(), products));
        }
    }

    /// Uptake on aerosol.
    fn surface(&mut self) -> Option<Reaction> {
        let products = self.products("gas-phase products");
        let probability = self.numbers().get("reaction probability", 1.0);
        if !(0.0..=1.0).contains(&probability) {
            self.error(&format!("`reaction probability` is {probability}"), "write a number from 0 to 1");
        }
        let Some(node) = self.table.get("gas-phase species") else {
            self.error("`gas-phase species` is missing", "add `gas-phase species: N2O5`");
            return None;
        };
        let species = self.reading.text(node, &self.context.what("`gas-phase species`"))?;
        let role = components::species(species, node, self.context, self.reading)?;
        let mut reactants = Reactants::none();
        reactants.take(role, 1, self.context);
        let declared = self.context.declared;
        let molecular_weight = match role {
            Role::Prognostic(index) => declared.species[index].molecular_weight,
            Role::Prescribed(_) => None,
        };
        if matches!(role, Role::Prescribed(_)) {
            self.error(&format!("species `{species}` is prescribed"), "uptake needs a species that is integrated");
            return None;
        }
        if molecular_weight.is_none() {
            let help = format!("add `molecular weight [kg mol-1]` to species `{species}`");
            self.error(&format!("species `{species}` has no molecular weight"), &help);
        }
        let diffusion = self.context.phase.and_then(|p| p.members.get(species).copied().flatten());
        if diffusion.is_none() {
            let help = format!("add `diffusion coefficient [m2 s-1]` to `{species}` in the phase");
            self.error(&format!("species `{species}` has no diffusion coefficient"), &help);
        }
        let Some(given) = self.given else {
            self.error("it needs a name, by which cells supply radius and number", "add `name: het1`");
            return None;
        };
        let mut parameter = |quantity: &str, unit: &'static str| {
            self.parameters.find(format!("SURF.{given}.{quantity}"), unit, self.at, self.context, self.reading)
        };
        let radius = parameter("effective radius", "m");
        let number = parameter("particle number concentration", "m-3");
        let rate = RateLaw::Surface {
            radius,
            number,
            diffusion_coefficient: diffusion?,
            molecular_weight: molecular_weight?,
            probability,
        };
        Some(self.reaction(rate, reactants, products?))
    }
}
