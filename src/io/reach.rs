//! Whether every rank reaches a file, asked before they open it together: OpenMPI 4.1 waits in `MPI_File_open` for ever
//! when a rank cannot open what the first one could, and nobody outside of it hears of that.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result as Outcome};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::comm::World;
use crate::error::Error;

/// How often, and how long apart, a rank looks for a file that another node has just made: network file systems may
/// remember for some seconds that there was none.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// **Collective.** The first rank makes an empty file in the place of what is at `path`, and every rank opens it.
///
/// # Errors
/// What `failed` makes of the system's reason, agreed.
pub(super) fn anew(world: &World, path: &Path, failed: impl Fn(std::io::Error) -> Error) -> Result<(), Error> {
    let made = if world.is_root() { File::create(path).map(drop) } else { Ok(()) };
    world.agree(made.map_err(&failed))?;
    every_rank(world, path, OpenOptions::new().read(true).write(true), failed)
}

/// **Collective.** Every rank opens a file that is there, as `how` says.
///
/// # Errors
/// What `failed` makes of the system's reason, agreed.
pub(super) fn every_rank(
    world: &World,
    path: &Path,
    how: &OpenOptions,
    failed: impl Fn(std::io::Error) -> Error,
) -> Result<(), Error> {
    let looks = if world.is_root() { 1 } else { LOOKS };
    world.agree(patiently(looks, || how.open(path).map(drop)).map_err(failed))
}

/// Tries again while a file is not there.
fn patiently(looks: u32, open: impl Fn() -> Outcome<()>) -> Outcome<()> {
    let mut outcome = open();
    for _ in 1..looks {
        if !matches!(&outcome, Err(reason) if reason.kind() == ErrorKind::NotFound) {
            break;
        }
        sleep(PAUSE);
        outcome = open();
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn looks(of: u32, kind: ErrorKind, there_after: u32) -> (u32, Option<ErrorKind>) {
        let count = Cell::new(0);
        let outcome = patiently(of, || {
            count.set(count.get() + 1);
            if count.get() > there_after { Ok(()) } else { Err(kind.into()) }
        });
        (count.get(), outcome.err().map(|reason| reason.kind()))
    }

    #[test]
    fn exact_only_a_file_that_is_not_there_yet_is_waited_for() {
        assert_eq!(looks(5, ErrorKind::NotFound, 2), (3, None));
        assert_eq!(looks(3, ErrorKind::NotFound, 9), (3, Some(ErrorKind::NotFound)));
        assert_eq!(looks(5, ErrorKind::PermissionDenied, 2), (1, Some(ErrorKind::PermissionDenied)));
        assert_eq!(looks(1, ErrorKind::NotFound, 2), (1, Some(ErrorKind::NotFound)));
    }
}
