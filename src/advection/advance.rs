//! One coupling step of a block of particles: all kernels see the same start, their displacements add up, then borders
//! and land are looked at.
//!
//! Particles go through in tiles of `WIDTH`, one in each lane, and every operation acts on one lane only: the result of
//! a particle depends on nothing but the particle.

use std::ops::Range;

use super::Kernel;
use super::border::{End, ashore, is_land, is_odd, resolve};
use super::curved::Hints;
use super::diffusion::{Walk, walk};
use super::fieldset::FieldSet;
use super::mover::{Law, Scratch, Settings, Step};
use super::normal::Stream;
use super::outcome::Tally;
use super::particles::{ParticleBlock, ParticleStatus};
use super::rows::{Aligned, Places, Row, WIDTH, any, lanes, row, store, units_per_metre};
use super::scheme::{Chain, Triple, Velocity, rk45};
use crate::instructions::Instructions;

/// The sum of all currents.
struct Currents<'a> {
    fields: &'a FieldSet,
    hints: &'a Hints,
    /// With W.
    vertical: bool,
}

impl Velocity<WIDTH> for Currents<'_> {
    #[inline(always)]
    fn at(&self, t: &Row<WIDTH>, place: &Triple<WIDTH>, out: &mut Triple<WIDTH>) {
        self.fields.rate(self.vertical, t, [&place[0], &place[1], &place[2]], self.hints, out);
    }
}

/// Where particles are after a displacement. One at rest stays, for it may stand where a velocity is not a number.
#[inline(always)]
fn arrive(start: &Row<WIDTH>, by: &Row<WIDTH>, dt: &Row<WIDTH>) -> Row<WIDTH> {
    let mut end = [0.0; WIDTH];
    for lane in 0..WIDTH {
        let there = start[lane] + by[lane];
        end[lane] = if dt[lane] == 0.0 { start[lane] } else { there };
    }
    end
}

/// Rows of the last tile of a chunk, which its columns may have only a part of.
#[derive(Default)]
struct Part {
    id: Option<[u64; WIDTH]>,
    time: Option<Row<WIDTH>>,
    dt: Option<Row<WIDTH>>,
    start: [Option<Row<WIDTH>>; 3],
}

/// The compiled kernels and what they read.
pub(super) struct Job<'a> {
    pub settings: &'a Settings,
    pub stream: Stream,
    pub fields: &'a FieldSet,
    pub step: Step,
    pub scratch: &'a Scratch,
}

