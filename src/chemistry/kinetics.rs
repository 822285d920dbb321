//! Mass-action kinetics as tapes: dy/dt and the factors of its Jacobian, for `W` cells at once.
//!
//! `rate_r` = `k_r` * product of its reactants; `dy_i/dt` = `sum_r` (net stoichiometry)_ir `rate_r`;
//! `J_ij` = `sum_r` (net stoichiometry)_ir d `rate_r` / d `y_j`. A species on both sides nets out, one that enters twice
//! is differentiated twice. Species are renumbered in the order of the pivots, reactions by their order, so that
//! the loops need no lookup and no branch.

use super::mechanism::Mechanism;
use super::sparse::{JacobianTerm, Lu, Pattern, markowitz_order};
use super::tape::{Term, add, index, take};
use crate::lanes::{Lanes, row};

/// The tapes of one mechanism.
#[derive(Debug)]
pub(super) struct Kinetics {
    /// Position of each row of the state in `Mechanism::species`.
    pub species: Vec<usize>,
    /// Position of each rate constant in `Mechanism::reactions`.
    pub reactions: Vec<usize>,
    /// The Jacobian's structure.
    pub lu: Lu,
    /// Reactions without reactants; they come first.
    constant: usize,
    /// Reactants of the first-order reactions, which come next.
    single: Vec<u32>,
    /// Reactants of the second-order reactions, which come next.
    double: Vec<[u32; 2]>,
    /// Reactants of the others.
    multiple: Vec<Vec<u32>>,
    /// Partial derivatives of second-order reactions: rate constant and the other reactant.
    double_partials: Vec<[u32; 2]>,
    /// Partial derivatives of the others: rate constant and the other reactants.
    multiple_partials: Vec<(u32, Vec<u32>)>,
    /// Species and how many terms they have. Those with as many stand together: the processor then foresees where the
    /// loops over terms end.
    counts: Vec<[u32; 2]>,
    terms: Vec<Term>,
}

impl Kinetics {
    /// Compile a mechanism whose indices are valid.
    pub fn new(mechanism: &Mechanism) -> Self {
        let n = mechanism.species.len();
        let mut reactions: Vec<usize> = (0..mechanism.reactions.len()).collect();
        reactions.sort_by_key(|&r| mechanism.reactions[r].reactants.len().min(3));
        let net: Vec<Vec<(usize, f64)>> = reactions.iter().map(|&r| net_stoichiometry(mechanism, r)).collect();

        let mut pattern = Pattern::identity(n);
        for (&r, net) in reactions.iter().zip(&net) {
            for &(i, _) in net {
                for &j in &mechanism.reactions[r].reactants {
                    pattern.insert(i, j);
                }
            }
        }
        let species = markowitz_order(&pattern, n);
        let mut place = vec![0; n];
        for (position, &i) in species.iter().enumerate() {
            place[i] = position;
        }

        let mut kinetics = Self {
            species,
            lu: Lu::new(0, &[]),
            constant: 0,
            single: Vec::new(),
            double: Vec::new(),
            multiple: Vec::new(),
            double_partials: Vec::new(),
            multiple_partials: Vec::new(),
            counts: Vec::new(),
            terms: Vec::new(),
            reactions,
        };
        let mut jacobian = Vec::new();
        let mut forcing = Vec::new();
        for (position, net) in net.iter().enumerate() {
            let net: Vec<(usize, f64)> = net.iter().map(|&(i, coefficient)| (place[i], coefficient)).collect();
            forcing.extend(net.iter().map(|&(i, coefficient)| (i, Term { coefficient, row: index(position) })));
            let reactants = &mechanism.reactions[kinetics.reactions[position]].reactants;
            let reactants: Vec<u32> = reactants.iter().map(|&i| index(place[i])).collect();
            kinetics.compile(position, &reactants, &net, &mut jacobian);
        }
        // Partial derivatives of higher order stand behind those of second order, whose number is known only now.
        let offset = index(kinetics.reactions.len() + kinetics.double_partials.len());
        for term in &mut jacobian {
            if term.source >= HIGHER {
                term.source = term.source - HIGHER + offset;
            }
        }
        kinetics.lu = Lu::new(n, &jacobian);
        let mut counts = vec![0; n];
        for &(i, _) in &forcing {
            counts[i] += 1;
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| counts[i]);
        kinetics.counts = order.into_iter().map(|i| [index(i), counts[i]]).collect();
        forcing.sort_by_key(|&(i, term): &(usize, Term)| (counts[i], i, term.row));
        kinetics.terms = forcing.into_iter().map(|(_, term)| term).collect();
        kinetics
    }

