//! What a run tells about itself, and the verbs that read it: `status` for scripts, `watch` in a real terminal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chemdrift::io::status_files::{StatusFiles, look};
use chemdrift::monitor::{FORMAT, Life, Moment, Ranks, State, Status};

use crate::launch::{chemdrift, command, finish, machine, start};
use crate::scratch::{Scratch, only_the_story_is_left, project};

/// Cells in steps of 10 s.
fn deck(scratch: &Scratch, steps: u32) -> PathBuf {
    let mechanism = project().join("inputs/mechanisms/abc/mechanism.yaml");
    let text = format!(
        "title: Told\nchemistry: {{mechanism: {}}}\ncells:\n  count: 20\n  set: {{temperature: 280 K, pressure: 1 atm, \
         concentration.A: 1 mol m-3}}\ntime: {{step: 10 s, end: {} s}}\ncheckpoint: {{every: never}}\noutput: \
         {{file: out.nc, streams: [{{every: 10 s, variables: [A]}}]}}\n",
        mechanism.display(),
        10 * steps
    );
    scratch.file("deck.yaml", text)
}

#[test]
fn exact_every_life_leaves_what_has_become_of_it() {
    let scratch = Scratch::new("told");
    let deck = deck(&scratch, 30);
    let (deck, folder) = (deck.to_str().unwrap(), scratch.path().join("out.nc.run"));
    let output = scratch.path().join("out.nc");
    let asked = |words: &[&str]| chemdrift(0, &[&["status"], words].concat());
    assert_eq!(asked(&[deck]).status, 2);

    // A rank that is killed says nothing, and its process is gone.
    let machine = machine();
    let mut job = command(0, Path::new(env!("CARGO_BIN_EXE_chemdrift")));
    job.env("CHEMDRIFT_FAULT", "kill rank 0 at step 5");
    finish(start(job.args(["run", deck])));
    drop(machine);
    let seen = look(&folder).unwrap();
    assert!(seen.status.state == State::Running && matches!(seen.life, Life::Silent(_)), "{seen:?}");
    let ended = asked(&[deck]);
    assert!(ended.status == 12 && ended.stdout.contains("Told: no sign of life since 2"), "{}", ended.stdout);

    assert_eq!(chemdrift(2, &["run", deck, "--overwrite", "--walltime", "1 s"]).status, 85);
    let status = look(&folder).unwrap().status;
    assert_eq!((status.state, status.exit_status, status.step), (State::Checkpointed, Some(85), 1));
    assert!(status.reason.unwrap().contains("--restart"));
    assert_eq!(asked(&[folder.to_str().unwrap()]).status, 85);

    assert_eq!(chemdrift(2, &["run", deck, "--restart"]).status, 0);
    let seen = look(&folder).unwrap();
    let status = &seen.status;
    assert_eq!((status.state, status.first_step, status.step, status.steps), (State::Finished, 1, 30, 30));
    assert_eq!((status.outcomes["converged"], status.work["cells_advanced"], status.failed), (20, 600, 0));
    assert_eq!((status.ranks.count, &status.ranks.items[..]), (2, &[10.0, 10.0][..]));
    assert!(status.ranks.memory_bytes.iter().all(|&bytes| bytes > 1e6) && status.told >= 1, "{status:?}");
    assert!(status.log.iter().any(|line| line.starts_with("wrote ")), "{:?}", status.log);
    // Both lives have a line, and the line of the first is there still.
    assert_eq!(seen.history.iter().map(|moment| moment.step).collect::<Vec<_>>(), [1, 30]);
    let ended = asked(&[output.to_str().unwrap(), "--json"]);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status, &told["life"], &told["step"]), (0, &"finished".into(), &30.into()));
    assert!(only_the_story_is_left(&folder));
}

