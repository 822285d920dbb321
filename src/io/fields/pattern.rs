//! Paths and patterns with `*` and `?` to files, in the order of their names.

use std::path::{Component, Path, PathBuf};

use crate::field_head::FieldProblem;

/// All files that a list of paths and patterns names, each once: in the order of the list, those of one pattern sorted.
///
/// # Errors
/// A path without a file, or a pattern that matches nothing.
pub fn expand(patterns: &[String]) -> Result<Vec<String>, FieldProblem> {
    let mut files: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for pattern in patterns {
        for path in expand_one(pattern)? {
            let path = path.to_string_lossy().into_owned();
            if seen.insert(path.clone()) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        return Err(FieldProblem::new("no files are given").help("`files: path/to/*.nc`"));
    }
    Ok(files)
}

fn expand_one(pattern: &str) -> Result<Vec<PathBuf>, FieldProblem> {
    let literal = Path::new(pattern);
    if !pattern.contains(['*', '?']) || literal.exists() {
        // A missing file is reported when it is opened, with the reason of the system.
        return Ok(vec![literal.to_owned()]);
    }
    let mut found = vec![PathBuf::new()];
    for component in literal.components() {
        let part = component.as_os_str().to_string_lossy();
        if !matches!(component, Component::Normal(_)) || !part.contains(['*', '?']) {
            for path in &mut found {
                path.push(component);
            }
            continue;
        }
        found = found.iter().flat_map(|folder| matching(folder, &part)).collect();
    }
    found.retain(|path| path.is_file());
    found.sort();
    if found.is_empty() {
        let folder = literal.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let help = if folder.to_string_lossy().contains(['*', '?']) || folder.is_dir() {
            format!("`ls {pattern}` shows what a pattern matches; only files count")
        } else {
            format!("there is no folder {}", folder.display())
        };
        return Err(FieldProblem::new(format!("no file matches {pattern}")).help(help));
    }
    Ok(found)
}

/// Entries of a folder whose name matches; hidden ones only if the pattern begins with a dot, as in a shell.
fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(here) else { return Vec::new() };
    let pattern: Vec<char> = pattern.chars().collect();
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') || pattern.first() == Some(&'.'))
        .filter(|name| matches(&pattern, &name.chars().collect::<Vec<_>>()))
        .map(|name| folder.join(name))
        .collect()
}

/// Whether a name matches a pattern: greedy, going back to the last `*`, so that no pattern takes exponential time.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_question_marks_match() {
        let check = |pattern: &str, name: &str| {
            matches(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
        };
        assert!(check("*U.nc", "ORCA025-N06_20000104d05U.nc"));
        assert!(!check("*U.nc", "ORCA025-N06_20000104d05V.nc"));
        assert!(check("a?c*", "abc") && !check("a?c", "ac") && check("*", "") && check("**x*", "axb"));
        assert!(!check(&"*a".repeat(30), &"a".repeat(29)));
    }
}
