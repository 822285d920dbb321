//! The fields of a run on one rank: the snapshots around the clock, and the next ones, which are read while particles
//! move.

use crate::advection::{Current, FieldSet, Source};
use crate::error::Error;
use crate::io::fields::{FieldReader, Prefetch};
use crate::plan::{FieldSource, ParticlesPlan};

/// Fields and the files that they come from.
pub struct Fields<'r> {
    plan: &'r ParticlesPlan,
    /// One for each field; none for those that are no files.
    readers: Vec<Option<Prefetch>>,
    set: FieldSet,
    /// Longest time between two snapshots of any field, s: how far ahead is read.
    spacing: f64,
}

impl<'r> Fields<'r> {
    /// Opens every field.
    ///
    /// # Errors
    /// `File` when nodes cannot be read.
    pub fn open(plan: &'r ParticlesPlan) -> Result<Self, Error> {
        let mut readers = Vec::new();
        let mut sources = Vec::new();
        let mut spacing = 0.0_f64;
        for field in &plan.fields {
            let (reader, source) = match &field.source {
                FieldSource::Constant(value) => (None, Source::Constant(*value)),
                FieldSource::Analytic(analytic) => (None, Source::Analytic(*analytic)),
                FieldSource::Gridded { head, .. } => {
                    let reader = FieldReader::open(head, plan.region)?;
                    let zero = plan.epoch.as_ref().map_or(0.0, |epoch| epoch.zero_of(head.calendar));
                    let times: Vec<f64> = head.snapshots.iter().map(|snapshot| snapshot.time - zero).collect();
                    spacing = times.windows(2).map(|pair| pair[1] - pair[0]).fold(spacing, f64::max);
                    let source = Source::Gridded { grid: reader.grid().clone(), times, outside: field.outside_times };
                    (Some(Prefetch::start(reader)?), source)
                }
            };
            readers.push(reader);
            sources.push(source);
        }
        let current = |c: &crate::plan::CurrentPlan| Current { u: c.u, v: c.v, w: c.w, factor: c.factor };
        let currents = plan.currents.iter().map(current).collect();
        let set = FieldSet::new(plan.mesh, &sources, currents, plan.diffusivity);
        Ok(Self { plan, readers, set, spacing })
    }

    /// The fields as the kernels see them.
    #[must_use]
    pub fn set(&self) -> &FieldSet {
        &self.set
    }

    /// Whether something has to be read for a span of time, s.
    #[must_use]
    pub fn lacks(&self, from: f64, to: f64) -> bool {
        !self.set.missing(from, to).is_empty()
    }

    /// Takes the snapshots that a span of time needs, forgets the others, and begins to read the next ones.
    ///
    /// # Errors
    /// `File` when a snapshot cannot be read.
    pub fn read(&mut self, from: f64, to: f64) -> Result<(), Error> {
        let (readers, plan) = (&mut self.readers, self.plan);
        self.set.update(from, to, |field, snapshot| {
            let Some(reader) = &mut readers[field] else { return Ok(Vec::new()) };
            let mut values = reader.take(snapshot)?;
            if let FieldSource::Gridded { factor, .. } = &plan.fields[field].source
                && *factor != 1.0
            {
                for value in &mut values {
                    *value = (f64::from(*value) * factor) as f32;
                }
            }
            Ok(values)
        })?;
        let ahead = if to < from { -self.spacing } else { self.spacing };
        for (field, need) in self.set.missing(to, to + ahead) {
            if let Some(reader) = &mut self.readers[field] {
                reader.ask(need.index);
            }
        }
        Ok(())
    }
}
