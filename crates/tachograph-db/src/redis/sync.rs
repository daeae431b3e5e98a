//! Connections of the synchronous client.

use redis::{Cmd, ConnectionLike, RedisResult, Value};
use tachograph_core::{Telemetry, semconv::attribute as attr};

use super::{
    batch::Commands,
    failure::{Reply, finish},
    tracked::{Server, Tracked},
};

impl<C: ConnectionLike> ConnectionLike for Tracked<C> {
    fn req_packed_command(&mut self, cmd: &[u8]) -> RedisResult<Value> {
        let connection = &mut self.connection;
        recorded(&self.server, Commands::Packed(cmd, false), || connection.req_packed_command(cmd))
    }

    fn req_packed_commands(&mut self, cmd: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        let connection = &mut self.connection;
        // The answers to MULTI and to each command in it are skipped; those of a pipeline are not.
        let commands = Commands::Packed(cmd, offset > 0);
        recorded(&self.server, commands, || connection.req_packed_commands(cmd, offset, count))
    }

    fn req_command(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        let connection = &mut self.connection;
        recorded(&self.server, Commands::One(cmd), || connection.req_command(cmd))
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }

    fn supports_pipelining(&self) -> bool {
        self.connection.supports_pipelining()
    }

    fn check_connection(&mut self) -> bool {
        self.connection.check_connection()
    }

    fn is_open(&self) -> bool {
        self.connection.is_open()
    }
}

fn recorded<T: Reply>(
    server: &Server,
    commands: Commands<'_>,
    send: impl FnOnce() -> RedisResult<T>,
) -> RedisResult<T> {
    if !Telemetry::is_in_force() {
        return send();
    }
    let call = server.query(&commands.request()).start();
    if call.is_recording() {
        call.attribute(attr::DB_QUERY_TEXT, commands.text());
    }
    let reply = {
        let _context = call.enter();
        send()
    };
    finish(call, &reply);
    reply
}
