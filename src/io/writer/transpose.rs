//! From records of items to items with their records.

/// From `[record][item]` to `[item][record]`, a block of items at a time, so that what is read and what is written stay in
/// the cache.
pub fn transpose<T: Copy + Default>(values: &[f64], items: usize, turned: &mut Vec<T>, as_stored: impl Fn(f64) -> T) {
    const BLOCK: usize = 64;
    let records = values.len() / items.max(1);
    turned.resize(values.len(), T::default());
    for first in (0..items).step_by(BLOCK) {
        let block = first..(first + BLOCK).min(items);
        for (record, row) in values.chunks_exact(items).enumerate() {
            for (item, &value) in block.clone().zip(&row[block.clone()]) {
                turned[item * records + record] = as_stored(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_transposition_turns_records_into_items() {
        for (items, records) in [(0, 3), (1, 1), (5, 1), (1, 4), (64, 3), (130, 7)] {
            let values: Vec<f64> = (0..items * records).map(|n| n as f64 + 0.25).collect();
            let (mut turned, mut rounded) = (vec![-1.0; 3], Vec::new());
            transpose(&values, items, &mut turned, |value| value);
            transpose(&values, items, &mut rounded, |value| value as f32);
            for (place, (&value, &single)) in turned.iter().zip(&rounded).enumerate() {
                let (item, record) = (place / records, place % records);
                assert_eq!(value, values[record * items + item]);
                assert_eq!(single, value as f32);
            }
            assert_eq!((turned.len(), rounded.len()), (values.len(), values.len()));
        }
    }
}
