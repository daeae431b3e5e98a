use super::*;

fn reading<T>(variables: &[(&str, &str)], read: impl FnOnce(&Reader<'_>) -> T) -> T {
    let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    read(&Reader::new(&lookup))
}

#[test]
fn events_are_chosen_by_words_that_add_up() {
    let cases = [
        ("", CallEvents::none()),
        ("none", CallEvents::none()),
        ("FAILED", CallEvents::failed()),
        ("all", CallEvents::all()),
        ("agent, llm", CallEvents::only([Kind::Agent, Kind::Llm])),
        ("http_client,failed", CallEvents::failed().with_kinds([Kind::HttpClient])),
    ];
    for (value, events) in cases {
        assert_eq!(reading(&[(LOG_CALLS, value)], call_events).unwrap(), events, "{value}");
    }
}

#[test]
fn every_kind_has_its_word() {
    for kind in Kind::ALL {
        let events = reading(&[(LOG_CALLS, kind.as_str())], call_events).unwrap();
        assert_eq!(events, CallEvents::only([*kind]));
    }
}

#[test]
fn the_ratio_is_for_those_that_end_well() {
    let read = |ratio| reading(&[(LOG_CALLS, "all"), (LOG_CALLS_RATIO, ratio)], call_events);
    assert_eq!(read("0.25").unwrap(), CallEvents::all().with_ratio(0.25));
    assert_eq!(read(" ").unwrap(), CallEvents::all());
    for bad in ["1.5", "-1", "NaN", "half"] {
        let message = read(bad).unwrap_err().to_string();
        assert!(message.starts_with("TACHOGRAPH_LOG_CALLS_RATIO: ") && message.contains("0.0 to 1.0"), "{message}");
    }
}

#[test]
fn a_bad_word_for_events_is_answered_with_the_good_ones() {
    for (value, found) in [("agents", "agents"), ("agent,none", "none"), ("all,failed", "all"), ("1", "1")] {
        assert_eq!(
            reading(&[(LOG_CALLS, value)], call_events).unwrap_err().to_string(),
            format!(
                "TACHOGRAPH_LOG_CALLS: \"{found}\" is not valid; accepted: none, all, or a list of failed and agent, llm, tool, \
                 workflow, command, http, db, cache, http_client, rpc, rpc_client"
            )
        );
    }
}

#[test]
fn thresholds_stand_in_place_of_the_defaults() {
    let second = Duration::from_secs(1);
    let cases = [
        ("", SlowCalls::default()),
        ("off", SlowCalls::none()),
        ("http=1000", SlowCalls::default().with(Kind::Http, second)),
        (" DB = off , workflow=1000", SlowCalls::default().without(Kind::Db).with(Kind::Workflow, second)),
    ];
    for (value, slow) in cases {
        assert_eq!(reading(&[(SLOW_MS, value)], slow_calls).unwrap(), slow, "{value}");
    }
}

#[test]
fn a_bad_threshold_is_answered_with_the_good_ones() {
    for value in ["http", "http=", "http=0", "http=2s", "http=-1", "http=4294967296", "https=1", "=1", "on", "off,db=1"]
    {
        let message = reading(&[(SLOW_MS, value)], slow_calls).unwrap_err().to_string();
        assert!(message.starts_with("TACHOGRAPH_SLOW_MS: "), "{value}: {message}");
        assert!(message.ends_with(
            "accepted: off, or a list of KIND=MILLISECONDS (from 1 to 4294967295) and KIND=off, where KIND is one of agent, llm, tool, \
             workflow, command, http, db, cache, http_client, rpc, rpc_client"
        ), "{value}: {message}");
    }
}
