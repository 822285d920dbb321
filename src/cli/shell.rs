//! What shells and `man` want to know of the command line: completions and the manual page.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, print, say};

/// What can be typed.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Prints what a shell reads to complete commands; returns the exit status.
pub fn completions_verb(options: &Completions) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "chemdrift", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page, of all verbs one after the other; returns the exit status.
pub fn man_verb() -> u8 {
    let mut text = Vec::new();
    let mut command = Cli::command().name("chemdrift");
    command.build();
    let mut rendered = clap_mangen::Man::new(command.clone()).render(&mut text);
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let mut page = Vec::new();
        rendered = rendered.and_then(|()| clap_mangen::Man::new(verb.clone()).render(&mut page));
        // One page has one title.
        let lines = String::from_utf8_lossy(&page);
        let body = lines.lines().filter(|line| !line.starts_with(".TH ")).collect::<Vec<_>>().join("\n");
        text.extend(body.into_bytes());
        text.push(b'\n');
    }
    match rendered {
        Ok(()) => print(&String::from_utf8_lossy(&text)),
        Err(reason) => {
            say(&format!("chemdrift: the manual page cannot be made: {reason}"));
            3
        }
    }
}
