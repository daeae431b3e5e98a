//! The same questions with PostgreSQL and Redis.

use tests::components::{Collector, Postgres, Redis, collector::tree, exposition::Samples};

use crate::{
    asked::{Asked, Stores},
    service::Service,
};

#[test]
fn postgres_and_redis_take_the_places_of_sqlite_and_memory() {
    let (Some(postgres), Some(redis), Some(collector)) = (Postgres::start(), Redis::start(), Collector::start()) else {
        return;
    };
    let database = postgres.url();
    let variables = [
        ("DATABASE_URL", database.as_str()),
        ("REDIS_URL", redis.url()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ];
    let service = Service::start(&variables);
    let asked = Asked::of_each_sort(&service);
    let samples = Samples::parse(&service.scrape_after(asked.requests()));
    asked.assert_counted(&samples, Stores::Servers);
    let spans = collector.wait_for_spans(|spans| spans.len() > asked.spans());
    let mut queries = spans.iter().filter(|span| span.name == "SELECT element_articles").peekable();
    assert!(queries.peek().is_some());
    assert!(queries.all(|span| span.attributes["db.system.name"] == "postgresql" && !span.is_error));
    service.stop();

    // What the first one found, the next one finds in Redis, and the articles in PostgreSQL are not written again.
    let service = Service::start(&variables);
    let answer = service.ask("What is helium used for?");
    let samples = Samples::parse(&service.scrape_after(1));
    assert_eq!(samples.sum("cache_hits_total", &[]), Some(1.0));
    assert_eq!(samples.sum("db_queries_total", &[("operation", "SELECT")]), None);

    // A cache that is gone makes the search slower, not the answer worse.
    drop(redis);
    let without = service.ask("What is helium used for?");
    assert_eq!(without.answer, answer.answer);
    let of = |span: &tests::components::collector::Span| span.trace_id == without.trace();
    let spans = collector.wait_for_spans(|spans| spans.iter().filter(|span| of(span)).count() == 12);
    let spans: Vec<_> = spans.into_iter().filter(of).collect();
    assert_eq!(
        tree(&spans),
        "\
POST /api/chat (server)
  invoke_agent researcher (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
    execute_tool search (internal)
      cache get searches (internal) [error]
        GET redis (client) [error]
      SELECT element_articles (client)
      cache set searches (internal) [error]
        SETEX redis (client) [error]
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
"
    );
}
