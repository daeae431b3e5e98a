//! Tables of Markdown, and the notation of names in them: `a.{b,c}.d` is two names.

use std::collections::BTreeSet;

/// One table: the cells of its head and of its rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Every table of a text.
pub(super) fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        let is_row = line.starts_with('|');
        if is_row && !within {
            tables.push(Table { head: cells(line), rows: Vec::new() });
        } else if is_row && !line.starts_with("|-") {
            tables.last_mut().unwrap().rows.push(cells(line));
        }
        within = is_row;
    }
    tables
}

/// A bar with a backslash before it is none.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{1}");
    line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}

/// What stands between backticks.
pub(super) fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names in a cell.
pub(super) fn names(cell: &str) -> BTreeSet<String> {
    quoted(cell).iter().flat_map(|name| expanded(name)).collect()
}

/// The names that a notation stands for.
pub(super) fn expanded(name: &str) -> Vec<String> {
    let Some((before, rest)) = name.split_once('{') else { return vec![name.to_owned()] };
    let Some((parts, after)) = rest.split_once('}') else { return vec![name.to_owned()] };
    parts.split(',').flat_map(|part| expanded(&format!("{before}{}{after}", part.trim()))).collect()
}

#[test]
fn braces_hold_alternatives() {
    assert_eq!(expanded("a.{b,c.d}.{e,f}"), ["a.b.e", "a.b.f", "a.c.d.e", "a.c.d.f"]);
    assert_eq!(names("`a`, not b, `c.{d,e}`"), ["a", "c.d", "c.e"].map(str::to_owned).into());
    let table = Table { head: vec!["x".to_owned()], rows: vec![vec!["a | b".to_owned()]] };
    assert_eq!(tables("t\n| x |\n|---|\n| a \\| b |\n\nu"), [table]);
}
