//! Whatever is in an event, its line is one JSON object that says it.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_text_comes_back(text in "[\\PC\0-\u{1f}\"\\\\\u{7f}-\u{a0}\u{2028}]{0,80}", more: String) {
        let line = line(|| tracing::info!(%text, more, shape = ?text, "{text}"));
        prop_assert_eq!(line["text"].as_str().unwrap(), clean(&text));
        prop_assert_eq!(line["message"].as_str().unwrap(), clean(&text));
        prop_assert_eq!(line["more"].as_str().unwrap(), clean(&more));
        prop_assert_eq!(line["shape"].as_str().unwrap(), clean(&format!("{text:?}")));
    }

    #[test]
    fn any_number_comes_back(float: f64, long: i64, unsigned: u64, wide: i128) {
        let text = printed(JsonFormat::new(), || tracing::info!(float, long, unsigned, wide));
        let line: Value = serde_json::from_str(&text).unwrap();
        if float.is_finite() {
            // The standard library reads exactly, which `serde_json` does by a feature alone.
            let written = text.split("\"float\":").nth(1).unwrap().split(',').next().unwrap();
            prop_assert_eq!(written.parse::<f64>().unwrap().to_bits(), float.to_bits());
            prop_assert!(line["float"].is_number());
        } else {
            prop_assert!(line["float"].is_string());
        }
        prop_assert_eq!(&line["long"], &Value::from(long));
        prop_assert_eq!(&line["unsigned"], &Value::from(unsigned));
        let wide_read = line["wide"].as_str().map_or_else(|| line["wide"].to_string(), str::to_owned);
        prop_assert_eq!(wide_read, wide.to_string());
    }

    #[test]
    fn any_names_make_a_valid_line_without_equal_keys(
        fields in prop::collection::vec(("(field\\.|id\\.|level|line|path|[a-z]|\\PC|[\0-\u{1f}\"\\\\]){0,6}", "\\PC{0,20}"), 0..12),
        ids in prop::collection::vec(("(field\\.|id\\.|level|path|[a-c]|[\0-\u{1f}\"\\\\]){1,4}", "\\PC{1,20}"), 0..6),
    ) {
        let mut record = Record::default();
        for (name, value) in &fields {
            let text = record.texts.take(format_args!("{value}"), 100);
            record.put(Box::leak(name.clone().into_boxed_str()), crate::logs::record::Value::Text(text));
        }
        let ids = ids.iter().fold(Ids::new(), |ids, (key, value)| ids.with(key.clone(), value.clone()));
        let belonging = {
            let _ids = ids.on(&Context::new()).attach();
            Belonging::current()
        };
        let origin = crate::logs::record::Origin { level: "INFO", logger: "l\n", module: None, file: None, line: None };
        let mut line = String::new();
        write_line(&mut line, SystemTime::now(), origin, &record, &belonging, &SecretNames::default());
        prop_assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
        // timestamp, level, logger, message, process_id, thread_id
        prop_assert_eq!(read.len(), 6 + record.fields().count() + ids.iter().count(), "{}", line);
    }
}

/// What is left of a text once secrets are out of it.
fn clean(text: &str) -> String {
    let mut text = text.to_owned();
    crate::logs::redact::redact(&mut text, 0, false);
    text
}
