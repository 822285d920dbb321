//! The axes of an ensemble as dimensions and coordinates of the file.

use super::{SAMPLING_DESIGN, SAMPLING_INPUTS, SAMPLING_SECOND_ORDER, cf_name};
use crate::domain::design::Design;
use crate::io::layout::{AxisCoordinate, AxisData, AxisLayout};
use crate::plan::{Axis, AxisTarget, AxisValues, Plan};

/// The dimension of a part of the members.
const MEMBER: &str = "member";

/// The axes; one dimension `member` where not all members run, since a part is no product of axes.
pub fn axes(plan: &Plan) -> Vec<AxisLayout> {
    let Some(ensemble) = &plan.ensemble else { return Vec::new() };
    let members = &plan.members;
    if members.count == ensemble.members() {
        let whole = |axis: &Axis| AxisLayout {
            name: axis.name.clone(),
            length: axis.length,
            coordinates: coordinates(axis, &(0..axis.length as usize).collect::<Vec<_>>()),
            attributes: sampling(axis),
        };
        return ensemble.axes.iter().map(whole).collect();
    }
    let all = || members.first..members.first + members.count;
    let number = AxisCoordinate {
        name: MEMBER.to_owned(),
        units: "1".to_owned(),
        long_name: "member of the ensemble".to_owned(),
        deck_path: None,
        values: AxisData::Whole(all().map(|member| member as i64).collect()),
    };
    let along = |axis: usize| {
        let places: Vec<usize> = all().map(|member| ensemble.place(axis, member)).collect();
        coordinates(&ensemble.axes[axis], &places)
    };
    let beside = (0..ensemble.axes.len()).flat_map(along);
    vec![AxisLayout {
        name: MEMBER.to_owned(),
        length: members.count,
        coordinates: std::iter::once(number).chain(beside).collect(),
        attributes: Vec::new(),
    }]
}

/// What a program needs to know to compute sensitivities along an axis.
fn sampling(axis: &Axis) -> Vec<(&'static str, String)> {
    let inputs = inputs(axis);
    if inputs.is_empty() {
        return Vec::new();
    }
    let design = axis.design.as_ref().map_or("table", Design::name);
    let mut entries = vec![(SAMPLING_DESIGN, design.to_owned()), (SAMPLING_INPUTS, inputs.join(" "))];
    if let Some(Design::Saltelli { second_order, .. }) = axis.design {
        entries.push((SAMPLING_SECOND_ORDER, second_order.to_string()));
    }
    entries
}

/// The coordinates that hold the numbers which differ along an axis.
pub fn inputs(axis: &Axis) -> Vec<String> {
    let real = axis.targets.iter().filter(|target| matches!(target.values, AxisValues::Real(_)));
    let name = |target: &AxisTarget| match &axis.targets[..] {
        [_] if axis.labels.is_empty() => axis.name.clone(),
        _ => beside(axis, target),
    };
    real.map(name).collect()
}

/// The name of a coordinate that is not that of its axis.
fn beside(axis: &Axis, target: &AxisTarget) -> String {
    format!("{}_{}", axis.name, cf_name(&target.path))
}

/// What stands along an axis at these places: one with the name of the axis, which are its labels, its only values or its
/// numbers, and all other values.
fn coordinates(axis: &Axis, places: &[usize]) -> Vec<AxisCoordinate> {
    let plain = |values, long_name: &str| AxisCoordinate {
        name: axis.name.clone(),
        units: "1".to_owned(),
        long_name: long_name.to_owned(),
        deck_path: None,
        values,
    };
    let of = |target: &AxisTarget, name: String| AxisCoordinate {
        name,
        units: target.unit.clone(),
        long_name: format!("{} of the member", target.path),
        deck_path: Some(target.path.clone()),
        values: match &target.values {
            AxisValues::Real(values) => AxisData::Real(places.iter().map(|&place| values[place]).collect()),
            AxisValues::Seeds(seeds) => AxisData::Whole(places.iter().map(|&place| seeds[place] as i64).collect()),
        },
    };
    let own = match &axis.targets[..] {
        [only] if axis.labels.is_empty() => return vec![of(only, axis.name.clone())],
        _ if axis.labels.is_empty() => {
            plain(AxisData::Whole(places.iter().map(|&place| place as i64).collect()), "place")
        }
        _ => plain(AxisData::Text(places.iter().map(|&place| axis.labels[place].clone()).collect()), "label"),
    };
    let others = axis.targets.iter().map(|target| of(target, beside(axis, target)));
    std::iter::once(own).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_coordinates_are_labels_single_values_or_numbers() {
        let target = |path: &str, values| AxisTarget {
            path: path.into(),
            unit: "K".into(),
            target: crate::plan::MemberTarget::Seed,
            values,
        };
        let mut axis = Axis {
            name: "scenario".into(),
            length: 3,
            labels: Vec::new(),
            targets: vec![target("temperature", AxisValues::Real(vec![1.0, 2.0, 3.0]))],
            design: None,
        };
        let names = |axis: &Axis| coordinates(axis, &[0, 1, 2]).into_iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names(&axis), ["scenario"]);
        assert_eq!(coordinates(&axis, &[2, 0])[0].values, AxisData::Real(vec![3.0, 1.0]));
        axis.targets.push(target("particles.seed", AxisValues::Seeds(vec![7, 8, 9])));
        assert_eq!(names(&axis), ["scenario", "scenario_temperature", "scenario_particles_seed"]);
        assert_eq!(coordinates(&axis, &[0, 1, 2])[0].values, AxisData::Whole(vec![0, 1, 2]));
        axis.labels = vec!["a".into(), "b".into(), "c".into()];
        assert_eq!(coordinates(&axis, &[1])[0].values, AxisData::Text(vec!["b".into()]));
    }
}
