//! Sparse LU decomposition of 1/(h gamma) I - J for many cells with one structure.
//!
//! The structure is worked out once: pivots on the diagonal after Markowitz (1957), Management Science 3, 255 (the
//! remaining row and column with the fewest possible fill-ins), then fill. The diagonal needs no search for pivots
//! at run time because 1/(h gamma) dominates it as h decreases. What remains are tapes: each entry of L and U is
//! one sum of products, written once. In a study with TS1 that was as fast as generated code, and 1.3 times as fast as
//! row operations, which read and write entries repeatedly.

use std::ops::Range;

use crate::lanes::{Lanes, row, row_mut};

/// Square boolean matrix.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    words: usize,
    rows: Vec<u64>,
}

impl Pattern {
    /// The diagonal of an `n` by `n` matrix.
    pub fn identity(n: usize) -> Self {
        let words = n.div_ceil(64);
        let mut pattern = Self { words, rows: vec![0; n * words] };
        for i in 0..n {
            pattern.insert(i, i);
        }
        pattern
    }

    pub fn insert(&mut self, i: usize, j: usize) {
        self.rows[i * self.words + j / 64] |= 1 << (j % 64);
    }

    pub fn contains(&self, i: usize, j: usize) -> bool {
        self.rows[i * self.words + j / 64] >> (j % 64) & 1 == 1
    }

    fn row(&self, i: usize) -> &[u64] {
        &self.rows[i * self.words..(i + 1) * self.words]
    }

    /// Number of entries.
    pub fn count(&self) -> usize {
        self.rows.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn remove(&mut self, i: usize, j: usize) {
        self.rows[i * self.words + j / 64] &= !(1 << (j % 64));
    }

    fn count_row(&self, i: usize) -> usize {
        self.row(i).iter().map(|word| word.count_ones() as usize).sum()
    }

    fn members(&self, i: usize, n: usize) -> Vec<usize> {
        (0..n).filter(|&j| self.contains(i, j)).collect()
    }
}

/// The order of diagonal pivots that keeps fill small: position in the order -> row of `pattern`.
pub(super) fn markowitz_order(pattern: &Pattern, n: usize) -> Vec<usize> {
    let mut rows = pattern.clone();
    let mut columns = Pattern::identity(n);
    for i in 0..n {
        for j in pattern.members(i, n) {
            columns.insert(j, i);
        }
    }
    let mut remaining: Vec<usize> = (0..n).collect();
    let mut order = Vec::with_capacity(n);
    while let Some(position) = (0..remaining.len()).min_by_key(|&position| {
        let p = remaining[position];
        (rows.count_row(p) - 1) * (columns.count_row(p) - 1)
    }) {
        let pivot = remaining.remove(position);
        order.push(pivot);
        let row = rows.members(pivot, n);
        let column = columns.members(pivot, n);
        for &i in &column {
            rows.remove(i, pivot);
        }
        for &j in &row {
            columns.remove(j, pivot);
        }
        for &i in column.iter().filter(|&&i| i != pivot) {
            for &j in row.iter().filter(|&&j| j != pivot) {
                rows.insert(i, j);
                columns.insert(j, i);
            }
        }
    }
    order
}

/// One contribution to the Jacobian: J(row, column) += coefficient * factors(source).
#[derive(Debug, Clone, Copy)]
pub(super) struct JacobianTerm {
    pub row: usize,
    pub column: usize,
    pub coefficient: f64,
    pub source: u32,
}

/// Where the sums of one entry of L or U end in the tapes; they begin where the entry before ends.
#[derive(Debug, Clone, Copy)]
struct Entry {
    terms: u32,
    products: u32,
}

/// The structure of L and U, and the tapes that fill them; rows are already in pivot order.
#[derive(Debug)]
pub(super) struct Lu {
    /// For each row its range of entries and the position of its diagonal.
    rows: Vec<(Range<usize>, usize)>,
    /// For each row with entries of L its number and their range: most rows have none.
    lower: Vec<(u32, Range<u32>)>,
    /// Column of each entry, ascending within a row.
    columns: Vec<u32>,
    entries: Vec<Entry>,
    coefficients: Vec<f64>,
    sources: Vec<u32>,
    /// Positions of L(i,k) and U(k,j).
    products: Vec<[u32; 2]>,
    jacobian_entries: usize,
}

impl Lu {
    /// From the Jacobian's terms, with rows and columns numbered in pivot order; `factors` rows will be supplied.
    pub fn new(n: usize, terms: &[JacobianTerm]) -> Self {
        let mut pattern = Pattern::identity(n);
        for term in terms {
            pattern.insert(term.row, term.column);
        }
        let jacobian_entries = pattern.count();
        for pivot in 0..n {
            let upper: Vec<usize> = (pivot + 1..n).filter(|&j| pattern.contains(pivot, j)).collect();
            for i in pivot + 1..n {
                if pattern.contains(i, pivot) {
                    for &j in &upper {
                        pattern.insert(i, j);
                    }
                }
            }
        }
        let mut by_entry = terms.to_vec();
        by_entry.sort_by_key(|term| (term.row, term.column));
        let mut lu = Self {
            rows: Vec::with_capacity(n),
            lower: Vec::new(),
            columns: Vec::new(),
            entries: Vec::new(),
            coefficients: by_entry.iter().map(|term| term.coefficient).collect(),
            sources: by_entry.iter().map(|term| term.source).collect(),
            products: Vec::new(),
            jacobian_entries,
        };
        for i in 0..n {
            let first = lu.columns.len();
            lu.columns.extend(pattern.members(i, n).into_iter().map(index));
            let diagonal = first + lu.columns[first..].partition_point(|&j| (j as usize) < i);
            lu.rows.push((first..lu.columns.len(), diagonal));
            if first < diagonal {
                lu.lower.push((index(i), index(first)..index(diagonal)));
            }
        }
        let mut terms_end = 0;
        for i in 0..n {
            let (range, diagonal) = lu.rows[i].clone();
            for position in range.clone() {
                let j = lu.columns[position] as usize;
                while by_entry.get(terms_end).is_some_and(|term| (term.row, term.column) == (i, j)) {
                    terms_end += 1;
                }
                for lower in range.start..diagonal.min(position) {
                    if let Some(upper) = lu.position(lu.columns[lower] as usize, j) {
                        lu.products.push([index(lower), index(upper)]);
                    }
                }
                lu.entries.push(Entry { terms: index(terms_end), products: index(lu.products.len()) });
            }
        }
        lu
    }

