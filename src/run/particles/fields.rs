//! The fields of a run on one rank: readers of files, and the snapshots around the clock.

use crate::advection::{Current, FieldSet, Source};
use crate::error::Error;
use crate::io::fields::FieldReader;
use crate::plan::{FieldSource, ParticlesPlan};

/// Fields and the files that they come from.
pub struct Fields<'r> {
    plan: &'r ParticlesPlan,
    /// One for each field; none for those that are no files.
    readers: Vec<Option<FieldReader>>,
    set: FieldSet,
}

impl<'r> Fields<'r> {
    /// Opens every field.
    ///
    /// # Errors
    /// `File` when nodes cannot be read.
    pub fn open(plan: &'r ParticlesPlan) -> Result<Self, Error> {
        let mut readers = Vec::new();
        let mut sources = Vec::new();
        for field in &plan.fields {
            let (reader, source) = match &field.source {
                FieldSource::Constant(value) => (None, Source::Constant(*value)),
                FieldSource::Analytic(analytic) => (None, Source::Analytic(*analytic)),
                FieldSource::Gridded { head, .. } => {
                    let reader = FieldReader::open(head, None)?;
                    let zero = plan.epoch.as_ref().map_or(0.0, |epoch| epoch.zero_of(head.calendar));
                    let times = head.snapshots.iter().map(|snapshot| snapshot.time - zero).collect();
                    let source = Source::Gridded { grid: reader.grid().clone(), times, outside: field.outside_times };
                    (Some(reader), source)
                }
            };
            readers.push(reader);
            sources.push(source);
        }
        let current = |c: &crate::plan::CurrentPlan| Current { u: c.u, v: c.v, w: c.w, factor: c.factor };
        let currents = plan.currents.iter().map(current).collect();
        let set = FieldSet::new(plan.mesh, &sources, currents, plan.diffusivity);
        Ok(Self { plan, readers, set })
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

    /// Reads the snapshots that a span of time needs and forgets the others.
    ///
    /// # Errors
    /// `File` when a snapshot cannot be read.
    pub fn read(&mut self, from: f64, to: f64) -> Result<(), Error> {
        let (readers, plan) = (&mut self.readers, self.plan);
        self.set.update(from, to, |field, snapshot| {
            let Some(reader) = &mut readers[field] else { return Ok(Vec::new()) };
            let mut values = reader.read(snapshot)?;
            if let FieldSource::Gridded { factor, .. } = &plan.fields[field].source
                && *factor != 1.0
            {
                for value in &mut values {
                    *value = (f64::from(*value) * factor) as f32;
                }
            }
            Ok(values)
        })
    }
}
