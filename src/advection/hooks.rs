//! What a deck's expressions add to the physics: the mover calls them, whoever runs the program supplies them.

/// A few particles, in no particular order; all slices have the same length.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Global ids.
    pub id: &'a [u64],
    /// Degrees, or m on a flat mesh.
    pub x: &'a [f64],
    pub y: &'a [f64],
    /// m, positive down.
    pub depth: &'a [f64],
    /// The time that the values belong to, s.
    pub time: &'a [f64],
    /// How long the particle moves in this step, s; 0 for those that do not move.
    pub dt: &'a [f64],
    /// All columns of variables of the block, from the first particle of the view on.
    pub(super) variables: &'a [Vec<f64>],
    pub(super) first: usize,
    /// Number of the coupling step, for random draws.
    pub step: u64,
}

impl View<'_> {
    /// Number of particles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there are no particles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// The values of a variable.
    ///
    /// # Panics
    /// If there is no such variable.
    #[must_use]
    pub fn variable(&self, variable: usize) -> &[f64] {
        &self.variables[variable][self.first..self.first + self.id.len()]
    }
}

/// Behaviour of particles. What a hook returns for a particle may depend on nothing but that particle.
pub trait Hooks {
    /// Own velocity in m/s along x, y and depth at the beginning of the step, added to the currents for the whole step.
    /// Returns whether there is one; `out` holds zeros.
    fn velocity(&mut self, view: &View<'_>, out: [&mut [f64]; 3]) -> bool {
        let _ = (view, out);
        false
    }

    /// d/dt of a variable whose law is `Law::Rate`, per s, at the beginning of the step.
    fn rate(&mut self, variable: usize, view: &View<'_>, out: &mut [f64]) {
        let _ = (variable, view, out);
    }

    /// Which particles to delete at the end of the step. `out` holds `false`.
    fn delete(&mut self, view: &View<'_>, out: &mut [bool]) {
        let _ = (view, out);
    }
}

/// No behaviour.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}
