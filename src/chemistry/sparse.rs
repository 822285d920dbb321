//! Sparse LU decomposition of 1/(h gamma) I - J for many cells with one structure.
//!
//! The structure is worked out once: pivots on the diagonal after Markowitz (1957), Management Science 3, 255 (the
//! remaining row and column with the fewest possible fill-ins), then fill. The diagonal needs no search for pivots
//! at run time because 1/(h gamma) dominates it as h decreases. What remains are tapes: each entry of L and U is
//! one sum of products, written once. In a study with TS1 that was as fast as generated code, and 1.3 times as fast as
//! row operations, which read and write entries repeatedly.

use std::collections::BTreeMap;

use super::tape::{Term, add, index, take};
use crate::lanes::{Lanes, row};

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

/// One contribution to the Jacobian: J(row, column) += coefficient * derivatives(source).
#[derive(Debug, Clone, Copy)]
pub(super) struct JacobianTerm {
    pub row: usize,
    pub column: usize,
    pub coefficient: f64,
    pub source: u32,
}

/// The structure of L and U, and the tapes that fill them; rows are already in pivot order.
#[derive(Debug)]
pub(super) struct Lu {
    /// For each row the number of its entries of L, then their columns, ascending.
    lower: Vec<u32>,
    /// The same for U without its diagonal, from the last row to the first.
    upper: Vec<u32>,
    /// How many entries each row has in U.
    upper_counts: Vec<u32>,
    /// For each row its entries of L, the pivot, its entries of U: how many terms and products make an entry.
    entries: Vec<[u32; 2]>,
    terms: Vec<Term>,
    /// Positions of L(i,k) and U(k,j) in `Factors`.
    products: Vec<[u32; 2]>,
    jacobian_entries: usize,
}

/// The numbers of L and U, each in the order in which they are read when a system is solved.
#[derive(Debug)]
pub(super) struct Factors<const W: usize> {
    /// L without its unit diagonal, row by row.
    lower: Vec<Lanes<W>>,
    /// The reciprocals of U's diagonal.
    pub pivots: Vec<Lanes<W>>,
    /// U without its diagonal, row by row from the last.
    upper: Vec<Lanes<W>>,
}

impl<const W: usize> Factors<W> {
    /// Memory that they occupy, bytes.
    pub fn bytes(&self) -> usize {
        [&self.lower, &self.pivots, &self.upper].iter().map(|rows| size_of_val(rows.as_slice())).sum()
    }
}

