//! Fields brought to one time for all particles.
//!
//! Where many particles stand in few cells and move together, it is cheaper to bring each node to the time of a stage
//! once than to bring four nodes to it for every particle: a particle then reads one list of nodes instead of two. The
//! arithmetic is that of `stencil`, so the bits are the same, and every rank may choose for itself.

use super::Kernel;
use super::fieldset::{Current, FieldSet};
use super::scheme::Chain;
use super::snapshot::{Slot, Values};
use super::stencil::{Part, between};
use super::window::{Ground, Window};
use crate::instructions::Instructions;

/// Particles for each node from which on it pays, and memory stays small beside the particles' own.
const PARTICLES_PER_NODE: usize = 2;

/// The values of a window at one time, missing ones being 0.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// s
    pub time: f64,
    values: Vec<f64>,
}

impl Level {
    /// The nodes of a window of pairs.
    #[inline(always)]
    pub fn pairs(&self) -> &[[f64; 2]] {
        self.values.as_chunks().0
    }

    /// The nodes of a window of single values.
    #[inline(always)]
    pub fn singles(&self) -> &[f64] {
        &self.values
    }

    /// Bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }
}

impl FieldSet {
    /// Brings the fields to the times at which so many particles will ask for them in a step, s, if that pays; what was
    /// brought to other times is given up. Results do not depend on it.
    pub fn settle(&mut self, kernels: &[Kernel], from: f64, to: f64, particles: usize) {
        let mut times = vec![Vec::new(); self.windows.len()];
        for &kernel in kernels {
            let w = |current: &Current| current.w.filter(|_| kernel == Kernel::AdvectionRk43d);
            let of = |current: &Current| [Some(current.u), Some(current.v), w(current)].into_iter().flatten();
            let carried: Vec<_> = self.currents.iter().flat_map(of).filter_map(|field| self.window_of(field)).collect();
            for time in Chain::of(kernel).into_iter().flat_map(|chain| chain.times(from, to - from)) {
                for &window in &carried {
                    times[window].push(time);
                }
            }
            for field in self.diffusivity.into_iter().flatten().filter(|_| kernel.is_random()) {
                self.window_of(field).into_iter().for_each(|window| times[window].push(from));
            }
        }
        for (window, mut times) in self.windows.iter_mut().zip(times) {
            let Ground::Lattice(lattice) = &self.grounds[window.grid] else { continue };
            // A single snapshot is the same at all times.
            if window.slots.len() < 2 || lattice.nodes() * PARTICLES_PER_NODE > particles {
                times.clear();
            }
            window.settle(self.instructions, &times);
        }
    }

    /// Memory of what `settle` made, bytes.
    #[must_use]
    pub fn settled_bytes(&self) -> usize {
        self.windows.iter().flat_map(|window| &window.levels).map(Level::bytes).sum()
    }
}

impl Window {
    /// Has a level for each of these times and no others.
    fn settle(&mut self, instructions: Instructions, times: &[f64]) {
        let mut free: Vec<_> = self.levels.extract_if(.., |level| !times.contains(&level.time)).collect();
        for &time in times {
            if self.levels.iter().all(|level| level.time != time) {
                let values = free.pop().map_or(Vec::new(), |level| level.values);
                self.levels.push(self.level_at(instructions, time, values));
            }
        }
    }

    /// Two snapshots at least, brought to a time, in memory that was in use before.
    fn level_at(&self, instructions: Instructions, time: f64, mut values: Vec<f64>) -> Level {
        // The last snapshot that begins at or before the time, but the last of all.
        let at = self.slots.partition_point(|slot| slot.time <= time).saturating_sub(1).min(self.slots.len() - 2);
        let tau = self.slots[at].way(time);
        let [before, after] = [&self.slots[at], &self.slots[at + 1]].map(Slot::numbers);
        values.resize(before.len(), 0.0);
        blend(instructions, [before, after], tau, &mut values);
        Level { time, values }
    }
}

impl Slot {
    /// All numbers of a snapshot on a lattice.
    fn numbers(&self) -> &[f32] {
        match &self.values {
            Values::Single(nodes) => nodes,
            Values::Pair(nodes) => nodes.as_flattened(),
            Values::Columns(_) => &[],
        }
    }
}

#[inline(always)]
fn blend_here([before, after]: [&[f32]; 2], tau: f64, out: &mut [f64]) {
    for ((&before, &after), out) in before.iter().zip(after).zip(out) {
        let [before, after] = [before, after].map(|value| Part::Value.of(f64::from(value)));
        *out = between(before, after, tau);
    }
}

#[inline(never)]
fn blend_baseline(values: [&[f32]; 2], tau: f64, out: &mut [f64]) {
    blend_here(values, tau, out);
}

/// AVX2 is enough: memory is the limit.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn blend_avx2(values: [&[f32]; 2], tau: f64, out: &mut [f64]) {
    blend_here(values, tau, out);
}

#[allow(unsafe_code)]
fn blend(instructions: Instructions, values: [&[f32]; 2], tau: f64, out: &mut [f64]) {
    match instructions {
        Instructions::Baseline => blend_baseline(values, tau, out),
        // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { blend_avx2(values, tau, out) },
    }
}
