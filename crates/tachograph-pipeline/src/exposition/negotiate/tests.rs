use proptest::prelude::*;

use super::*;

/// What Prometheus 2.42 sends.
const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
     text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
/// What Prometheus 3 sends.
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
     application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
     text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// Prometheus 3 with native histograms, which it reads from protobuf only.
const PROMETHEUS_3_PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
     application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
     text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
/// Prometheus 3 told to prefer text.
const PROMETHEUS_3_TEXT: &str = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,\
     application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const TEXT_0_0_4: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_1_0_0: &str = "text/plain; version=1.0.0; charset=utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn content_type(accept: &str, translation: NameTranslation) -> String {
    negotiate(Some(accept), translation).content_type.into_owned()
}

fn plain(accept: &str) -> String {
    content_type(accept, NameTranslation::UnderscoreEscapingWithSuffixes)
}

fn utf8(accept: &str) -> String {
    content_type(accept, NameTranslation::NoTranslation)
}

#[test]
fn scrapers_get_what_they_rank_first() {
    let cases = [
        (PROMETHEUS_2, OPEN),
        (BROWSER, TEXT_0_0_4),
        ("*/*", TEXT_0_0_4),
        ("text/*", TEXT_0_0_4),
        ("text/plain", TEXT_0_0_4),
        ("text/plain; version=0.0.4", TEXT_0_0_4),
        ("text/plain; version=1.0.0", TEXT_1_0_0),
        ("application/*", OPEN),
        ("application/openmetrics-text", OPEN),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OPEN),
        ("application/openmetrics-text; version=0.0.1", OPEN),
        ("text/plain;q=0.2, application/openmetrics-text;q=0.21", OPEN),
        ("text/plain;q=0.21, application/openmetrics-text;q=0.2", TEXT_0_0_4),
        ("APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.000", OPEN),
    ];
    for (accept, expected) in cases {
        assert_eq!(plain(accept), expected, "{accept}");
        assert_eq!(utf8(accept), expected, "{accept}");
    }
}

#[test]
fn of_equal_weights_the_more_exact_wins_and_then_text() {
    let cases = [
        ("application/openmetrics-text, text/plain", TEXT_0_0_4),
        ("text/plain;q=0.5, application/openmetrics-text;q=0.5", TEXT_0_0_4),
        ("application/*, text/*", TEXT_0_0_4),
        ("*/*, application/openmetrics-text", OPEN),
        ("*/*, application/*", OPEN),
        ("text/plain, application/openmetrics-text;version=1.0.0", OPEN),
    ];
    for (accept, expected) in cases {
        assert_eq!(plain(accept), expected, "{accept}");
    }
}

#[test]
fn the_most_exact_range_decides_the_weight() {
    let cases = [
        ("text/*, text/plain;q=0, application/openmetrics-text;q=0.1", OPEN),
        ("*/*, text/*;q=0", OPEN),
        ("*/*;q=0.5, application/openmetrics-text;q=0.1", TEXT_0_0_4),
        ("text/plain;q=0.1, text/plain;version=0.0.4;q=0.9, application/*;q=0.5", TEXT_0_0_4),
        ("text/plain;q=0.9, text/plain;version=0.0.4;q=0.1, application/*;q=0.5", TEXT_1_0_0),
        ("text/plain, text/plain;version=0.0.4;q=0, text/plain;version=1.0.0;q=0, application/*;q=0.001", OPEN),
        ("application/openmetrics-text;version=0.0.1, application/openmetrics-text;version=1.0.0;q=0", TEXT_0_0_4),
    ];
    for (accept, expected) in cases {
        assert_eq!(plain(accept), expected, "{accept}");
    }
}

#[test]
fn who_can_be_given_nothing_gets_text() {
    let cases = [
        "",
        " , ;,",
        "application/json",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "text/html, image/*",
        "text/plain;q=0",
        "*/*;q=0",
        "text/plain;version=2.0.0",
        "text/plain;charset=iso-8859-1",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;exemplars=yes",
        "openmetrics-text",
        "application/openmetrics-text;q=high",
        "application/openmetrics-text;q=1.1",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=NaN",
        "\"application/openmetrics-text",
    ];
    for accept in cases {
        let given = negotiate(Some(accept), NameTranslation::NoTranslation);
        assert_eq!((given.form, &*given.content_type), (Form::default(), TEXT_0_0_4), "{accept}");
    }
    let asked_nothing = negotiate(None, NameTranslation::NoTranslation);
    assert_eq!((asked_nothing.form, &*asked_nothing.content_type), (Form::default(), TEXT_0_0_4));
}

#[test]
fn an_entry_that_cannot_be_read_harms_no_other() {
    let cases = [
        "text/plain;q=x, application/openmetrics-text",
        "?/, /plain, application/openmetrics-text;;q=0.1",
        "a/b;c=\"x,text/plain,y\", application/openmetrics-text;q=0.5",
        "a/b;c=\"x\\\",text/plain,y\", application/openmetrics-text;q=0.5",
        "application/openmetrics-text;q=0.5;extension=1",
        "application/openmetrics-text;flag",
        "application/openmetrics-text;version=\"1\\.0.0\"",
    ];
    for accept in cases {
        assert_eq!(plain(accept), OPEN, "{accept}");
    }
}