impl Lu {
    /// From the Jacobian's terms, with rows and columns numbered in pivot order.
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
            lower: Vec::new(),
            upper: Vec::new(),
            upper_counts: vec![0; n],
            entries: Vec::new(),
            // The matrix has the negative of the Jacobian.
            terms: by_entry.iter().map(|term| Term { coefficient: -term.coefficient, row: term.source }).collect(),
            products: Vec::new(),
            jacobian_entries,
        };
        // Where each entry of U is.
        let mut places = BTreeMap::new();
        for i in (0..n).rev() {
            let columns: Vec<usize> = pattern.members(i, n).into_iter().filter(|&j| j > i).collect();
            lu.upper_counts[i] = index(columns.len());
            lu.upper.push(index(columns.len()));
            lu.upper.extend(columns.iter().map(|&j| index(j)));
            for j in columns {
                places.insert((i, j), index(places.len()));
            }
        }
        let mut terms_of_entries = by_entry.chunk_by(|a, b| (a.row, a.column) == (b.row, b.column)).peekable();
        for i in 0..n {
            let columns = pattern.members(i, n);
            let lower = &columns[..columns.partition_point(|&j| j < i)];
            // Each row before has added one number more than it has entries.
            let first = lu.lower.len() - i;
            for &j in &columns {
                let terms = terms_of_entries.next_if(|terms| (terms[0].row, terms[0].column) == (i, j));
                let before = lu.products.len();
                for (offset, &k) in lower.iter().enumerate().take_while(|&(_, &k)| k < j) {
                    if let Some(&place) = places.get(&(k, j)) {
                        lu.products.push([index(first + offset), place]);
                    }
                }
                lu.entries.push([terms.map_or(0, |terms| index(terms.len())), index(lu.products.len() - before)]);
            }
            lu.lower.push(index(lower.len()));
            lu.lower.extend(lower.iter().map(|&j| index(j)));
        }
        lu
    }

    /// Memory for the numbers.
    pub fn factors<const W: usize>(&self) -> Factors<W> {
        let n = self.upper_counts.len();
        let rows = |count| vec![Lanes::ZERO; count];
        Factors { lower: rows(self.lower.len() - n), pivots: rows(n), upper: rows(self.upper.len() - n) }
    }

    /// Entries of L and U together, the diagonal once.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Entries of the Jacobian, with the whole diagonal.
    pub fn jacobian_entries(&self) -> usize {
        self.jacobian_entries
    }

    /// Terms of which the Jacobian is the sum.
    pub fn jacobian_terms(&self) -> usize {
        self.terms.len()
    }

    /// Multiply-adds of one decomposition, without those of the Jacobian.
    pub fn multiply_adds(&self) -> usize {
        self.products.len()
    }

    /// L and U of shift I - J; `derivatives` are those that the terms of J name.
    ///
    /// Returns the largest pivot: what it exceeds `shift` by is about the inverse of the shortest lifetime.
    #[inline(always)]
    pub fn decompose<const W: usize>(
        &self,
        shift: Lanes<W>,
        derivatives: &[Lanes<W>],
        factors: &mut Factors<W>,
    ) -> Lanes<W> {
        let Factors { lower, pivots, upper } = factors;
        let mut entries = Entries { counts: &self.entries, terms: &self.terms, products: &self.products };
        let mut columns = &self.lower[..];
        let mut largest = shift;
        let (mut next_lower, mut next_upper) = (0, upper.len());
        for (i, &of_upper) in self.upper_counts.iter().enumerate() {
            let of_lower = take(&mut columns, 1)[0];
            for &k in take(&mut columns, of_lower) {
                let sum = entries.next(Lanes::ZERO, derivatives, lower, upper);
                lower[next_lower] = sum * *row(pivots, k);
                next_lower += 1;
            }
            let pivot = entries.next(shift, derivatives, lower, upper);
            largest = largest.zip(pivot, |largest, pivot| if pivot > largest { pivot } else { largest });
            pivots[i] = pivot.map(|x| 1.0 / x);
            next_upper -= of_upper as usize;
            for j in next_upper..next_upper + of_upper as usize {
                upper[j] = entries.next(Lanes::ZERO, derivatives, lower, upper);
            }
        }
        largest
    }

    /// The rows of L, from the first.
    #[inline(always)]
    pub fn lower<'m, const W: usize>(&'m self, factors: &'m Factors<W>) -> Rows<'m, W> {
        Rows { columns: &self.lower, factors: &factors.lower }
    }

    /// The rows of U, from the last.
    #[inline(always)]
    pub fn upper<'m, const W: usize>(&'m self, factors: &'m Factors<W>) -> Rows<'m, W> {
        Rows { columns: &self.upper, factors: &factors.upper }
    }
}

/// The rows of L or U that have yet to be solved.
pub(super) struct Rows<'m, const W: usize> {
    columns: &'m [u32],
    factors: &'m [Lanes<W>],
}

impl<const W: usize> Rows<'_, W> {
    /// What is left of the next row of b when column `c` of the rows of x that are known is taken out.
    #[inline(always)]
    pub fn next<const C: usize>(&mut self, b: Lanes<W>, x: &[[Lanes<W>; C]], c: usize) -> Lanes<W> {
        let mut sum = b;
        let count = take(&mut self.columns, 1)[0];
        for (factor, &column) in take(&mut self.factors, count).iter().zip(take(&mut self.columns, count)) {
            sum = factor.fused_from(x[column as usize][c], sum);
        }
        sum
    }
}

/// The entries of L and U that have yet to be computed.
struct Entries<'t> {
    counts: &'t [[u32; 2]],
    terms: &'t [Term],
    products: &'t [[u32; 2]],
}

impl Entries<'_> {
    /// The sum of the next one, which begins with a number.
    #[inline(always)]
    fn next<const W: usize>(
        &mut self,
        begin: Lanes<W>,
        derivatives: &[Lanes<W>],
        lower: &[Lanes<W>],
        upper: &[Lanes<W>],
    ) -> Lanes<W> {
        let [terms, products] = take(&mut self.counts, 1)[0];
        let mut sum = add(begin, take(&mut self.terms, terms), derivatives);
        for &[l, u] in take(&mut self.products, products) {
            sum = row(lower, l).fused_from(*row(upper, u), sum);
        }
        sum
    }
}