    /// Add one reaction to the tapes of rates and partial derivatives.
    fn compile(&mut self, position: usize, reactants: &[u32], net: &[(usize, f64)], jacobian: &mut Vec<JacobianTerm>) {
        match *reactants {
            [] => self.constant += 1,
            [a] => self.single.push(a),
            [a, b] => self.double.push([a, b]),
            _ => self.multiple.push(reactants.to_vec()),
        }
        let mut distinct = reactants.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        for by in distinct {
            let times = reactants.iter().filter(|&&i| i == by).count();
            let mut others = reactants.to_vec();
            if let Some(once) = others.iter().position(|&i| i == by) {
                others.remove(once);
            }
            let source = match *others {
                [] => index(position),
                [other] => {
                    self.double_partials.push([index(position), other]);
                    index(self.reactions.len() + self.double_partials.len() - 1)
                }
                _ => {
                    self.multiple_partials.push((index(position), others));
                    HIGHER + index(self.multiple_partials.len() - 1)
                }
            };
            for &(row, coefficient) in net {
                let coefficient = coefficient * times as f64;
                jacobian.push(JacobianTerm { row, column: by as usize, coefficient, source });
            }
        }
    }

    /// Rows of `factors`: the rate constants, then what `differentiate` adds.
    pub fn factors(&self) -> usize {
        self.reactions.len() + self.double_partials.len() + self.multiple_partials.len()
    }

    /// Terms of which dy/dt is the sum.
    pub fn forcing_terms(&self) -> usize {
        self.terms.len()
    }

    /// The rates that do not depend on `y`, into their rows of `rates`.
    #[inline(always)]
    pub fn constant_rates<const W: usize>(&self, factors: &[Lanes<W>], rates: &mut [Lanes<W>]) {
        for (rate, k) in rates[..self.constant].iter_mut().zip(factors) {
            *rate = *k;
        }
    }

    /// dy/dt at `y`; the first rows of `factors` are the rate constants. `rates` has a row for each reaction, the
    /// constant ones already filled in.
    #[inline(always)]
    pub fn forcing<const W: usize>(
        &self,
        factors: &[Lanes<W>],
        y: &[Lanes<W>],
        rates: &mut [Lanes<W>],
        out: &mut [Lanes<W>],
    ) {
        let k = &factors[self.constant..self.reactions.len()];
        let rest = &mut rates[self.constant..self.reactions.len()];
        let (k_single, k) = k.split_at(self.single.len());
        let (rates_single, rest) = rest.split_at_mut(self.single.len());
        for ((rate, k), &a) in rates_single.iter_mut().zip(k_single).zip(&self.single) {
            *rate = *k * *row(y, a);
        }
        let (k_double, k_multiple) = k.split_at(self.double.len());
        let (rates_double, rates_multiple) = rest.split_at_mut(self.double.len());
        for ((rate, k), &[a, b]) in rates_double.iter_mut().zip(k_double).zip(&self.double) {
            *rate = *k * *row(y, a) * *row(y, b);
        }
        for ((rate, k), reactants) in rates_multiple.iter_mut().zip(k_multiple).zip(&self.multiple) {
            *rate = product(*k, reactants, y);
        }
        let mut terms = &self.terms[..];
        for &[i, count] in &self.counts {
            out[i as usize] = add(Lanes::ZERO, take(&mut terms, count), rates);
        }
    }

    /// The partial derivatives of the rates at `y`, into the rows of `factors` behind the rate constants.
    #[inline(always)]
    pub fn differentiate<const W: usize>(&self, y: &[Lanes<W>], factors: &mut [Lanes<W>]) {
        assert!(y.len() >= self.counts.len());
        let (k, partials) = factors.split_at_mut(self.reactions.len());
        let (double, multiple) = partials.split_at_mut(self.double_partials.len());
        for (partial, &[reaction, other]) in double.iter_mut().zip(&self.double_partials) {
            *partial = *row(k, reaction) * *row(y, other);
        }
        for (partial, (reaction, others)) in multiple.iter_mut().zip(&self.multiple_partials) {
            *partial = product(*row(k, *reaction), others, y);
        }
    }
}

/// Marks partial derivatives of third and higher order until their place is known.
const HIGHER: u32 = 1 << 31;

#[inline(always)]
fn product<const W: usize>(k: Lanes<W>, reactants: &[u32], y: &[Lanes<W>]) -> Lanes<W> {
    reactants.iter().fold(k, |product, &i| product * *row(y, i))
}

/// What one unit of reaction `r` adds to each species, without those that it leaves as they were.
fn net_stoichiometry(mechanism: &Mechanism, r: usize) -> Vec<(usize, f64)> {
    let reaction = &mechanism.reactions[r];
    let mut net: Vec<(usize, f64)> = Vec::new();
    let consumed = reaction.reactants.iter().map(|&i| (i, -1.0));
    for (i, coefficient) in consumed.chain(reaction.products.iter().copied()) {
        match net.iter_mut().find(|(species, _)| *species == i) {
            Some((_, sum)) => *sum += coefficient,
            None => net.push((i, coefficient)),
        }
    }
    net.retain(|&(_, coefficient)| coefficient != 0.0);
    net
}