#[test]
fn utf8_names_are_for_those_who_ask_for_them_where_there_are_any() {
    let text = "text/plain; version=1.0.0; escaping=allow-utf-8";
    let open = "application/openmetrics-text; escaping=allow-utf-8";
    let utf8_form = |format| Form { format, escaping: Escaping::Utf8 };
    for translation in [NameTranslation::NoTranslation, NameTranslation::NoUtf8EscapingWithSuffixes] {
        let given = |accept| negotiate(Some(accept), translation);
        assert_eq!(given(text).form, utf8_form(Format::Text));
        assert_eq!(given(open).form, utf8_form(Format::OpenMetrics));
        assert_eq!(given(PROMETHEUS_3).form, utf8_form(Format::OpenMetrics));
        assert_eq!(given(PROMETHEUS_3_TEXT).form, utf8_form(Format::Text));
        assert_eq!(given(PROMETHEUS_2).form, Form { format: Format::OpenMetrics, escaping: Escaping::Underscores });
    }
    for translation in
        [NameTranslation::UnderscoreEscapingWithSuffixes, NameTranslation::UnderscoreEscapingWithoutSuffixes]
    {
        for accept in [text, open, PROMETHEUS_3, PROMETHEUS_3_TEXT] {
            let form = negotiate(Some(accept), translation).form;
            assert_eq!(form.escaping, Escaping::Underscores, "{accept}");
        }
    }
}

#[test]
fn who_names_an_escaping_is_told_the_one_used() {
    let underscores = |content_type: &str| format!("{content_type}; escaping=underscores");
    let allowed = |content_type: &str| format!("{content_type}; escaping=allow-utf-8");

    assert_eq!(plain(PROMETHEUS_3), underscores(OPEN));
    assert_eq!(utf8(PROMETHEUS_3), allowed(OPEN));
    assert_eq!(utf8(PROMETHEUS_3_PROTOBUF), allowed(OPEN));
    assert_eq!(plain(PROMETHEUS_3_TEXT), underscores(TEXT_1_0_0));
    assert_eq!(utf8(PROMETHEUS_3_TEXT), allowed(TEXT_1_0_0));

    for scheme in ["underscores", "dots", "values", "what-ever"] {
        let accept = format!("application/openmetrics-text;version=1.0.0;escaping={scheme}");
        assert_eq!(utf8(&accept), underscores(OPEN), "{scheme}");
        assert_eq!(utf8(&format!("text/plain;escaping={scheme}")), underscores(TEXT_0_0_4), "{scheme}");
    }
    assert_eq!(utf8("text/plain;escaping=allow-utf-8"), allowed(TEXT_1_0_0), "the version is left open");
    assert_eq!(utf8("text/plain;version=0.0.4;escaping=allow-utf-8"), underscores(TEXT_0_0_4));
    assert_eq!(utf8("application/openmetrics-text;version=0.0.1;escaping=allow-utf-8"), underscores(OPEN));
    let refused =
        "application/openmetrics-text;escaping=allow-utf-8;q=0,application/openmetrics-text;escaping=underscores";
    assert_eq!(utf8(refused), underscores(OPEN));
}

#[test]
fn gzip_is_for_those_who_accept_it() {
    use Gzip::{Always, IfItPays, Never};
    let cases = [
        ("gzip", IfItPays),
        ("GZip ; q=0.1", IfItPays),
        ("x-gzip", IfItPays),
        ("gzip, deflate, br", IfItPays),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", IfItPays),
        ("*", IfItPays),
        ("gzip;q=0.5, identity;q=0.5", IfItPays),
        ("gzip;q=0.5, *;q=0.9", IfItPays),
        ("gzip;q=0.5, identity;q=0.6", Never),
        ("", Never),
        ("identity", Never),
        ("br, zstd", Never),
        ("gzip;q=0", Never),
        ("*, gzip;q=0", Never),
        ("gzip;q=0, identity;q=0", Never),
        ("*;q=0", Never),
        ("gzip;q=many", Never),
        ("gzip, identity;q=0", Always),
        ("gzip;q=0.001, *;q=0", Always),
        ("*, identity;q=0", Always),
    ];
    for (accept_encoding, expected) in cases {
        assert_eq!(Gzip::negotiate(Some(accept_encoding)), expected, "{accept_encoding}");
    }
    assert_eq!(Gzip::negotiate(None), Never);
}

/// Text that comes close to a header, and arbitrary text.
fn header() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "text",
        "plain",
        "application",
        "openmetrics-text",
        "*",
        "/",
        ";",
        ",",
        "=",
        "\"",
        "\\",
        "q",
        "version",
        "escaping",
        "charset",
        "utf-8",
        "allow-utf-8",
        "1.0.0",
        "0.0.4",
        "0.0.1",
        "0",
        "1",
        ".",
        "gzip",
        "identity",
        " ",
        "ü",
        "\u{0}",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn whatever_a_header_says_there_is_an_answer(accept in header(), accept_encoding in header()) {
        for translation in [NameTranslation::default(), NameTranslation::NoTranslation] {
            let given = negotiate(Some(&accept), translation);
            let start = match given.form.format {
                Format::Text => "text/plain; version=",
                Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            };
            prop_assert!(given.content_type.starts_with(start));
            prop_assert!(http::HeaderValue::from_str(&given.content_type).is_ok());
            prop_assert!(given.form.escaping == Escaping::Underscores || translation.has_utf8());
        }
        Gzip::negotiate(Some(&accept_encoding));
    }

    #[test]
    fn excluding_the_rest_changes_nothing(accept in header()) {
        let readable = negotiate(Some(&format!("application/openmetrics-text;q=0.9,{}", accept.replace('"', ""))), NameTranslation::default());
        let more = format!("application/openmetrics-text;q=0.9,{},*/*;q=0", accept.replace('"', ""));
        prop_assert_eq!(readable, negotiate(Some(&more), NameTranslation::default()));
    }
}
