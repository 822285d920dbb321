//! The strip of rank by time: what share of its time each rank spent in the kernel and waiting.

use super::Moment;

/// Shares of one cell of the strip, per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub kernel: u8,
    pub waiting: u8,
}

/// The last `columns` moments, a list for each of at most `rows` rows. Where there are more ranks than rows, a row shows
/// of its ranks the one that waited longest: what goes wrong must not be averaged away.
#[must_use]
pub fn strip(history: &[Moment], columns: usize, rows: usize) -> Vec<Vec<Option<Cell>>> {
    let ranks = history.last().map_or(0, |moment| moment.kernel.len());
    let rows = rows.min(ranks);
    let shown = &history[history.len().saturating_sub(columns)..];
    let cell = |moment: &Moment, row: usize| {
        // Lives before may have had other numbers of ranks.
        let has = moment.kernel.len().min(moment.waiting.len());
        let own = row * has / rows..((row + 1) * has / rows).max(row * has / rows + 1);
        let all = own.filter(|&rank| rank < has);
        all.map(|rank| Cell { kernel: moment.kernel[rank], waiting: moment.waiting[rank] })
            .max_by_key(|cell| (cell.waiting, u8::MAX - cell.kernel))
    };
    (0..rows).map(|row| shown.iter().map(|moment| cell(moment, row)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(kernel: &[u8], waiting: &[u8]) -> Moment {
        Moment { kernel: kernel.to_vec(), waiting: waiting.to_vec(), ..Moment::default() }
    }

    #[test]
    fn exact_every_rank_has_a_row_while_there_is_room() {
        let cells = strip(&[moment(&[1, 2], &[3, 4]), moment(&[90, 50], &[5, 45])], 10, 5);
        let of = |kernel, waiting| Some(Cell { kernel, waiting });
        assert_eq!(cells, [[of(1, 3), of(90, 5)], [of(2, 4), of(50, 45)]]);
        assert_eq!(strip(&[moment(&[1, 2], &[3, 4]), moment(&[90], &[5])], 1, 5), [[of(90, 5)]]);
        assert!(strip(&[], 10, 5).is_empty());
    }

    #[test]
    fn exact_of_ranks_that_share_a_row_the_one_that_waited_longest_is_shown() {
        let cells = strip(&[moment(&[100, 10, 80, 90], &[0, 90, 20, 10])], 10, 2);
        assert_eq!(cells, [[Some(Cell { kernel: 10, waiting: 90 })], [Some(Cell { kernel: 80, waiting: 20 })]]);
        // A life with fewer ranks and a torn line beside it.
        let mixed = strip(&[moment(&[70], &[5]), moment(&[1], &[]), moment(&[1, 1, 1], &[2, 2, 2])], 10, 3);
        assert_eq!(mixed[2][1], None);
    }
}
