//! Lines, messages and fields that are longer than they may be.

use super::*;

#[test]
fn what_is_huge_is_cut_and_says_how_big_it_was() {
    let text = printed(JsonFormat::new(), || {
        let (plain, quotes, umlauts) = ("x".repeat(100_000), "\"".repeat(100_000), "ä".repeat(8000));
        let error = std::io::Error::other("e".repeat(30_000));
        tracing::info!(plain, quotes, umlauts, error = &error as &(dyn Error + 'static), "{}", "\u{1}".repeat(20_000));
    });
    assert!(text.len() <= MAX_LINE, "{}", text.len());
    let line: Value = serde_json::from_str(&text).unwrap();
    let is = |value: &Value, start: String, bytes: usize| {
        assert_eq!(value.as_str().unwrap(), format!("{start}…[cut, {bytes} bytes]"));
    };
    is(&line["plain"], "x".repeat(8192), 100_000);
    is(&line["quotes"], "\"".repeat(4096), 100_000);
    is(&line["umlauts"], "ä".repeat(4096), 16_000);
    is(&line["exception"]["message"], "e".repeat(8192), 30_000);
    is(&line["message"], "\u{1}".repeat(16_384 / 6), 20_000);
}

#[test]
fn what_just_fits_is_whole_and_a_secret_that_is_cut_is_hidden() {
    let line = line(|| {
        let before = "x".repeat(8192 - 60);
        let url = format!("{before} postgres://app:{}@db", "hunter2".repeat(20));
        tracing::info!(fits = "y".repeat(8192), url, "{}", "z".repeat(16_384));
    });
    assert_eq!(line["fits"], "y".repeat(8192));
    assert_eq!(line["message"], "z".repeat(16_384));
    let url = line["url"].as_str().unwrap();
    assert!(url.ends_with("x postgres://app:[redacted]…[cut, 8291 bytes]"), "{}", &url[8120..]);
}

#[test]
fn a_line_is_bounded_and_counts_what_had_no_room() {
    let text = printed(JsonFormat::new(), || {
        let ids = (0..60).fold(Ids::new(), |ids, n| ids.with(format!("id{n}"), "\u{1}".repeat(120)));
        let _ids = ids.on(&context::with_request_id(&Context::new(), "\u{2}".repeat(9000))).attach();
        let error = Failed::with(20);
        let huge = "\n".repeat(50_000);
        tracing::error!(
            error = &error as &(dyn Error + 'static),
            a = huge,
            b = huge,
            c = huge,
            d = huge,
            small = 1,
            "{huge}"
        );
    });
    assert!(text.len() <= MAX_LINE && text.len() > MAX_LINE - 9000, "{}", text.len());
    let line: Value = serde_json::from_str(&text).unwrap();
    let fields = line.as_object().unwrap().keys().filter(|key| key.starts_with("id") || key.len() == 1).count();
    assert_eq!(line["omitted_fields"].as_u64().unwrap() as usize, 64 - fields);
    assert_eq!(line["small"], 1, "what fits is written");
    assert_eq!(line["exception"]["chain"].as_array().unwrap().len(), 8);
}
