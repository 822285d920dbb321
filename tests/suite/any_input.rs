//! The properties of `fuzz/` on the inputs stored there, which hold everything that was found before, and on damaged
//! copies of them. `cargo fuzz run TARGET` looks for more.

use std::fs;

use crate::fuzz::TARGETS;
use crate::scratch::project;

/// Damaged copies of each stored input.
const COPIES: u64 = 25;

#[test]
fn regress_no_input_breaks_a_reader() {
    for (name, target) in TARGETS {
        let mut stored: Vec<_> = fs::read_dir(project().join("fuzz/corpus").join(name))
            .expect("stored inputs")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        stored.sort();
        assert!(!stored.is_empty(), "{name} has no stored inputs");
        for path in stored {
            let data = fs::read(&path).expect("an input");
            // What a failing target prints does not tell the input.
            println!("{}", path.display());
            target(&data);
            let mut random = Random(data.len() as u64);
            for _ in 0..COPIES {
                target(&damaged(&data, &mut random));
            }
        }
    }
}

/// A copy that was cut, doubled or overwritten in up to four places.
fn damaged(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut copy = data.to_vec();
    for _ in 0..=random.below(4) {
        let place = random.below(copy.len() + 1);
        let piece = random.below(12).min(copy.len() - place);
        match random.below(5) {
            0 => copy.truncate(place),
            1 => drop(copy.drain(place..place + piece)),
            2 => {
                let again = copy[place..place + piece].to_vec();
                drop(copy.splice(place..place, again));
            }
            3 => copy[place..place + piece].fill(b"09 :[]{}-*&,\n\xff\0"[random.below(15)]),
            _ => copy[place..place + piece].iter_mut().for_each(|byte| *byte = random.below(256) as u8),
        }
    }
    copy
}

/// Knuth's linear congruential numbers (The Art of Computer Programming, vol. 2, 3.3.4): the same ones in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}
