use tachograph::track_command;

#[track_command("import")]
struct Import;

#[track_command("import")]
impl Import {}

fn main() {}
