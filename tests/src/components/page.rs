//! The monitoring page in a browser, and how its assets are made.

use std::{
    fs, io,
    path::Path,
    process::{Command, Output},
};

use super::{
    Component,
    find::{page_sources, page_test},
};

/// Opens the page at `url` in Chromium, uses all of it, compares what it shows with what the API answers, and looks for errors and
/// for what keeps people from using it. Pictures go to `out`. Gives the facts that hold, one a line.
///
/// `None` where browser, Node.js or modules are missing.
///
/// # Panics
///
/// When a fact does not hold, with all that was said.
pub fn check(url: &str, out: &Path, arguments: &[&str]) -> Option<String> {
    let out = out.to_str().expect("the folder has a name in UTF-8");
    run(&[&["--url", url, "--out", out], arguments].concat())
}

/// The same with a mock of the endpoints, in all the states that a real application seldom has: `part` is one of its parts.
///
/// # Panics
///
/// When a fact does not hold, with all that was said.
pub fn check_mock(part: &str, out: &Path) -> Option<String> {
    let out = out.to_str().expect("the folder has a name in UTF-8");
    run(&["--mock", "--part", part, "--out", out])
}

fn run(arguments: &[&str]) -> Option<String> {
    let (node, chromium) = (Component::Node.find()?, Component::Chromium.find()?);
    Component::PageTest.find()?;
    let mut command = Command::new(node);
    command.arg("run.mjs").args(arguments).current_dir(page_test()).env("TACHOGRAPH_CHROMIUM", chromium);
    Some(said(&command.output().expect("node starts")))
}

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// As its sources give it.
    pub made: Vec<u8>,
    /// As it is checked in.
    pub checked_in: Vec<u8>,
}

/// Makes the assets anew in a folder of its own, from the sources and the modules that `npm ci` fetched, and checks the types.
/// `None` where Node.js or modules are missing.
///
/// # Panics
///
/// When they cannot be made, or a type is wrong.
pub fn built_assets(folder: &Path) -> Option<Vec<Asset>> {
    let node = Component::Node.find()?;
    let modules = Component::PageBuild.find()?;
    let sources = page_sources();
    for name in ["build.mjs", "package.json", "tsconfig.json"] {
        fs::copy(sources.join(name), folder.join(name)).expect("a source is copied");
    }
    copy(&sources.join("src"), &folder.join("src")).expect("the sources are copied");
    let modules = fs::canonicalize(modules).expect("the modules are there");
    link(&modules, &folder.join("node_modules")).expect("the modules are linked");
    let run = |arguments: &[&str]| {
        said(&Command::new(&node).args(arguments).current_dir(folder).output().expect("node starts"));
    };
    run(&["node_modules/typescript/bin/tsc", "--noEmit"]);
    run(&["build.mjs"]);
    let asset = |entry: io::Result<fs::DirEntry>| {
        let name = entry.expect("the folder is read").file_name().into_string().expect("a name in UTF-8");
        let made = fs::read(folder.join("dist").join(&name)).unwrap_or_default();
        let checked_in = fs::read(sources.join("dist").join(&name)).expect("an asset is read");
        Asset { name, made, checked_in }
    };
    Some(fs::read_dir(sources.join("dist")).expect("there are assets").map(asset).collect())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(windows)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(to, at)
}

fn said(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    stdout
}
