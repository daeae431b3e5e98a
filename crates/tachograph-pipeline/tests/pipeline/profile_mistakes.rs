//! Profiles that cannot be used: what is said about them.

use std::fs;

use tachograph_pipeline::{Builder, Error, Profile};

use crate::profiles::{HTTP, scraped_only};

fn refused(builder: Builder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn profiles_that_name_the_same_family_are_refused() {
    let http = Profile::from_toml(HTTP).unwrap();
    let both = scraped_only(&[]).with_profiles([Profile::classic(), http.clone()]);
    assert_eq!(
        refused(both),
        "http_requests_total is in the profiles \"classic\" and \"the profile\"; leave one of the two out, give one a \
         prefix (`prefix = \"…\"`, `Profile::with_prefix`), or take it out of one (`Profile::without`)"
    );
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/clash.toml");
    fs::write(path, "[families.active_agents]\nhelp = \"H.\"\nvalue = \"x\"\n").unwrap();
    let message = refused(scraped_only(&[("TACHOGRAPH_PROFILES", &format!("{path},classic"))]));
    assert!(message.starts_with(&format!("active_agents is in the profiles {path:?} and \"classic\"; ")), "{message}");

    let line = "[families.http_request_duration_seconds_sum]\nhelp = \"H.\"\nvalue = \"x\"";
    let line = Profile::from_toml(line).unwrap();
    let message = refused(scraped_only(&[]).with_profiles([Profile::classic(), line]));
    assert!(message.starts_with("http_request_duration_seconds_sum is in the profiles \"classic\""), "{message}");

    let mended = Profile::classic().without(["http_requests_total", "http_request_duration_seconds"]).unwrap();
    scraped_only(&[]).with_profiles([mended, http.clone()]).build().unwrap();
    scraped_only(&[]).with_profiles([Profile::classic(), http.with_prefix("own").unwrap()]).build().unwrap();
}

#[test]
fn bad_variables_are_answered_with_what_is_accepted() {
    let message = |profiles: &str| refused(scraped_only(&[("TACHOGRAPH_PROFILES", profiles)]));
    assert!(
        message("classic,/no/such/file").starts_with("TACHOGRAPH_PROFILES: the profile /no/such/file cannot be read: ")
    );
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/mistake.toml");
    fs::write(path, "\n[families.a_total]\ncount = \"b\"\n").unwrap();
    let expected = format!(
        "{path}, line 2: families.a_total: help is missing; accepted: a sentence in `help` that says what the metric is"
    );
    assert_eq!(message(path), expected);
    // Nothing is scraped of a pipeline that is switched off, and no file is read.
    let off = [("OTEL_SDK_DISABLED", "true"), ("TACHOGRAPH_PROFILES", "/no/such/file")];
    scraped_only(&off).build().unwrap();
}

#[test]
fn bad_prefixes_and_names_are_refused() {
    for prefix in ["", "1st", "_x", "acme_", "my-team", "a:b", "größe", "a b"] {
        let message = Profile::platform(prefix).unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "Profile::platform: {prefix:?} is not valid; accepted: letters, digits and underscores, beginning with a \
                 letter and not ending in an underscore"
            )
        );
        assert!(Profile::classic().with_prefix(prefix).is_err(), "{prefix}");
    }
    let message = Profile::platform("acme").unwrap().without(["acme_nothing"]).unwrap_err().to_string();
    assert!(
        message.starts_with("Profile::without: \"acme_nothing\" is not valid; accepted: acme_agent_executions_total, ")
    );
    let names: Vec<_> =
        Profile::platform("a_1").unwrap().with_prefix("eu").unwrap().names().map(str::to_owned).collect();
    assert!(names.iter().all(|name| name.starts_with("eu_a_1_")), "{names:?}");
}

/// Profiles with one mistake each, and what is said of it in the last line.
const MISTAKES: &str = include_str!("profile_mistakes.txt");

#[test]
fn a_mistake_says_where_it_is_and_what_is_accepted() {
    let mut cases = 0;
    for case in MISTAKES.split("\n\n") {
        let (toml, expected) = case.split_once("\n#=> ").unwrap();
        let error = Profile::from_toml(toml).map(|_| format!("accepted:\n{toml}")).unwrap_err();
        assert!(matches!(error, Error::Profile { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("the profile, {}", expected.trim_end()), "{toml}");
        cases += 1;
    }
    assert_eq!(cases, MISTAKES.matches("#=>").count());
}

#[test]
fn text_that_is_no_toml_is_shown_with_its_line() {
    let message = |toml: &str| Profile::from_toml(toml).unwrap_err().to_string();
    let message_of_empty = "the profile, line 1: the file: it has no families; accepted: tables such as \
                            [families.http_requests_total]";
    assert_eq!(message(""), message_of_empty);
    let message = message("[families.a_total]\nhelp = H\n");
    assert!(
        message.starts_with("the profile, line 2: help = H: ") && message.ends_with("; accepted: TOML"),
        "{message}"
    );
}