    /// Where entry (i, j) is stored.
    fn position(&self, i: usize, j: usize) -> Option<usize> {
        let (range, _) = &self.rows[i];
        self.columns[range.clone()].binary_search(&index(j)).ok().map(|offset| range.start + offset)
    }

    /// Entries of L and U together, the diagonal once.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Entries of the Jacobian, with the whole diagonal.
    pub fn jacobian_entries(&self) -> usize {
        self.jacobian_entries
    }

    /// Terms of which the Jacobian is the sum.
    pub fn jacobian_terms(&self) -> usize {
        self.sources.len()
    }

    /// Multiply-adds of one decomposition, without those of the Jacobian.
    pub fn multiply_adds(&self) -> usize {
        self.products.len()
    }

    /// The largest `factors` row that the tapes name, plus 1.
    pub fn factors(&self) -> usize {
        self.sources.iter().max().map_or(0, |&source| source as usize + 1)
    }

    /// L and U of shift I - J into `matrix`: L without its unit diagonal, U with the reciprocal of its diagonal.
    ///
    /// `matrix` has `len()` rows, `factors` at least `factors()`. Returns the largest pivot: what it exceeds `shift`
    /// by is about the inverse of the shortest lifetime.
    #[inline(always)]
    pub fn decompose<const W: usize>(
        &self,
        shift: Lanes<W>,
        factors: &[Lanes<W>],
        matrix: &mut [Lanes<W>],
    ) -> Lanes<W> {
        assert!(matrix.len() >= self.len() && factors.len() >= self.factors());
        let (mut term, mut product) = (0, 0);
        let mut largest = shift;
        for (range, diagonal) in &self.rows {
            for position in range.clone() {
                let entry = self.entries[position];
                let mut sum = if position == *diagonal { shift } else { Lanes::ZERO };
                let end = entry.terms as usize;
                for (&coefficient, &source) in self.coefficients[term..end].iter().zip(&self.sources[term..end]) {
                    sum = row(factors, source).fused_by(-coefficient, sum);
                }
                term = end;
                let end = entry.products as usize;
                for &[lower, upper] in &self.products[product..end] {
                    sum = row(matrix, lower).fused_from(*row(matrix, upper), sum);
                }
                product = end;
                if position < *diagonal {
                    let pivot = self.rows[self.columns[position] as usize].1;
                    sum = sum * matrix[pivot];
                } else if position == *diagonal {
                    largest = largest.zip(sum, |largest, pivot| if pivot > largest { pivot } else { largest });
                    sum = sum.map(|x| 1.0 / x);
                }
                matrix[position] = sum;
            }
        }
        largest
    }

    /// The solution of L U x = b, in place of b.
    #[inline(always)]
    pub fn solve<const W: usize>(&self, matrix: &[Lanes<W>], x: &mut [Lanes<W>]) {
        assert!(matrix.len() >= self.len() && x.len() >= self.rows.len());
        for (i, range) in &self.lower {
            let range = range.start as usize..range.end as usize;
            let mut sum = *row(x, *i);
            for (factor, &column) in matrix[range.clone()].iter().zip(&self.columns[range]) {
                sum = factor.fused_from(*row(x, column), sum);
            }
            *row_mut(x, *i as usize) = sum;
        }
        for (i, (range, diagonal)) in self.rows.iter().enumerate().rev() {
            let mut sum = x[i];
            let upper = diagonal + 1..range.end;
            for (factor, &column) in matrix[upper.clone()].iter().zip(&self.columns[upper]) {
                sum = factor.fused_from(*row(x, column), sum);
            }
            *row_mut(x, i) = sum * matrix[*diagonal];
        }
    }
}

/// An index for the tapes. A mechanism with 2^32 entries would not fit in memory.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn index(i: usize) -> u32 {
    i as u32
}
