//! What goes into a block comes out again.

use super::builder::{constant, read, species};
use crate::chemistry::cells::{CellBlock, Target};

#[test]
fn values_come_back_for_any_number_of_cells() {
    let mechanism = species(3).takes("PHOTO.a").takes("PHOTO.b").reacts(constant(1.0), &[0], &[]);
    for count in [0, 1, 15, 16, 17, 100] {
        let mut cells = CellBlock::new(7, count, &mechanism);
        assert_eq!((cells.first_id(), cells.len(), cells.is_empty()), (7, count, count == 0));
        let targets = [
            Target::Temperature,
            Target::Pressure,
            Target::Concentration(0),
            Target::Concentration(2),
            Target::Parameter(0),
            Target::Parameter(1),
        ];
        for (row, &target) in targets.iter().enumerate() {
            let values: Vec<f64> = (0..count).map(|cell| (row * 1000 + cell) as f64).collect();
            cells.set(target, &values);
        }
        for (row, &target) in targets.iter().enumerate() {
            assert!(read(&cells, target).into_iter().eq((0..count).map(|cell| (row * 1000 + cell) as f64)));
        }
        cells.fill(Target::Concentration(1), 3.5);
        assert!(read(&cells, Target::Concentration(1)).into_iter().all(|value| value == 3.5));
    }
}

#[test]
fn memory_of_a_large_mechanism_is_below_four_kilobytes_a_cell() {
    // As many species and parameters as TS1.
    let mut mechanism = species(209);
    for i in 0..168 {
        mechanism = mechanism.takes(&format!("PHOTO.{i}"));
    }
    assert!(CellBlock::new(0, 1600, &mechanism).bytes() / 1600 < 4000);
}
