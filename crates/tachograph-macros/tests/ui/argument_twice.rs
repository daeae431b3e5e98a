use tachograph::track_workflow;

#[track_workflow("billing", name = "payment")]
fn twice() {}

#[track_workflow("billing", skip = true, skip = false)]
fn again() {}

fn main() {}
