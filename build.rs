//! Two things that cargo cannot do by itself: libraries outside the system's folders are found at run time (rpath), and
//! the program knows the revision it was built from (`CHEMDRIFT_GIT`, empty outside a repository).

use std::path::Path;
use std::process::Command;

fn main() {
    for variable in ["HDF5_DIR", "NETCDF_DIR"] {
        println!("cargo:rerun-if-env-changed={variable}");
        let Ok(prefix) = std::env::var(variable) else { continue };
        // The system's own folders are on the loader's list already.
        if prefix.starts_with("/usr/") {
            continue;
        }
        for lib in ["lib64", "lib"] {
            let folder = Path::new(&prefix).join(lib);
            if folder.is_dir() {
                println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
            }
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-changed=src");
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo:rerun-if-changed={log}");
    }
    let revision = git(&["describe", "--always", "--dirty", "--abbrev=12"]).unwrap_or_default();
    println!("cargo:rustc-env=CHEMDRIFT_GIT={revision}");
}

/// What a git command prints, if there is git and a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
