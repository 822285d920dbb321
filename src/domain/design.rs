//! Sampling designs: which points of the unit cube the cells take.
//!
//! A point is a property of (design, seed, count, index): how many of the cells run, and on which rank, changes
//! nothing. Points are made one dimension (column) at a time, so that memory stays at one value a cell; most designs
//! give any part of a column on its own, so that every rank makes the points of its cells.

use std::ops::Range;

use super::halton::HaltonColumn;
use super::levels::{self, Levels};
use super::permutation::Permutation;
use super::saltelli;
use super::scipy::ScipyLatinHypercube;
use super::sobol::SobolColumn;
use crate::random::{Address, Purpose, unit_interval, words};

/// A sampling design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Design {
    /// Latin hypercube from addressed random numbers: any point from its index alone.
    LatinHypercube,
    /// The very points of `scipy.stats.qmc.LatinHypercube(d, rng=seed).random(n)`.
    LatinHypercubeScipy,
    Sobol {
        scrambled: bool,
    },
    Halton {
        scrambled: bool,
    },
    /// Independent uniform points.
    Random,
    /// Every combination of the levels of each dimension, those of the last dimension changing fastest.
    Factorial(Vec<Levels>),
    /// The centre of the cube, then for each dimension its levels, the others at the centre.
    OneAtATime(Vec<Levels>),
    /// Groups of points for Sobol' indices, over a Sobol' sequence in twice the dimensions.
    Saltelli {
        scrambled: bool,
        second_order: bool,
    },
}

impl Design {
    /// The name in decks.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LatinHypercube | Self::LatinHypercubeScipy => "latin-hypercube",
            Self::Sobol { .. } => "sobol",
            Self::Halton { .. } => "halton",
            Self::Random => "random",
            Self::Factorial(_) => "factorial",
            Self::OneAtATime(_) => "one-at-a-time",
            Self::Saltelli { .. } => "saltelli",
        }
    }

    /// Whether each dimension has one point in each of as many strata as there are points.
    #[must_use]
    pub fn is_latin(&self) -> bool {
        matches!(self, Self::LatinHypercube | Self::LatinHypercubeScipy)
    }

    /// Whether the points depend on the seed.
    #[must_use]
    pub fn is_random(&self) -> bool {
        match self {
            Self::LatinHypercube | Self::LatinHypercubeScipy | Self::Random => true,
            Self::Sobol { scrambled } | Self::Halton { scrambled } | Self::Saltelli { scrambled, .. } => *scrambled,
            Self::Factorial(_) | Self::OneAtATime(_) => false,
        }
    }

    /// Whether its first point is the corner of the cube, where unbounded distributions have no value.
    #[must_use]
    pub fn begins_at_the_corner(&self) -> bool {
        let sequence = matches!(self, Self::Sobol { .. } | Self::Halton { .. } | Self::Saltelli { .. });
        sequence && !self.is_random()
    }

    /// Whether the order of the points means something, so that they must stay as they are.
    #[must_use]
    pub fn has_structure(&self) -> bool {
        matches!(self, Self::Factorial(_) | Self::OneAtATime(_) | Self::Saltelli { .. })
    }

    /// How many points the design has in `dimensions` dimensions, where that follows from the design; `base` is the number
    /// of groups. None when there are too many to count.
    #[must_use]
    pub fn own_count(&self, dimensions: usize, base: u64) -> Option<u64> {
        match self {
            Self::Factorial(levels) => levels::combinations(levels),
            Self::OneAtATime(levels) => levels::star_points(levels),
            Self::Saltelli { second_order, .. } => base.checked_mul(saltelli::group_size(dimensions, *second_order)),
            _ => None,
        }
    }

    /// The coordinates in [0, 1] of the points `ids` in one dimension; none for the design that has to be made whole.
    /// `count` and `dimensions` are those of the whole design.
    #[must_use]
    pub fn part(
        &self,
        seed: u64,
        count: u64,
        dimensions: usize,
        dimension: usize,
        ids: Range<u64>,
    ) -> Option<Vec<f64>> {
        let seed_if = |scrambled: bool| scrambled.then_some(seed);
        Some(match self {
            Self::LatinHypercube => {
                let permutation = Permutation::new(count, seed, dimension as u64);
                ids.map(|id| latin_coordinate(seed, dimension as u64, count, id, &permutation)).collect()
            }
            Self::LatinHypercubeScipy => return None,
            Self::Sobol { scrambled } => SobolColumn::new(dimension, seed_if(*scrambled)).coordinates(ids),
            Self::Halton { scrambled } => HaltonColumn::new(dimension, seed_if(*scrambled)).coordinates(ids),
            Self::Random => {
                let address = |id| Address { draw: dimension as u64, id, ..Address::default() };
                ids.map(|id| unit_interval(words(seed, Purpose::DesignRandom, address(id))[0])).collect()
            }
            Self::Factorial(levels) => ids.map(|id| levels::combination(levels, dimension, id)).collect(),
            Self::OneAtATime(levels) => ids.map(|id| levels::star(levels, dimension, id)).collect(),
            Self::Saltelli { scrambled, second_order } => {
                saltelli::coordinates(seed_if(*scrambled), *second_order, dimensions, dimension, ids)
            }
        })
    }

    /// Starts the columns of a design of `count` points in `dimensions` dimensions.
    #[must_use]
    pub fn columns(&self, seed: u64, count: u64, dimensions: usize) -> Columns {
        let whole = matches!(self, Self::LatinHypercubeScipy)
            .then(|| Box::new(ScipyLatinHypercube::new(seed, count, dimensions)));
        Columns { design: self.clone(), seed, count, dimensions, next: 0, whole }
    }
}

/// The columns of a design, one after the other.
#[derive(Debug)]
pub struct Columns {
    design: Design,
    seed: u64,
    count: u64,
    dimensions: usize,
    next: usize,
    whole: Option<Box<ScipyLatinHypercube>>,
}

impl Columns {
    /// The coordinates in [0, 1] of the first `wanted` points in the next dimension.
    pub fn next_column(&mut self, wanted: u64) -> Vec<f64> {
        let dimension = self.next;
        self.next += 1;
        if let Some(whole) = &mut self.whole {
            return whole.next_column(wanted);
        }
        self.design.part(self.seed, self.count, self.dimensions, dimension, 0..wanted).unwrap_or_default()
    }
}

/// Point `id` lies in stratum `permutation(id)` of the dimension, anywhere inside.
#[allow(clippy::cast_precision_loss)]
fn latin_coordinate(seed: u64, dimension: u64, count: u64, id: u64, permutation: &Permutation) -> f64 {
    let jitter = words(seed, Purpose::DesignJitter, Address { draw: dimension, id, ..Address::default() })[0];
    (permutation.image(id) as f64 + unit_interval(jitter)) / count as f64
}

#[cfg(test)]
#[path = "tests/design.rs"]
mod tests;