#[test]
fn exact_runs_are_listed_and_wrong_names_get_an_answer() {
    let scratch = Scratch::new("listed");
    let asked = |words: &[&str]| {
        let mut asked = Command::new(env!("CARGO_BIN_EXE_chemdrift"));
        finish(start(asked.args(words).current_dir(scratch.path())))
    };
    let none = asked(&["status"]);
    assert!(none.status == 0 && none.stderr.contains("no run has told anything"), "{}", none.stderr);
    assert_eq!(asked(&["status", "--json"]).stdout, "[]\n");
    assert_eq!(asked(&["watch"]).status, 2);
    let one = Told::new(&scratch, "a/one.nc.run");
    one.says(10);
    Told::new(&scratch, "two.nc.run").says(20);
    let all = asked(&["status"]).stdout;
    assert!(all.contains("./a/one.nc.run") && all.contains("20.0 %"), "{all}");
    let all: serde_json::Value = serde_json::from_str(&asked(&["status", "--json"]).stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let plain = asked(&["watch", "two.nc"]);
    assert!(plain.status == 10 && plain.stdout.contains("step 20 of 100"), "{}", plain.stdout);
    // Two go on, and there is no terminal to ask in.
    assert!(asked(&["watch"]).stdout.contains("./two.nc.run"));
    for (words, status, message) in [
        (&["status", "three.nc"][..], 2, "no run has told anything in three.nc.run"),
        (&["status", "a"], 2, "a is not the folder of a run"),
        (&["watch", "three.nc"], 2, "no run has told anything"),
    ] {
        let ended = asked(words);
        assert!(ended.status == status && ended.stderr.contains(message), "{words:?}: {}", ended.stderr);
    }
    fs::write(one.folder.join("status.json"), "{").unwrap();
    let ended = asked(&["status", "a/one.nc"]);
    assert!(ended.status == 3 && ended.stderr.contains("cannot read a/one.nc.run/status.json"), "{}", ended.stderr);
}

#[test]
fn exact_the_terminal_shows_a_run_while_its_files_change() {
    if Command::new("tmux").arg("-V").output().is_err() {
        eprintln!("skipped: there is no tmux here (scripts/setup.sh installs it)");
        return;
    }
    let scratch = Scratch::new("watch");
    let told = Told::new(&scratch, "one.nc.run");
    told.says(10);
    let terminal = Tmux::start(&scratch, &["watch", "one.nc"], (80, 24));
    terminal.shows(&["running  Told", "10.0 %", "step 10 of 100", "rank by time", "line 19", "q quits"]);
    for step in 11..40 {
        told.says(step);
        std::thread::sleep(Duration::from_millis(20));
    }
    terminal.shows(&["39.0 %", "step 39 of 100"]);
    // What cannot be read for a moment leaves the picture as it is.
    fs::write(told.folder.join("status.json"), "{\"format\": 1, \"sta").unwrap();
    terminal.shows(&["step 39 of 100", "cannot read"]);
    let torn = told.folder.join("progress.jsonl");
    fs::write(&torn, &fs::read(&torn).unwrap()[..100]).unwrap();
    told.says(50);
    terminal.shows(&["50.0 %"]);
    terminal.tmux(&["resize-window", "-x", "40", "-y", "8"]);
    terminal.shows(&["running  Told", "step 50 of"]);
    terminal.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    told.ends();
    terminal.shows(&["finished  Told", "100.0 %", "q quits"]);
    terminal.tmux(&["send-keys", "q"]);
    terminal.ends();
}

#[test]
fn exact_the_terminal_asks_which_of_several_runs_is_meant() {
    if Command::new("tmux").arg("-V").output().is_err() {
        eprintln!("skipped: there is no tmux here (scripts/setup.sh installs it)");
        return;
    }
    let scratch = Scratch::new("choose");
    let (one, two, over) = ("one.nc.run", "two.nc.run", "over.nc.run");
    let all = [one, two, over].map(|name| Told::new(&scratch, name));
    all.iter().zip([10, 20, 30]).for_each(|(told, step)| told.says(step));
    all[2].ends();
    let terminal = Tmux::start(&scratch, &["watch"], (80, 24));
    terminal.shows(&["Which run?", "one.nc.run", "two.nc.run"]);
    assert!(!terminal.screen().contains("over.nc.run"));
    terminal.tmux(&["send-keys", "Down", "Enter"]);
    terminal.shows(&["of 100", "q quits"]);
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.ends();
}

/// A run of this very process, so that it lives as long as the test.
pub struct Told {
    pub folder: PathBuf,
    files: StatusFiles,
}

impl Told {
    pub fn new(scratch: &Scratch, name: &str) -> Self {
        let folder = scratch.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self { files: StatusFiles::begin(&folder, true), folder }
    }

    fn status(step: u64) -> Status {
        let mut status = Status {
            format: FORMAT,
            phase: "stepping".to_owned(),
            title: "Told".to_owned(),
            updated: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            item: "cell".to_owned(),
            items: 7,
            step,
            steps: 100,
            outcomes: [("converged".to_owned(), 7)].into(),
            ranks: Ranks { count: 2, shown: "each".to_owned(), ..Ranks::default() },
            log: (0..20).map(|line| format!("line {line}")).collect(),
            ..Status::default()
        };
        StatusFiles::sign(&mut status);
        status
    }

    pub fn says(&self, step: u64) {
        let (kernel, waiting) = (vec![95, 60], vec![0, 35]);
        self.files.append(&Moment { step, steps: 100, kernel, waiting, ..Moment::default() }).unwrap();
        self.files.replace(&Self::status(step)).unwrap();
    }

    pub fn ends(&self) {
        self.files.replace(&Status { state: State::Finished, ..Self::status(100) }).unwrap();
    }
}

/// A terminal of its own, gone when dropped.
struct Tmux {
    socket: String,
}

impl Tmux {
    fn start(scratch: &Scratch, words: &[&str], (columns, rows): (u32, u32)) -> Self {
        let name = scratch.path().file_name().unwrap().to_str().unwrap().to_owned();
        let terminal = Self { socket: name };
        let program = [&[env!("CARGO_BIN_EXE_chemdrift")], words].concat().join(" ");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let folder = scratch.path().to_str().unwrap();
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows, "-c", folder, &program]);
        terminal
    }

    fn tmux(&self, words: &[&str]) -> String {
        let ended = Command::new("tmux").args(["-L", &self.socket]).args(words).output().unwrap();
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until all of this is to be seen.
    fn shows(&self, parts: &[&str]) {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if parts.iter().all(|part| screen.contains(part)) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{parts:?} is not in\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the program has left.
    fn ends(&self) {
        let begun = Instant::now();
        while !self.tmux(&["list-sessions"]).is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
