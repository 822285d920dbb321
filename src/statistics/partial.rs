//! What one rank knows of the numbers of a record, and how the ranks put theirs together.
//!
//! That takes two reductions, for as many parts at once as one likes: the largest extents of all ranks, so that all send
//! the same words, then sums of words.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::exact::{Digits, Exact, WORDS};
use super::moments::Moments;
use super::powers::{Powers, add_powers};
use super::sketch::{Side, Sketch, first_kept};
use super::{Bins, Statistic};

/// What has to be found out about numbers for some statistics of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Needs {
    /// The highest power that is summed, 0 to 3.
    powers: usize,
    sketch: bool,
    histogram: Option<Bins>,
}

impl Needs {
    #[must_use]
    pub fn of(statistics: &[Statistic]) -> Self {
        let mut needs = Self::default();
        for statistic in statistics {
            let power = match statistic {
                Statistic::Mean => 1,
                Statistic::Variance | Statistic::Deviation => 2,
                Statistic::Skewness => 3,
                _ => 0,
            };
            needs.powers = needs.powers.max(power);
            match statistic {
                Statistic::Quantile { .. } => needs.sketch = true,
                Statistic::Histogram(bins) => needs.histogram = Some(bins.clone()),
                _ => {}
            }
        }
        needs
    }

    /// About how many words a rank sends of numbers with these needs.
    #[must_use]
    pub fn words(&self) -> u64 {
        let sketch = if self.sketch { 4096 } else { 0 };
        4 + 8 * self.powers as u64 + sketch + self.histogram.as_ref().map_or(0, |bins| bins.count() as u64 / 2)
    }
}

/// A part of what is put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Partial {
    /// What is known of numbers.
    Numbers(Box<Numbers>),
    /// Counts that add up, such as items in the cells of a grid.
    Counts(Vec<u32>),
    /// The bits of one number of each item of all ranks, those of other ranks being 0.
    Column(Vec<u64>),
}

/// What everybody knows together of each of some parts, in their order, made when it is taken. Everybody has as many parts
/// of the same kinds; `largest` gives the largest of all that everybody passes, number by number, and `sum` the sums
/// modulo 2^64.
pub fn together<'p>(
    parts: &'p [&'p Partial],
    largest: impl FnOnce(Vec<u64>) -> Vec<u64>,
    sum: impl FnOnce(Vec<u64>) -> Vec<u64>,
) -> impl Iterator<Item = Partial> + 'p {
    let (mut extents, mut words) = (Vec::new(), Vec::new());
    for part in parts {
        part.extents(&mut extents);
    }
    // Counts have none.
    if !extents.is_empty() {
        extents = largest(extents);
    }
    let mut rest = &extents[..];
    for part in parts {
        part.words(&mut rest, &mut words);
    }
    let words = sum(words);
    let mut taken = (0, 0);
    parts.iter().map(move |part| {
        let (mut own_extents, mut own_words) = (&extents[taken.0..], &words[taken.1..]);
        let joined = part.joined(&mut own_extents, &mut own_words);
        taken = (extents.len() - own_extents.len(), words.len() - own_words.len());
        joined
    })
}

/// What is known of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    count: u64,
    missing: u64,
    /// Smallest and largest; infinities the wrong way round when there are none.
    ends: [f64; 2],
    powers: Vec<Digits>,
    sketch: Option<Sketch>,
    histogram: Vec<u32>,
}

impl Numbers {
    /// Of finite numbers, besides which `missing` are missing.
    #[must_use]
    pub fn of(numbers: &[f64], missing: u64, needs: &Needs) -> Self {
        let mut sums = Powers::default();
        if needs.powers > 0 {
            add_powers(numbers, needs.powers, &mut sums);
        }
        let mut histogram = vec![0; needs.histogram.as_ref().map_or(0, Bins::count)];
        if let Some(bins) = &needs.histogram {
            numbers.iter().filter_map(|&number| bins.place(number)).for_each(|place| histogram[place] += 1);
        }
        let ends = ends(numbers);
        Self {
            count: numbers.len() as u64,
            missing,
            ends,
            powers: sums.into_iter().take(needs.powers).map(Exact::digits).collect(),
            sketch: needs.sketch.then(|| Sketch::of(numbers, ends)),
            histogram,
        }
    }

