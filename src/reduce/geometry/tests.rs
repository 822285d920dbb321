use super::*;

/// All values of each place, with their weights, in no order.
#[derive(Default)]
struct Heap(Vec<Vec<(u64, u64)>>);

impl Sink for Heap {
    fn run(&mut self, place: usize, values: &[f64], weights: &Weights<'_>) {
        for (n, value) in values.iter().enumerate() {
            let weight = match weights {
                Weights::One => 1.0,
                Weights::Same(weight) => *weight,
                Weights::Each(weights) => weights[n],
            };
            self.0[place].push((value.to_bits(), weight.to_bits()));
        }
    }

    fn row(&mut self, first: usize, values: &[f64], weight: Option<f64>) {
        for (n, value) in values.iter().enumerate() {
            self.run(first + n, &[*value], &weight.map_or(Weights::One, Weights::Same));
        }
    }
}

/// What all places get, found by tiles and blocks of these sizes; the value of each point is its number.
fn found(geometry: &Geometry, tile: usize, block: usize) -> Vec<Vec<(u64, u64)>> {
    let lengths = &geometry.lengths;
    let outputs = geometry.outputs();
    let mut all = vec![Vec::new(); outputs.iter().product()];
    let tiles = geometry.tiles(tile);
    for tile in (0..tiles.count()).map(|n| tiles.get(n)) {
        let mut heap = Heap(vec![Vec::new(); tile.iter().map(Range::len).product()]);
        let blocks = geometry.blocks(&tile, block);
        for block in (0..blocks.count()).map(|n| blocks.get(n)) {
            if let Some((at, starts)) = &geometry.joined {
                let file = |index: usize| starts.partition_point(|&start| start <= index);
                assert_eq!(file(block[*at].start), file(block[*at].end - 1));
            }
            let inside = Boxes(block.iter().map(|range| range.clone().map(|n| n..n + 1).collect()).collect());
            let number =
                |point: Vec<Range<usize>>| point.iter().zip(lengths).fold(0, |all, (n, len)| all * len + n.start);
            let values: Vec<f64> = (0..inside.count()).map(|n| number(inside.get(n)) as f64).collect();
            geometry.visit(&tile, &block, &values, &mut heap);
        }
        let inside = Boxes(tile.iter().map(|range| range.clone().map(|n| n..n + 1).collect()).collect());
        for (n, mut values) in heap.0.into_iter().enumerate() {
            let place = inside.get(n).iter().zip(&outputs).fold(0, |all, (n, len)| all * len + n.start);
            values.sort_unstable();
            assert!(all[place].is_empty());
            all[place] = values;
        }
    }
    all
}

#[test]
fn exact_every_value_comes_to_its_place_once_however_it_is_read() {
    let lengths = vec![7, 3, 4, 5];
    for roles in 0..81 {
        let role = |at: u32| [Role::Kept, Role::Reduced, Role::Grouped][roles / 3_usize.pow(at) % 3];
        let roles: Vec<Role> = (0..4).map(role).collect();
        let grouped: Vec<usize> = (0..4).filter(|&at| roles[at] == Role::Grouped).collect();
        if grouped.len() > 1 {
            continue;
        }
        let groups = grouped.first().map_or(Vec::new(), |&at| (0..lengths[at]).map(|n| n % 5 / 2).collect());
        let count = groups.iter().max().map_or(0, |most| most + 1);
        let weighted = (0..4).find(|&at| roles[at] == Role::Reduced);
        for (weights, joined) in [(false, false), (true, true)] {
            let geometry = Geometry {
                lengths: lengths.clone(),
                roles: roles.clone(),
                chunks: if weights { vec![2, 2, 3, 2] } else { vec![1; 4] },
                groups: (groups.clone(), count),
                joined: joined.then(|| (0, vec![0, 2, 3])),
                weights: weighted
                    .filter(|_| weights)
                    .map(|at| (at, (0..lengths[at]).map(|n| n as f64 + 0.5).collect())),
            };
            // One value after the other.
            let all = found(&geometry, 1, 1);
            assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 7 * 3 * 4 * 5);
            assert!(all.iter().all(|place| place.len() <= geometry.values_of_a_place()));
            for (tile, block) in [(1000, 1000), (1000, 1), (7, 30), (3, 13), (20, 60), (1, 1000)] {
                assert_eq!(found(&geometry, tile, block), all, "{roles:?} {tile} {block}");
            }
        }
    }
}

#[test]
fn exact_a_number_without_dimensions_is_a_run() {
    let none = Geometry {
        lengths: Vec::new(),
        roles: Vec::new(),
        chunks: Vec::new(),
        groups: (Vec::new(), 0),
        joined: None,
        weights: None,
    };
    assert_eq!(found(&none, 10, 10), [[(0, 1.0_f64.to_bits())]]);
}

#[test]
fn exact_boxes_are_whole_pieces_and_bounded() {
    assert_eq!(box_shape(&[100, 50, 60], &[1, 1, 1], 10_000), [3, 50, 60]);
    assert_eq!(box_shape(&[100, 50, 60], &[10, 25, 20], 10_000), [10, 25, 40]);
    assert_eq!(box_shape(&[100, 50, 60], &[100, 5, 6], 6000), [100, 5, 12]);
    assert_eq!(box_shape(&[100, 50, 60], &[100, 50, 60], 10), [100, 50, 60]);
    assert_eq!(box_shape(&[0, 4], &[1, 1], 100), [1, 4]);
}