impl Job<'_> {
    /// Move a chunk with the variant of the kernels for these instructions.
    #[allow(unsafe_code)]
    pub fn run(&self, instructions: Instructions, block: &mut ParticleBlock, chunk: Range<usize>, tally: &mut Tally) {
        match instructions {
            Instructions::Baseline => self.chunk(block, chunk, tally),
            // SAFETY: a value other than `Baseline` comes from `available` only, which asked the processor.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { chunk_avx2(self, block, chunk, tally) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { chunk_avx512(self, block, chunk, tally) },
        }
    }

    #[inline(always)]
    fn chunk(&self, block: &mut ParticleBlock, chunk: Range<usize>, tally: &mut Tally) {
        let (mut first, offset, hints) = (chunk.start, chunk.start, Hints::default());
        while first < chunk.end {
            let count = (chunk.end - first).min(WIDTH);
            self.tile(block, first, first - offset, count, &hints, tally);
            first += count;
        }
    }

    /// Move `count` particles from place `first` of the block, place `offset` of the chunk.
    #[inline(always)]
    fn tile(
        &self,
        block: &mut ParticleBlock,
        first: usize,
        offset: usize,
        count: usize,
        hints: &Hints,
        tally: &mut Tally,
    ) {
        let scratch = self.scratch;
        let ParticleBlock { x, y, z, status, variables, hints: searched, .. } = block;
        let status = &mut status[first..first + count];
        // Lanes beyond the last particle repeat the first one, and are not stored.
        let mut part = Part::default();
        let [px, py, pz] = &mut part.start;
        let start = [row(x, first, count, px), row(y, first, count, py), row(z, first, count, pz)];
        let t = row(&scratch.time, offset, count, &mut part.time);
        let dt = row(&scratch.dt, offset, count, &mut part.dt);
        let id = row(&scratch.id, offset, count, &mut part.id);
        hints.begin(searched.get(first..first + count).unwrap_or_default());
        let mut move_by = Aligned([[0.0; WIDTH]; 3]);
        let Aligned(move_by) = &mut move_by;
        self.displacement(id, t, start, dt, hints, tally, move_by);
        if self.step.own {
            let (fx, fy) = units_per_metre(self.fields.mesh(), start[1]);
            for axis in 0..3 {
                let own: Row<WIDTH> = lanes(&scratch.own[axis], offset, count);
                for lane in 0..WIDTH {
                    let unit = [fx[lane], fy, 1.0][axis];
                    move_by[axis][lane] = (own[lane] * unit).mul_add(dt[lane], move_by[axis][lane]);
                }
            }
        }
        let mut end = Aligned([
            arrive(start[0], &move_by[0], dt),
            arrive(start[1], &move_by[1], dt),
            arrive(start[2], &move_by[2], dt),
        ]);
        let Aligned(end) = &mut end;
        let went = self.borders(status, start, end, dt, hints, tally);
        if let Some(kept) = searched.get_mut(first..first + count) {
            kept.copy_from_slice(&hints.cells()[..count]);
        }
        if !self.settings.laws.is_empty() {
            for lane in 0..WIDTH {
                for axis in 0..3 {
                    let moved = if went[lane] { move_by[axis][lane] } else { end[axis][lane] - start[axis][lane] };
                    move_by[axis][lane] = if dt[lane] == 0.0 { 0.0 } else { moved };
                }
            }
            self.variables(variables, first, status, move_by, end, dt, hints);
        }
        store(&end[0], x, first, count);
        store(&end[1], y, first, count);
        store(&end[2], z, first, count);
    }

    /// Add all kernels' displacements, in coordinate units, to `sum`.
    #[inline(always)]
    fn displacement(
        &self,
        id: &[u64; WIDTH],
        t: &Row<WIDTH>,
        start: Places<'_>,
        dt: &Row<WIDTH>,
        hints: &Hints,
        tally: &mut Tally,
        sum: &mut Triple<WIDTH>,
    ) {
        let fields = self.fields;
        for (draw, &kernel) in self.settings.kernels.iter().enumerate() {
            let vertical = kernel == Kernel::AdvectionRk43d;
            let currents = Currents { fields, hints, vertical };
            if let Some(chain) = Chain::of(kernel) {
                chain.step(&currents, if vertical { 3 } else { 2 }, t, &start.map(|row| *row), dt, sum);
            } else if kernel == Kernel::AdvectionRk45 {
                let tolerance = self.settings.rk45_tolerance;
                let (moved, steps) = rk45(&currents, fields.mesh(), tolerance, t, &start.map(|row| *row), dt);
                tally.accepted += steps.accepted;
                tally.rejected += steps.rejected;
                for axis in 0..3 {
                    for lane in 0..WIDTH {
                        sum[axis][lane] += moved[axis][lane];
                    }
                }
            }
            let how = match kernel {
                Kernel::DiffusionUniform => Some(Walk::Uniform),
                Kernel::AdvectionDiffusionEm => Some(Walk::EulerMaruyama),
                Kernel::AdvectionDiffusionM1 => Some(Walk::Milstein),
                _ => None,
            };
            if let Some(how) = how {
                let normals = self.stream.normals(id, self.step.number, draw as u32);
                walk(fields, how, self.settings.gradient_step, &normals, t, start, dt, hints, sum);
            }
        }
    }

    /// Look at borders and land; correct places and set statuses. Returns which particles went their way.
    #[inline(always)]
    fn borders(
        &self,
        status: &mut [ParticleStatus],
        start: Places<'_>,
        end: &mut Triple<WIDTH>,
        dt: &Row<WIDTH>,
        hints: &Hints,
        tally: &mut Tally,
    ) -> [bool; WIDTH] {
        let (mut went, count) = ([true; WIDTH], status.len());
        let mut correct = |lane: usize, what: End, end: &mut Triple<WIDTH>, tally: &mut Tally| {
            for axis in 0..3 {
                end[axis][lane] = what.at[axis];
            }
            went[lane] &= what.went;
            tally.stop |= what.stop;
            if what.status != ParticleStatus::Moving {
                status[lane] = what.status;
                tally.end(what.status);
            }
            what.status == ParticleStatus::Moving
        };
        let odd = is_odd(self.fields, end, hints);
        let mut gone = [false; WIDTH];
        if any(&odd) {
            for lane in 0..count {
                if odd[lane] != 0 && dt[lane] != 0.0 {
                    let (from, to) = (start.map(|row| row[lane]), end.map(|row| row[lane]));
                    let what = resolve(self.fields, self.settings.on_leaving, from, to, hints);
                    gone[lane] = !correct(lane, what, end, tally);
                }
            }
        }
        if self.step.coast {
            let land = is_land(self.fields, self.step.to, end, hints);
            if land.contains(&true) {
                for lane in 0..count {
                    if land[lane] && dt[lane] != 0.0 && !gone[lane] {
                        let (from, to) = (start.map(|row| row[lane]), end.map(|row| row[lane]));
                        correct(
                            lane,
                            ashore(self.fields, self.settings.on_land, self.step.to, from, to, hints),
                            end,
                            tally,
                        );
                    }
                }
            }
        }
        went
    }

    /// Age, distance and samples.
    #[inline(always)]
    fn variables(
        &self,
        columns: &mut [Vec<f64>],
        first: usize,
        status: &[ParticleStatus],
        moved: &Triple<WIDTH>,
        end: &Triple<WIDTH>,
        dt: &Row<WIDTH>,
        hints: &Hints,
    ) {
        let count = status.len();
        for (column, &law) in columns.iter_mut().zip(&self.settings.laws) {
            let column = &mut column[first..first + count];
            match law {
                Law::Rate => {}
                Law::Age => {
                    for lane in 0..count {
                        column[lane] += dt[lane].abs();
                    }
                }
                Law::Distance => {
                    let mut middle = end[1];
                    for lane in 0..WIDTH {
                        middle[lane] -= 0.5 * moved[1][lane];
                    }
                    let (fx, fy) = units_per_metre(self.fields.mesh(), &middle);
                    for lane in 0..count {
                        let (dx, dy, dz) = (moved[0][lane] / fx[lane], moved[1][lane] / fy, moved[2][lane]);
                        column[lane] += dx.mul_add(dx, dy.mul_add(dy, dz * dz)).sqrt();
                    }
                }
                Law::Sample(field) => {
                    let values = self.fields.tracer(field, &[self.step.to; WIDTH], [&end[0], &end[1], &end[2]], hints);
                    for lane in 0..count {
                        column[lane] = if status[lane] == ParticleStatus::Moving { values[lane] } else { column[lane] };
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn chunk_avx2(job: &Job<'_>, block: &mut ParticleBlock, chunk: Range<usize>, tally: &mut Tally) {
    job.chunk(block, chunk, tally);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn chunk_avx512(job: &Job<'_>, block: &mut ParticleBlock, chunk: Range<usize>, tally: &mut Tally) {
    job.chunk(block, chunk, tally);
}
