//! Numbers of rate laws that differ between the members of an ensemble.
//!
//! A cell's rate constants are computed with the numbers of its member. Which member that is follows from the cell's id, so
//! that nothing more is kept of a cell, and lanes of different members mix.

use super::mechanism::Mechanism;
use super::rate::{Arrhenius, BOLTZMANN, Branch, RateLaw};
use crate::domain::members::Members;

/// A number of a rate law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Of no law: a factor on the rate constant.
    Scale,
    A,
    B,
    C,
    D,
    E,
    /// J; stands for C = -Ea / `k_B`.
    Ea,
    LowA,
    LowB,
    LowC,
    LowD,
    HighA,
    HighB,
    HighC,
    HighD,
    IntrinsicA,
    IntrinsicB,
    IntrinsicC,
    IntrinsicD,
    Fc,
    N,
    X,
    Y,
    A0,
    Scaling,
    Probability,
}

/// A number of one reaction, or of the two that one entry of the file stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LawTarget {
    /// The first reaction, and how many.
    pub reaction: usize,
    pub count: usize,
    pub number: Number,
}

/// Where a law has a number; none where it has no such number.
fn slot(law: &mut RateLaw, number: Number) -> Option<&mut f64> {
    fn of(arrhenius: &mut Arrhenius, place: usize) -> &mut f64 {
        match place {
            0 => &mut arrhenius.a,
            1 => &mut arrhenius.b,
            2 => &mut arrhenius.c,
            _ => &mut arrhenius.d,
        }
    }
    use Number::{
        A, A0, B, C, D, E, Ea, Fc, HighA, HighB, HighC, HighD, IntrinsicA, IntrinsicB, IntrinsicC, IntrinsicD, LowA,
        LowB, LowC, LowD, N, Probability, Scaling, X, Y,
    };
    let low = [LowA, LowB, LowC, LowD].iter().position(|n| *n == number);
    let high = [HighA, HighB, HighC, HighD].iter().position(|n| *n == number);
    let intrinsic = [IntrinsicA, IntrinsicB, IntrinsicC, IntrinsicD].iter().position(|n| *n == number);
    let plain = [A, B, C, D].iter().position(|n| *n == number).or((number == Ea).then_some(2));
    match law {
        RateLaw::Arrhenius { arrhenius, e } | RateLaw::TaylorSeries { arrhenius, e, .. } => match number {
            E => Some(e),
            _ => plain.map(|place| of(arrhenius, place)),
        },
        RateLaw::Troe { k0, kinf, fc, n } | RateLaw::TernaryChemicalActivation { k0, kinf, fc, n } => match number {
            Fc => Some(fc),
            N => Some(n),
            // Their reference temperature is 300 K.
            LowD | HighD => None,
            _ => low.map(|place| of(k0, place)).or(high.map(|place| of(kinf, place))),
        },
        RateLaw::TernaryChemicalActivationJpl19 { k0, kinf, kint, fc, n } => match number {
            Fc => Some(fc),
            N => Some(n),
            _ => low
                .map(|place| of(k0, place))
                .or(high.map(|place| of(kinf, place)))
                .or(intrinsic.map(|place| of(kint, place))),
        },
        RateLaw::BranchedNoRo2 { x, y, a0, n, .. } => match number {
            X => Some(x),
            Y => Some(y),
            A0 => Some(a0),
            N => Some(n),
            _ => None,
        },
        RateLaw::Tunneling { a, b, c } => match number {
            A => Some(a),
            B => Some(b),
            C => Some(c),
            _ => None,
        },
        RateLaw::Parameter { scaling, .. } => (number == Scaling).then_some(scaling),
        RateLaw::Surface { probability, .. } => (number == Probability).then_some(probability),
    }
}

impl Number {
    const ALL: [Self; 26] = [
        Self::Scale,
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::Ea,
        Self::LowA,
        Self::LowB,
        Self::LowC,
        Self::LowD,
        Self::HighA,
        Self::HighB,
        Self::HighC,
        Self::HighD,
        Self::IntrinsicA,
        Self::IntrinsicB,
        Self::IntrinsicC,
        Self::IntrinsicD,
        Self::Fc,
        Self::N,
        Self::X,
        Self::Y,
        Self::A0,
        Self::Scaling,
        Self::Probability,
    ];

    /// The numbers of a law.
    pub fn of(law: &RateLaw) -> impl Iterator<Item = Self> {
        let mut law = law.clone();
        Self::ALL.into_iter().filter(move |&number| number == Self::Scale || slot(&mut law, number).is_some())
    }

