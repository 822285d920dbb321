//! What the deck's expressions make particles do.

use crate::advection::FieldSet;
use crate::advection::hooks::{Hooks, View};
use crate::expression::{DrawSource, Input, Program, Scratch, hour_of_day};
use crate::field_head::Calendar;
use crate::plan::{Amount, ParticlesPlan, VariableLaw};
use crate::random::Purpose;

/// Programs tell their random draws apart by these numbers; rates of variables follow.
const DELETION: u32 = 3;
const RATES: u32 = 4;

/// The expressions of a run and the memory that they need.
pub struct Behaviour<'r> {
    plan: &'r ParticlesPlan,
    /// Of the member whose particles are moved.
    pub seed: u64,
    /// Own velocities of that member, m s-1, instead of the deck's constants.
    pub velocity: [Option<f64>; 3],
    /// s of the day at t = 0.
    start: f64,
    scratch: Scratch,
    /// One column for each input of the program that runs.
    inputs: Vec<Vec<f64>>,
    doom: Vec<f64>,
}

impl<'r> Behaviour<'r> {
    #[must_use]
    pub fn new(plan: &'r ParticlesPlan) -> Self {
        let dated = plan.epoch.as_ref().filter(|epoch| epoch.calendar != Calendar::Elapsed);
        let start = dated.map_or(0.0, |epoch| epoch.seconds);
        let (seed, velocity) = (plan.seed, [None; 3]);
        Self { plan, seed, velocity, start, scratch: Scratch::default(), inputs: Vec::new(), doom: Vec::new() }
    }

    /// The behaviour in certain fields.
    pub fn with<'b>(&'b mut self, fields: &'b FieldSet) -> InFields<'b, 'r> {
        InFields { behaviour: self, fields }
    }
}

/// A behaviour whose expressions can sample fields.
pub struct InFields<'b, 'r> {
    behaviour: &'b mut Behaviour<'r>,
    fields: &'b FieldSet,
}

impl InFields<'_, '_> {
    /// Computes a program for every particle of a view.
    fn evaluate(&mut self, program: &Program, number: u32, view: &View<'_>, out: &mut [f64]) {
        let start = self.behaviour.start;
        let wanted = program.inputs();
        let columns = &mut self.behaviour.inputs;
        columns.resize_with(wanted.len().max(columns.len()), Vec::new);
        for (column, input) in columns.iter_mut().zip(wanted) {
            column.clear();
            match *input {
                Input::Longitude => column.extend_from_slice(view.x),
                Input::Latitude => column.extend_from_slice(view.y),
                Input::Depth => column.extend_from_slice(view.depth),
                Input::Time => column.extend_from_slice(view.time),
                Input::Step => column.extend_from_slice(view.dt),
                Input::Hour => column.extend(view.time.iter().map(|&time| hour_of_day(start + time))),
                Input::Variable(index) => column.extend_from_slice(view.variable(index)),
                Input::Field(field) => column.extend(
                    (0..view.len())
                        .map(|i| self.fields.value(field, view.time[i], [view.x[i], view.y[i], view.depth[i]])),
                ),
            }
        }
        let columns: Vec<&[f64]> = columns[..wanted.len()].iter().map(Vec::as_slice).collect();
        let source = DrawSource {
            seed: self.behaviour.seed,
            purpose: Purpose::Expression,
            program: number,
            step: view.step,
            member: 0,
            ids: view.id,
        };
        program.evaluate(&columns, &mut |draw, out| source.fill(draw, out), &mut self.behaviour.scratch, out);
    }
}

impl Hooks for InFields<'_, '_> {
    fn velocity(&mut self, view: &View<'_>, out: [&mut [f64]; 3]) -> bool {
        let plan = self.behaviour.plan;
        let mut any = false;
        for ((number, amount), out) in (0_u32..).zip(&plan.own_velocity).zip(out) {
            match amount {
                None => continue,
                Some(Amount::Constant(value)) => {
                    out.fill(self.behaviour.velocity[number as usize].unwrap_or(*value));
                }
                Some(Amount::Expression(program)) => self.evaluate(program, number, view, out),
            }
            any = true;
        }
        any
    }

    fn rate(&mut self, variable: usize, view: &View<'_>, out: &mut [f64]) {
        if let VariableLaw::Rate(program) = &self.behaviour.plan.variables[variable].law {
            let number = RATES + u32::try_from(variable).unwrap_or(u32::MAX - RATES);
            self.evaluate(program, number, view, out);
        }
    }

    fn delete(&mut self, view: &View<'_>, out: &mut [bool]) {
        let Some(program) = &self.behaviour.plan.delete_when else { return };
        let mut doom = std::mem::take(&mut self.behaviour.doom);
        doom.clear();
        doom.resize(view.len(), 0.0);
        self.evaluate(program, DELETION, view, &mut doom);
        for (out, &doom) in out.iter_mut().zip(&doom) {
            *out = doom != 0.0;
        }
        self.behaviour.doom = doom;
    }
}
