//! Sampling designs: which points of the unit cube the cells take.

/// A sampling design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Latin hypercube from addressed random numbers: any point from its index alone.
    LatinHypercube,
    /// The very points of `scipy.stats.qmc.LatinHypercube(d, rng=seed).random(n)`.
    LatinHypercubeScipy,
}
