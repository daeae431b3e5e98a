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

/// Everything that Tachograph exports is in scope, and a trait of the application's own with likely method names.
mod crowded {
    use tachograph::*;

    pub(crate) trait Crowd {
        fn outcome(&self) -> Outcome {
            Outcome::Success
        }
        fn shape(&self) {}
        fn way(&self) {}
        fn status(&self) {}
        fn found(&self) {}
        fn ok_part(&self) {}
    }

    impl<T: ?Sized> Crowd for T {}

    #[track_tool_execution("crowded")]
    pub(crate) fn fails() -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    #[track_cache_operation("crowded", "get")]
    pub(crate) async fn misses() -> Option<u32> {
        None
    }
}

#[test]
fn traits_in_scope_do_not_take_part() {
    let test = TestTelemetry::new();
    test.scope(|| {
        assert!(crowded::fails().is_err());
        assert_eq!(futures_executor::block_on(crowded::misses()), None);
    });
    assert_eq!(
        test.tree(),
        "execute_tool crowded error.type=Error [error]\n\
         cache get crowded tachograph.cache.result=miss\n"
    );
}