    /// The values of some statistics, those of a histogram one for each bin; NaN where they have none.
    #[must_use]
    pub fn values(&self, statistics: &[Statistic]) -> Vec<Vec<f64>> {
        let mut sums = Powers::default();
        for (sum, digits) in sums.iter_mut().zip(&self.powers) {
            *sum = Exact::from_digits(digits);
        }
        let moments = Moments::of(self.count, &sums, self.powers.len());
        let level = |statistic: &Statistic| match statistic {
            Statistic::Quantile { level, .. } => Some(*level),
            _ => None,
        };
        let levels: Vec<f64> = statistics.iter().filter_map(level).collect();
        let quantiles = self.sketch.as_ref().map(|sketch| sketch.quantiles(&levels, self.count, self.ends));
        let mut quantiles = quantiles.unwrap_or_default().into_iter();
        let end = |end: f64| if self.count == 0 { f64::NAN } else { end };
        let value = |statistic: &Statistic| match statistic {
            Statistic::Count => vec![self.count as f64],
            Statistic::Missing => vec![self.missing as f64],
            Statistic::Mean => vec![moments.mean],
            Statistic::Variance => vec![moments.variance],
            Statistic::Deviation => vec![moments.variance.sqrt()],
            Statistic::Skewness => vec![moments.skewness],
            Statistic::Minimum => vec![end(self.ends[0])],
            Statistic::Maximum => vec![end(self.ends[1])],
            Statistic::Quantile { .. } => vec![quantiles.next().unwrap_or(f64::NAN)],
            Statistic::Histogram(_) => self.histogram.iter().map(|&count| f64::from(count)).collect(),
        };
        statistics.iter().map(value).collect()
    }
}

/// Smallest and largest of finite numbers. Of both zeros it takes 0, whichever comes first.
fn ends(numbers: &[f64]) -> [f64; 2] {
    const WIDE: usize = 16;
    let (mut least, mut most) = ([f64::INFINITY; WIDE], [f64::NEG_INFINITY; WIDE]);
    let (rows, rest) = numbers.as_chunks::<WIDE>();
    let mut take = |lane: usize, number: f64| {
        let number = number + 0.0;
        least[lane] = if number < least[lane] { number } else { least[lane] };
        most[lane] = if number > most[lane] { number } else { most[lane] };
    };
    for row in rows {
        for lane in 0..WIDE {
            take(lane, row[lane]);
        }
    }
    rest.iter().enumerate().for_each(|(lane, &number)| take(lane, number));
    [least.into_iter().fold(f64::INFINITY, f64::min), most.into_iter().fold(f64::NEG_INFINITY, f64::max)]
}

