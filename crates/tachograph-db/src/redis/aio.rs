//! Connections of the asynchronous client.

use opentelemetry::trace::FutureExt as _;
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value, aio::ConnectionLike};
use tachograph_core::{DbQuery, Telemetry, semconv::attribute as attr};

use super::{
    batch::Commands,
    failure::{Reply, finish},
    tracked::Tracked,
};

impl<C: ConnectionLike> ConnectionLike for Tracked<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let sending = self.connection.req_packed_command(cmd);
        if !Telemetry::is_in_force() {
            return sending;
        }
        let commands = Commands::One(cmd);
        Box::pin(recorded(self.server.query(&commands.request()), commands, sending))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let sending = self.connection.req_packed_commands(pipeline, offset, count);
        if !Telemetry::is_in_force() {
            return sending;
        }
        let commands = Commands::Pipeline(pipeline);
        Box::pin(recorded(self.server.query(&commands.request()), commands, sending))
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

/// Dropped or panicking before its end, it drops the guard, which tells the two apart.
async fn recorded<T: Reply>(query: DbQuery, commands: Commands<'_>, sending: RedisFuture<'_, T>) -> RedisResult<T> {
    let call = query.start();
    if call.is_recording() {
        call.attribute(attr::DB_QUERY_TEXT, commands.text());
    }
    let reply = sending.with_context(call.context()).await;
    finish(call, &reply);
    reply
}
