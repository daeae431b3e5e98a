//! The attributes expand to code that means the same where the usual names mean something else.

#![allow(dead_code, non_camel_case_types)]

use tachograph_testing::TestTelemetry;

mod shadow {
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) trait Future {}
    pub(crate) trait Default {}
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod tachograph {}
    #[::tachograph::track_llm_request("openai", "gpt-4o", usage = |r| (*r, 1), response_model = |_| "m", error_if = |r| *r > 5, attributes("k" = 1))]
    pub(crate) async fn ask(prompt: u64) -> u64 {
        prompt
    }

    #[::tachograph::track_cache_operation("c", "get", skip = false)]
    pub(crate) fn cached() -> u64 {
        2
    }

    #[::tachograph::track_http_request("GET", "/")]
    pub(crate) fn handled() -> impl ::core::future::Future<Output = u64> {
        async { 3 }
    }
}

#[test]
fn a_shadowed_prelude_changes_nothing() {
    let test = TestTelemetry::new();
    test.scope(|| {
        assert_eq!(futures_executor::block_on(shadow::ask(4)), 4);
        assert_eq!(shadow::cached(), 2);
        assert_eq!(futures_executor::block_on(shadow::handled()), 3);
    });
    assert_eq!(test.tree_with(&["k"]), "chat gpt-4o (client) k=1\ncache get c\nGET / (server)\n");
}
