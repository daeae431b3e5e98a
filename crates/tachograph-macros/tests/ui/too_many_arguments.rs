use tachograph::track_db_query;

#[track_db_query("SELECT", "users", "id")]
fn query() {}

fn main() {}