    /// As mechanism files call it.
    #[must_use]
    pub fn name(self, law: &RateLaw) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::Ea => "Ea",
            Self::LowA => "k0_A",
            Self::LowB => "k0_B",
            Self::LowC => "k0_C",
            Self::LowD => "k0_D",
            Self::HighA => "kinf_A",
            Self::HighB => "kinf_B",
            Self::HighC => "kinf_C",
            Self::HighD => "kinf_D",
            Self::IntrinsicA => "kint_A",
            Self::IntrinsicB => "kint_B",
            Self::IntrinsicC => "kint_C",
            Self::IntrinsicD => "kint_D",
            Self::Fc => "Fc",
            Self::N if matches!(law, RateLaw::BranchedNoRo2 { .. }) => "n",
            Self::N => "N",
            Self::X => "X",
            Self::Y => "Y",
            Self::A0 => "a0",
            Self::Scaling => "scaling factor",
            Self::Probability => "reaction probability",
        }
    }

    /// SI unit; empty for the A of a rate constant, whose unit is that of the mechanism file.
    #[must_use]
    pub fn unit(self, law: &RateLaw) -> &'static str {
        let tunneling = matches!(law, RateLaw::Tunneling { .. });
        match self {
            Self::A | Self::LowA | Self::HighA | Self::IntrinsicA | Self::X => "",
            Self::B if tunneling => "K",
            Self::C if tunneling => "K3",
            Self::C
            | Self::LowC
            | Self::HighC
            | Self::IntrinsicC
            | Self::Y
            | Self::D
            | Self::LowD
            | Self::HighD
            | Self::IntrinsicD => "K",
            Self::E => "Pa-1",
            Self::Ea => "J",
            _ => "1",
        }
    }

    /// Its value in a law.
    #[must_use]
    pub fn value(self, law: &RateLaw) -> Option<f64> {
        let value = slot(&mut law.clone(), self).copied();
        match self {
            Self::Scale => Some(1.0),
            Self::Ea => value.map(|c| -c * BOLTZMANN),
            _ => value,
        }
    }

    /// Gives it another value; `Scale` is no part of a law.
    pub(super) fn set(self, law: &mut RateLaw, value: f64) {
        if let Some(slot) = slot(law, self) {
            *slot = if self == Self::Ea { -value / BOLTZMANN } else { value };
        }
    }

    /// Why it cannot have this value.
    #[must_use]
    pub fn impossible(self, value: f64) -> Option<&'static str> {
        match self {
            Self::Scale if value < 0.0 => Some("a factor of a rate constant is not negative"),
            Self::D | Self::LowD | Self::HighD | Self::IntrinsicD if value <= 0.0 => Some("temperatures are above 0 K"),
            Self::Fc if value <= 0.0 => Some("the broadening factor is positive"),
            Self::A0 if value <= 0.0 || value >= 1.0 => Some("the branching fraction lies between 0 and 1"),
            Self::Probability if !(0.0..=1.0).contains(&value) => Some("a probability lies between 0 and 1"),
            _ => None,
        }
    }
}

/// Positions of the reactions in the file, from 1: a branched entry stands for two reactions.
#[must_use]
pub fn positions(mechanism: &Mechanism) -> Vec<usize> {
    let mut position = 0;
    let second = |law: &RateLaw| matches!(law, RateLaw::BranchedNoRo2 { branch: Branch::Nitrate, .. });
    let mut next = |law: &RateLaw| {
        position += usize::from(!second(law));
        position
    };
    mechanism.reactions.iter().map(|reaction| next(&reaction.rate)).collect()
}

/// Which numbers differ, and which values members have.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberLaws {
    pub members: Members,
    /// For each axis: how many members apart two neighbours are, and its length.
    pub axes: Vec<(u64, u64)>,
    pub changes: Vec<Change>,
}

/// A number that differs along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub target: LawTarget,
    pub axis: usize,
    /// One for each place of the axis.
    pub values: Vec<f64>,
}

impl MemberLaws {
    /// Where the members of the cells from `first` of the flat index on are along each axis.
    pub(super) fn places<const W: usize>(&self, first: u64) -> Vec<[usize; W]> {
        let members: [u64; W] = std::array::from_fn(|lane| self.members.member(first + lane as u64));
        let along = |&(stride, length): &(u64, u64)| members.map(|member| (member / stride % length) as usize);
        self.axes.iter().map(along).collect()
    }

    /// The changes of a reaction.
    pub(super) fn of(&self, reaction: usize) -> Vec<usize> {
        let concerns = |change: &Change| {
            let LawTarget { reaction: first, count, .. } = change.target;
            (first..first + count).contains(&reaction)
        };
        (0..self.changes.len()).filter(|&change| concerns(&self.changes[change])).collect()
    }
}