/// A number as an integer in the same order.
fn key(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// A range as two numbers of which the larger of all ranks make the range that holds all; zeros for none.
fn extent(range: &Range<usize>) -> [u64; 2] {
    if range.is_empty() { [0, 0] } else { [u64::MAX - range.start as u64, range.end as u64] }
}

fn range([start, end]: [u64; 2]) -> Range<usize> {
    if end == 0 { 0..0 } else { (u64::MAX - start) as usize..end as usize }
}

fn range_of(side: &Side) -> Range<usize> {
    if side.counts.is_empty() { 0..0 } else { side.first..side.first + side.counts.len() }
}

/// Adds the counts of the places `range`, of which some or all are in `counts`, whose first place is `first`. Two a word:
/// the sums of all ranks stay below 2^32, as there are no more items.
fn pack(counts: &[u32], first: usize, range: &Range<usize>, out: &mut Vec<u64>) {
    let begin = out.len();
    out.resize(begin + range.len().div_ceil(2), 0);
    let places: &mut [u32] = bytemuck::cast_slice_mut(&mut out[begin..]);
    let (from, to) = (range.start.max(first), range.end.min(first + counts.len()));
    if from < to {
        places[from - range.start..to - range.start].copy_from_slice(&counts[from - first..to - first]);
    }
}

fn unpack(count: usize, words: &mut &[u64]) -> Vec<u32> {
    let (own, rest) = words.split_at(count.div_ceil(2));
    *words = rest;
    bytemuck::cast_slice(own)[..count].to_vec()
}

/// Takes two numbers off the front.
fn two(extents: &mut &[u64]) -> [u64; 2] {
    let (own, rest) = extents.split_at(2);
    *extents = rest;
    [own[0], own[1]]
}

/// The bins of both signs that are kept of all.
fn kept(extents: &mut &[u64]) -> [Range<usize>; 2] {
    let sides = [range(two(extents)), range(two(extents))];
    let first = first_kept(sides[0].end.max(sides[1].end).saturating_sub(1));
    sides.map(|side| if side.end > first { side.start.max(first)..side.end } else { 0..0 })
}

impl Partial {
    /// What two ranks know together, for parts that one rank has come to know one after the other.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let both = |of: &dyn Fn(&Self) -> Vec<u64>, join: fn(u64, u64) -> u64| -> Vec<u64> {
            of(self).iter().zip(of(other)).map(|(&a, b)| join(a, b)).collect()
        };
        let extents = |part: &Self| {
            let mut out = Vec::new();
            part.extents(&mut out);
            out
        };
        let extents = both(&extents, u64::max);
        let words = |part: &Self| {
            let mut out = Vec::new();
            part.words(&mut &extents[..], &mut out);
            out
        };
        let words = both(&words, u64::wrapping_add);
        self.joined(&mut &extents[..], &mut &words[..])
    }

    /// Adds numbers of which the ranks need the largest.
    fn extents(&self, out: &mut Vec<u64>) {
        let Self::Numbers(numbers) = self else { return };
        out.extend([!key(numbers.ends[0]), key(numbers.ends[1])]);
        for digits in &numbers.powers {
            out.extend(extent(&(digits.first..digits.first + digits.words.len())));
        }
        if let Some(sketch) = &numbers.sketch {
            out.extend(extent(&range_of(&sketch.negative)));
            out.extend(extent(&range_of(&sketch.positive)));
        }
    }

    /// Adds words of which the ranks need the sums, given the largest extents, of which it takes its own off the front.
    fn words(&self, extents: &mut &[u64], out: &mut Vec<u64>) {
        let numbers = match self {
            Self::Numbers(numbers) => numbers,
            Self::Counts(counts) => return pack(counts, 0, &(0..counts.len()), out),
            Self::Column(bits) => return out.extend(bits),
        };
        out.extend([numbers.count, numbers.missing]);
        two(extents);
        for digits in &numbers.powers {
            let word = |place: usize| place.checked_sub(digits.first).and_then(|n| digits.words.get(n)).copied();
            // Sums of words modulo 2^64 are those of the signed ones.
            out.extend(range(two(extents)).map(|place| word(place).unwrap_or(0) as u64));
        }
        if let Some(sketch) = &numbers.sketch {
            for (range, side) in kept(extents).into_iter().zip([&sketch.negative, &sketch.positive]) {
                pack(&side.counts, side.first, &range, out);
            }
        }
        pack(&numbers.histogram, 0, &(0..numbers.histogram.len()), out);
    }

    /// What all ranks know together, given the largest extents and the sums of words; of both it takes its own off the
    /// front.
    fn joined(&self, extents: &mut &[u64], words: &mut &[u64]) -> Self {
        let numbers = match self {
            Self::Numbers(numbers) => numbers,
            Self::Counts(counts) => return Self::Counts(unpack(counts.len(), words)),
            Self::Column(bits) => {
                let (own, rest) = words.split_at(bits.len());
                *words = rest;
                return Self::Column(own.to_vec());
            }
        };
        let [count, missing] = two(words);
        let [least, most] = two(extents);
        let powers = numbers.powers.iter().map(|_| {
            let range = range(two(extents));
            let (own, rest) = words.split_at(range.len());
            *words = rest;
            Digits { first: range.start.min(WORDS), words: own.iter().map(|&word| word as i64).collect() }
        });
        let powers = powers.collect();
        let sketch = numbers.sketch.as_ref().map(|_| {
            let [negative, positive] =
                kept(extents).map(|range| Side { first: range.start, counts: unpack(range.len(), words) });
            Sketch { negative, positive }
        });
        let histogram = unpack(numbers.histogram.len(), words);
        let ends = [number(!least), number(most)];
        Self::Numbers(Box::new(Numbers { count, missing, ends, powers, sketch, histogram }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics() -> Vec<Statistic> {
        let words = Statistic::WORDS.into_iter().map(|(_, statistic)| statistic);
        let quantiles = ["p05", "p50", "p97.5"].into_iter().filter_map(Statistic::quantile);
        words.chain(quantiles).chain([Statistic::Histogram(Bins::new([-1.0, 2.0], 7, false))]).collect()
    }

    /// What ranks with these numbers find together, as bits.
    fn together(ranks: &[&[f64]]) -> Vec<Vec<u64>> {
        let needs = Needs::of(&statistics());
        let parts: Vec<[Partial; 2]> = ranks
            .iter()
            .map(|numbers| {
                let of = Numbers::of(numbers, numbers.len() as u64 / 3, &needs);
                [Partial::Counts(vec![numbers.len() as u32, 1, 2]), Partial::Numbers(Box::new(of))]
            })
            .collect();
        let reduce = |all: Vec<Vec<u64>>, join: fn(u64, u64) -> u64| {
            all.into_iter().reduce(|a, b| a.iter().zip(&b).map(|(&a, &b)| join(a, b)).collect()).unwrap()
        };
        let extents = reduce(
            parts
                .iter()
                .map(|two| {
                    let mut out = Vec::new();
                    for part in two {
                        part.extents(&mut out);
                    }
                    out
                })
                .collect(),
            u64::max,
        );
        let words = parts.iter().map(|two| {
            let (mut rest, mut out) = (&extents[..], Vec::new());
            for part in two {
                part.words(&mut rest, &mut out);
            }
            assert!(rest.is_empty());
            out
        });
        let words = reduce(words.collect(), u64::wrapping_add);
        let (mut extents, mut words) = (&extents[..], &words[..]);
        let joined: Vec<Partial> = parts[0].iter().map(|part| part.joined(&mut extents, &mut words)).collect();
        assert!(extents.is_empty() && words.is_empty());
        let Partial::Counts(counts) = &joined[0] else { panic!("counts stay counts") };
        let Partial::Numbers(numbers) = &joined[1] else { panic!("numbers stay numbers") };
        let mut bits = vec![counts.iter().map(|&count| u64::from(count)).collect()];
        // What is missing depends on the parts of this test.
        let values = numbers.values(&statistics()).into_iter().zip(statistics()).filter(|v| v.1 != Statistic::Missing);
        bits.extend(values.map(|(values, _)| values.into_iter().map(f64::to_bits).collect::<Vec<_>>()));
        bits
    }

    fn numbers(count: u64) -> Vec<f64> {
        let spread = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / 2.0_f64.powi(53);
        (0..count)
            .map(|n| if n % 17 == 0 { 0.0 } else { (3.0 * spread(n) - 1.0) * 10.0_f64.powi((n % 23) as i32 - 20) })
            .collect()
    }

    #[test]
    fn exact_parts_and_order_do_not_show() {
        let numbers = numbers(2000);
        let whole = together(&[&numbers]);
        let backwards: Vec<f64> = numbers.iter().rev().copied().collect();
        assert_eq!(together(&[&backwards]), whole);
        for cuts in [&[0, 1000][..], &[1, 2, 3], &[512, 1024, 1999], &[700, 700, 2000], &[2000]] {
            let mut ranks: Vec<&[f64]> = Vec::new();
            let mut begin = 0;
            for &cut in cuts.iter().chain(&[2000]) {
                ranks.push(&numbers[begin..cut]);
                begin = cut;
            }
            let mut parts = together(&ranks);
            // Each rank counts these once.
            parts[0] = whole[0].clone();
            assert_eq!(parts, whole, "{cuts:?}");
        }
    }

    #[test]
    fn exact_far_apart_ranks_agree_on_what_is_kept() {
        let (small, large) = ([1e-200, -1e-200, 3.0], [1e200]);
        let mut whole = together(&[&[small[0], large[0], small[1], small[2]]]);
        let parts = together(&[&small, &large]);
        whole[0].clone_from(&parts[0]);
        assert_eq!(parts, whole);
        let nothing = together(&[&[], &[]]);
        assert_eq!(nothing[0], [0, 2, 4]);
        assert!(f64::from_bits(nothing[2][0]).is_nan());
    }

    #[test]
    fn exact_keys_keep_the_order() {
        let ascending = [f64::NEG_INFINITY, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, f64::INFINITY];
        assert!(ascending.map(key).is_sorted());
        assert_eq!(ascending.map(|n| number(key(n))), ascending);
    }
}
