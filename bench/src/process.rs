//! Processes, as `/proc` describes them: their processor time, and which belong to another.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

/// A process with its parent.
type Parents = BTreeMap<u32, u32>;

/// Returns the seconds of processor time in the text of `/proc/PID/stat`, which counts hundredths of a second.
pub(crate) fn cpu_seconds(stat: &str) -> Option<f64> {
    let times = fields(stat)?;
    Some((times[11] + times[12]) / 100.0)
}

/// Returns the seconds of processor time of a process, of those that it has started and that run, and of those that have ended.
pub(crate) fn cpu_seconds_of_tree(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let own = fields(&stat).context("no times in the process's stat")?;
    // Own time, and that of children that have ended.
    let mut hundredths = own[11] + own[12] + own[13] + own[14];
    for child in descendants(&parents()?, process) {
        // A child that ends now is counted with its parent the next time.
        if let Ok(stat) = std::fs::read_to_string(format!("/proc/{child}/stat")) {
            hundredths += fields(&stat).map_or(0.0, |times| times[11] + times[12]);
        }
    }
    Ok(hundredths / 100.0)
}

/// Returns the processes that a process has started, and that these have started, the latter first.
pub(crate) fn started_by(process: u32) -> Result<Vec<u32>> {
    let mut all = descendants(&parents()?, process);
    all.reverse();
    Ok(all)
}

/// Whether a process runs. One that has ended, and whose parent has not asked yet how, does not.
pub(crate) fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map(|(_, fields)| fields.trim_start());
    after_name.is_some_and(|fields| !fields.starts_with(['Z', 'X']))
}

/// Returns the numbers after the name, which is in parentheses and may contain blanks. The first is the third field.
fn fields(stat: &str) -> Option<Vec<f64>> {
    let (_, fields) = stat.rsplit_once(')')?;
    // The state is a letter.
    let numbers = fields
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default());
    let numbers: Vec<f64> = numbers.collect();
    (numbers.len() > 14).then_some(numbers)
}

fn parents() -> Result<Parents> {
    let mut parents = Parents::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(process) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(fields) = fields(&stat) {
            parents.insert(process, fields[1] as u32);
        }
    }
    Ok(parents)
}

fn descendants(parents: &Parents, process: u32) -> Vec<u32> {
    let mut found = vec![process];
    let mut at = 0;
    while let Some(&of) = found.get(at) {
        let children = parents.iter().filter(|&(_, parent)| *parent == of);
        found.extend(children.map(|(child, _)| *child));
        at += 1;
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_that_of_user_and_system() {
        let stat = "7 (a name) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 9 9 20 0 5 0 100";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (a name) S 1"), None);
    }

    #[test]
    fn descendants_are_found_at_any_depth() {
        let parents = Parents::from([(2, 1), (3, 1), (4, 3), (5, 4), (9, 8)]);
        assert_eq!(descendants(&parents, 1), [2, 3, 4, 5]);
        assert_eq!(descendants(&parents, 4), [5]);
        assert!(descendants(&parents, 9).is_empty());
    }

    #[test]
    fn this_process_has_used_processor_time() {
        let own = std::process::id();
        let parent = parents().expect("/proc")[&own];
        assert!(started_by(parent).expect("/proc").contains(&own));
        assert!(cpu_seconds_of_tree(parent).expect("/proc") >= 0.0);
    }
}
