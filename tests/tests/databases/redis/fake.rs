//! A connection to nowhere.

use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value, aio::ConnectionLike};

/// Answers every command with what the function gives when the answer is waited for.
#[derive(Clone)]
pub(super) struct Fake(pub(super) fn() -> RedisResult<Value>);

impl ConnectionLike for Fake {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async { (self.0)() })
    }

    fn req_packed_commands<'a>(&'a mut self, _: &'a Pipeline, _: usize, _: usize) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async { Ok(vec![(self.0)()?]) })
    }

    fn get_db(&self) -> i64 {
        0
    }
}
