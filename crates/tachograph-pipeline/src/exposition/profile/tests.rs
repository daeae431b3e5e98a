use std::collections::BTreeSet;
use std::fs;

use opentelemetry::{KeyValue, Value};

use super::*;

const HTTP: &str = include_str!("../../../profiles/http.toml");

/// Attributes and streams that no constant of the core names: the application, or another library, says them.
const OF_OTHERS: [&str; 4] =
    ["gen_ai.agent.id", "process.memory.usage", "service.version", "deployment.environment.name"];

/// The values of all constants for names in the core's one file of names.
fn constants() -> BTreeSet<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tachograph-core/src/semconv.rs");
    let text = fs::read_to_string(file).unwrap();
    let value = |line: &str| Some(line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?.1.to_owned());
    text.lines().filter_map(value).map(|value| value.trim_end_matches("\";").to_owned()).collect()
}

/// Every stream and attribute that a profile names.
fn named(profile: &Profile) -> BTreeSet<String> {
    let mut named: BTreeSet<String> =
        profile.infos.iter().flat_map(|info| info.labels.iter().map(|(_, key)| key.clone())).collect();
    for source in profile.sources() {
        named.insert(source.stream.clone());
        named.extend(source.only.iter().map(|only| match only {
            Only::Has(key) | Only::Lacks(key) | Only::Equals(key, _) => key.clone(),
        }));
        for (_, from) in &source.labels {
            if let ValueFrom::FirstOf(keys) = from {
                named.extend(keys.iter().cloned());
            }
        }
    }
    named
}

#[test]
fn built_in_profiles_name_streams_and_attributes_that_are_recorded() {
    let constants = constants();
    let profiles = [Profile::classic(), Profile::platform("acme").unwrap(), Profile::from_toml(HTTP).unwrap()];
    assert_eq!(profiles.each_ref().map(|profile| profile.names().count()), [21, 16, 3]);
    for profile in profiles {
        for name in named(&profile) {
            assert!(constants.contains(&name) || OF_OTHERS.contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn built_in_profiles_have_no_mistake() {
    for toml in [CLASSIC, PLATFORM, HTTP] {
        let profile = family::read("built in", toml).unwrap();
        check_clashes(&[profile]).unwrap();
    }
    check_clashes(&[Profile::classic(), Profile::platform("acme").unwrap(), Profile::platform("other").unwrap()])
        .unwrap();
}

/// The one source of a family made from `stream`, and what a point with these attributes becomes.
fn labels_of(terms: &str, attributes: &[KeyValue], added: Option<&KeyValue>) -> Option<String> {
    let toml = format!("[families.x_total]\nhelp = \"H.\"\ncount = \"s\"\n{terms}");
    let profile = Profile::from_toml(&toml).unwrap();
    let attributes: Vec<&KeyValue> = attributes.iter().collect();
    let mut text = String::from("before ");
    let is_taken = profile.projections[0].sources[0].write_labels(&attributes, added, &mut text);
    let written = text.strip_prefix("before ").unwrap().to_owned();
    assert!(is_taken || written.is_empty());
    is_taken.then_some(written)
}

#[test]
fn labels_are_written_in_the_order_of_the_profile() {
    let terms = "labels.z = \"z\"\nlabels.a = [\"none\", \"b\", \"c\"]\nlabels.k = { constant = \"it's \\\"k\\\"\" }";
    let attributes = [KeyValue::new("c", 7), KeyValue::new("b", true), KeyValue::new("z", "1\n2")];
    assert_eq!(labels_of(terms, &attributes, None).unwrap(), r#"z="1\n2",a="true",k="it's \"k\"""#);
    assert_eq!(labels_of(terms, &attributes[..1], None).unwrap(), r#"a="7",k="it's \"k\"""#);
    let added = KeyValue::new("z", "of the name");
    assert_eq!(labels_of("labels.z = \"z\"", &[], Some(&added)).unwrap(), "z=\"of the name\"");
    assert_eq!(labels_of("", &attributes, None).unwrap(), "");
    let odd = [KeyValue::new("z", 0.5), KeyValue::new("none", Value::Array(vec![true, false].into()))];
    assert_eq!(labels_of(terms, &odd, None).unwrap(), r#"z="0.5",a="[true,false]",k="it's \"k\"""#);
}

#[test]
fn an_outcome_is_told_by_the_error_type() {
    let terms = "labels.status = { success = \"ok\", error = \"failed\" }";
    assert_eq!(labels_of(terms, &[], None).unwrap(), "status=\"ok\"");
    assert_eq!(labels_of(terms, &[KeyValue::new("error.type", "timeout")], None).unwrap(), "status=\"failed\"");
}

#[test]
fn conditions_choose_points() {
    let taken = |condition: &str, attributes: &[KeyValue]| {
        labels_of(&format!("where = {{ \"a.b\" = {condition} }}"), attributes, None).is_some()
    };
    let (none, yes, number) = ([], [KeyValue::new("a.b", "yes")], [KeyValue::new("a.b", 429)]);
    assert_eq!([taken("true", &none), taken("true", &yes)], [false, true]);
    assert_eq!([taken("false", &none), taken("false", &yes)], [true, false]);
    assert_eq!([taken("\"yes\"", &none), taken("\"yes\"", &yes), taken("\"yes\"", &number)], [false, true, false]);
    assert!(taken("\"429\"", &number));
}

#[test]
fn the_overflow_series_is_marked_and_meets_no_condition() {
    let overflow = [KeyValue::new(OVERFLOW, true)];
    let status = "labels.status = { success = \"ok\", error = \"failed\" }\nlabels.k = { constant = \"v\" }";
    assert_eq!(labels_of(status, &overflow, None).unwrap(), "k=\"v\",otel_metric_overflow=\"true\"");
    for condition in ["true", "false", "\"text\""] {
        assert_eq!(labels_of(&format!("where = {{ \"error.type\" = {condition} }}"), &overflow, None), None);
    }
}

#[test]
fn a_profile_knows_the_streams_that_it_reads() {
    let classic = Profile::classic();
    for read in ["http.server.request.duration", "gen_ai.client.token.usage", "gen_ai.client.inference.duration"] {
        assert!(classic.reads(read), "{read}");
    }
    for other in ["gen_ai.invoke_workflow.duration", "gen_ai.client.inference.operation.input_tokens", "own"] {
        assert!(!classic.reads(other), "{other}");
    }
}

#[test]
fn a_profile_knows_what_streams_must_say_for_it() {
    let wants = |profile: &Profile| [profile.reads_agent_of_tokens(), profile.reads_route_of_active_requests()];
    assert_eq!(wants(&Profile::classic()), [false, false]);
    assert_eq!(wants(&Profile::platform("acme").unwrap()), [true, false]);
    assert_eq!(wants(&Profile::from_toml(HTTP).unwrap()), [false, true]);
    let latest = "[families.x_total]\nhelp = \"H.\"\nsum = \"gen_ai.client.inference.usage.output_tokens\"\n\
                  where = { \"gen_ai.agent.name\" = \"writer\" }";
    assert_eq!(wants(&Profile::from_toml(latest).unwrap()), [true, false]);
}
