//! What can stop a run, and the exit status that says so to the job script.
//!
//! A cell that cannot be integrated is no error but data: see `chemistry::Outcome`.

use std::path::PathBuf;

use crate::diagnostic::Report;

/// Exit status of a run that has written a checkpoint and wants to be run again with `--restart`.
pub const RUN_ME_AGAIN: u8 = 85;

/// Everything that ends chemdrift before its work is done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Deck(Box<Report>),
    #[error("{origin}: the folder {} of output.file does not exist: make it with `mkdir -p {}`, or name another file with -o FILE", .folder.display(), .folder.display())]
    NoFolder { origin: String, folder: PathBuf },
    #[error("{origin}: output.file {} is a folder: add a file name, as in {}", .path.display(), .path.join("run.nc").display())]
    IsFolder { origin: String, path: PathBuf },
    #[error("{origin}: no file can be made in {} ({reason}): choose a folder you may write to, with output.file or -o FILE", .folder.display())]
    NotWritable { origin: String, folder: PathBuf, reason: String },
    #[error("{origin}: the output needs about {needed} but {} has {free} free: write elsewhere with output.file or -o FILE, or fewer variables or times", .folder.display())]
    DiskFull { origin: String, folder: PathBuf, needed: String, free: String },
    #[error("writing {} failed at {action}: {reason}; what was written so far stays in this file", .path.display())]
    Write { path: PathBuf, action: String, reason: String },
    #[error("MPI failed while the ranks wrote or read {} together: {reason}; some of them have waited for others since", .path.display())]
    TogetherFailed { path: PathBuf, reason: String },
    #[error("cannot {action} {}: {reason}", .path.display())]
    File { path: PathBuf, action: &'static str, reason: String },
    #[error("the column `{column}` of a saved or moved state cannot be used: {reason}")]
    State { column: &'static str, reason: String },
    #[error("{failed} of {cells} cells could not be integrated by t = {time} s and the deck says `on_failure: stop`; `status` in {} tells which", .path.display())]
    CellsFailed { failed: u64, cells: u64, time: f64, path: PathBuf },
    #[error("a member of the ensemble failed ({failed} {item}s) by t = {time} s and the deck says `on_member_failure: stop`; `status` in {} tells which", .path.display())]
    MemberFailed { failed: u64, item: &'static str, time: f64, path: PathBuf },
    #[error("a particle left the domain by t = {time} s and the deck says `on_leaving: stop`; `status` in {} tells which", .path.display())]
    ParticleLeft { time: f64, path: PathBuf },
    #[error("writing the checkpoint {} failed at {action}: {reason}; the one before it is whole", .path.display())]
    CheckpointWrite { path: PathBuf, action: &'static str, reason: String },
    #[error("the checkpoint {} {reason}", .path.display())]
    Checkpoint { path: PathBuf, reason: String },
    #[error("the checkpoint {} could be opened on some ranks only: {reason}", .path.display())]
    HalfOpen { path: PathBuf, reason: String },
    #[error("cannot continue from {}: the unfinished output {} {reason}; begin anew with --overwrite", .checkpoint.display(), .output.display())]
    LostOutput { checkpoint: PathBuf, output: PathBuf, reason: String },
    #[error("{} is there already: name another file with -o FILE, or replace it with --overwrite", .path.display())]
    Finished { path: PathBuf },
    #[error("{} holds an unfinished run with checkpoints: continue it with --restart, or begin anew with --overwrite", .folder.display())]
    Unfinished { folder: PathBuf },
    #[error("{} is locked by {holder}: {advice}", .path.display())]
    Locked { path: PathBuf, holder: String, advice: String },
    #[error("stopped after {reason} at step {step} of {steps}, which the checkpoint {} holds: run the same command with --restart", .path.display())]
    Checkpointed { path: PathBuf, step: u64, steps: u64, reason: String },
    #[error("the run of {} cannot be repeated: {reason}", .path.display())]
    NotRepeatable { path: PathBuf, reason: String },
    #[error("{} is not {} again: {variables} differ", .again.display(), .path.display())]
    Different { path: PathBuf, again: PathBuf, variables: String },
    #[error("cannot listen to {name}: {reason}")]
    NoSignals { name: &'static str, reason: String },
    #[error(
        "MPI does not start here: load the MPI module that chemdrift was built with, or start it with that MPI's mpirun"
    )]
    NoMpi,
    #[error(
        "{count} {item}s are too many: the ids in the file reach to {most}; divide them into several runs, with `count` in the deck"
    )]
    TooMany { count: u64, item: &'static str, most: u64 },
    #[error(
        "{count} {item}s on {ranks} ranks need {needed} of memory on {host} at least, for {here} of the ranks, and {available} is free there: use more nodes, or fewer {item}s (`count` in the deck, --{item}s N)"
    )]
    NoRoom { count: u64, item: &'static str, ranks: u64, here: u64, host: String, needed: String, available: String },
    #[error("{0}")]
    NoSuchFault(String),
    #[error("rank {rank}: {message}")]
    OnRank { rank: i32, status: u8, aborts: bool, message: String },
}

impl Error {
    /// Whether the ranks can no longer leave together, because they disagree about a file that all have open.
    #[must_use]
    pub fn aborts(&self) -> bool {
        matches!(
            self,
            Self::Write { .. }
                | Self::CheckpointWrite { .. }
                | Self::TogetherFailed { .. }
                | Self::HalfOpen { .. }
                | Self::OnRank { aborts: true, .. }
        )
    }

    /// The process exit status: 1 physics, 2 deck or command line, 3 input and output, 4 environment, 85 checkpointed.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::CellsFailed { .. }
            | Self::MemberFailed { .. }
            | Self::ParticleLeft { .. }
            | Self::Different { .. } => 1,
            Self::Deck(_)
            | Self::Finished { .. }
            | Self::Unfinished { .. }
            | Self::TooMany { .. }
            | Self::NoSuchFault(_) => 2,
            Self::Checkpointed { .. } => RUN_ME_AGAIN,
            Self::NoFolder { .. }
            | Self::IsFolder { .. }
            | Self::NotWritable { .. }
            | Self::DiskFull { .. }
            | Self::Write { .. }
            | Self::File { .. }
            | Self::State { .. }
            | Self::CheckpointWrite { .. }
            | Self::Checkpoint { .. }
            | Self::HalfOpen { .. }
            | Self::TogetherFailed { .. }
            | Self::LostOutput { .. }
            | Self::NotRepeatable { .. }
            | Self::Locked { .. } => 3,
            Self::NoMpi | Self::NoSignals { .. } | Self::NoRoom { .. } => 4,
            Self::OnRank { status, .. } => *status,
        }
    }
}
