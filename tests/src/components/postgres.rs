//! PostgreSQL in a process of its own, with a new cluster.

use std::{
    fs::Permissions,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::Path,
    process::Command,
};

use tempfile::TempDir;

use super::Component;
use crate::process::{Process, Signal};

/// A running PostgreSQL server with an empty database.
#[derive(Debug)]
pub struct Postgres {
    _process: Process,
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts a server on a socket in the same folder, which no other process can take away.
    ///
    /// PostgreSQL refuses to run as root; then the user `postgres` of its package runs it.
    pub fn start() -> Option<Self> {
        let programs = Component::Postgres.find()?;
        // The path of a socket may have about 100 bytes, hence the short name.
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a temporary folder");
        let user = rustix::process::geteuid().is_root().then(postgres_user);
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).expect("root may give a folder away");
        }
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).expect("the folder is ours");
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            // Variables like PGDATA would say something else than the arguments.
            command.env_clear().current_dir(folder.path());
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.path().join("data");
        let mut initdb = program("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        let output = initdb.arg(&data).output().expect("initdb starts");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let process = serve(program("postgres"), &data, folder.path());
        Some(Self { _process: process, folder })
    }

    /// The address as a `postgres://` URL.
    pub fn url(&self) -> String {
        // A path of `tempfile` is of letters, digits, dots and slashes, unless TMPDIR is not.
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }
}

fn serve(mut postgres: Command, data: &Path, sockets: &Path) -> Process {
    postgres.arg("-D").arg(data).arg("-k").arg(sockets);
    // No TCP port; and a cluster that lives for seconds need not survive a power cut.
    postgres.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]);
    // SIGTERM would wait until every client has gone.
    let process = Process::spawn(&mut postgres).expect("PostgreSQL starts").with_stop_signal(Signal::INT);
    process.wait_for_line(|line| line.contains("database system is ready to accept connections").then_some(()));
    process
}

/// Number of the user `postgres` and of its group.
fn postgres_user() -> (u32, u32) {
    let number = |what: &str| {
        let output = Command::new("id").args([what, "postgres"]).output().expect("`id` is on every system");
        let number = String::from_utf8_lossy(&output.stdout).trim().parse();
        number.unwrap_or_else(|_| panic!("root cannot run PostgreSQL, and there is no user `postgres`"))
    };
    (number("-u"), number("-g"))
}
