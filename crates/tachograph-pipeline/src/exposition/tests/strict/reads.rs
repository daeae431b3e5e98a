//! What the reader takes and what it refuses.

use super::*;

#[test]
fn what_is_written_well_is_read() {
    let text = "# HELP a A \"b\" \\\\ \\n.\n# TYPE a gauge\na{x=\"\\\"\\\\\\n,}\",y=\"\u{2028}\r\"} -1.5e+3\na NaN\n\
                # HELP \"b.c\" B.\n# TYPE \"b.c\" histogram\n{\"b.c_bucket\",\"d.e\"=\"f\",le=\"-1.0\"} 1\n\
                {\"b.c_bucket\",\"d.e\"=\"f\",le=\"+Inf\"} 2\n{\"b.c_sum\",\"d.e\"=\"f\"} -5\n{\"b.c_count\",\"d.e\"=\"f\"} 2\n";
    let families = read(text, Format::Text).unwrap();
    assert_eq!(families[0].help, "A \"b\" \\ \n.");
    assert_eq!(value(&families, "a", &[("x", "\"\\\n,}"), ("y", "\u{2028}\r")]), Some(-1500.0));
    assert_eq!(value(&families, "b.c_sum", &[("d.e", "f")]), Some(-5.0));
    let text = "# HELP a_seconds A \\\"b\\\".\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n\
                a_seconds_total{k=\"v\"} 1\na_seconds_created{k=\"v\"} 2.5\na_seconds_total 1\n\
                # HELP t T.\n# TYPE t info\nt_info{a=\"b\"} 1\n# EOF\n";
    assert_eq!(read(text, Format::OpenMetrics).unwrap().len(), 2);
}

#[test]
fn what_is_not_allowed_is_refused() {
    use Format::{OpenMetrics, Text};
    let gauge = |lines: &str| (Text, format!("# HELP a A.\n# TYPE a gauge\n{lines}"));
    let histogram = |lines: &str| (Text, format!("# HELP a A.\n# TYPE a histogram\n{lines}"));
    let open = |lines: &str| (OpenMetrics, format!("# HELP a_s A.\n# TYPE a_s {lines}"));
    let cases = [
        (gauge("a 1"), "does not end"),
        (gauge("a 1\n\n"), "blank"),
        (gauge("a 1\n# EOF\n"), "comment"),
        (gauge("a 1\n#\n"), "comment"),
        (gauge("b 1\n"), "another family"),
        (gauge("a{} 1\n"), "no label"),
        (gauge("a{b=\"1\",} 1\n"), "no label"),
        (gauge("a{b=\"1\",b=\"2\"} 1\n"), "a label comes twice"),
        (gauge("a{b=\"\"} 1\n"), "without a value"),
        (gauge("a{1b=\"1\"} 1\n"), "no label"),
        (gauge("a{b:c=\"1\"} 1\n"), "no label"),
        (gauge("a{b=\"\\t\"} 1\n"), "an escape that is none"),
        (gauge("a{b=\"1} 1\n"), "quotes that do not end"),
        (gauge("a{\"b\"=\"1\"} 1\n"), "quotes that are not needed"),
        (gauge("a{__name__=\"b\"} 1\n"), "reserved"),
        (gauge("a{quantile=\"b\"} 1\n"), "reserved"),
        (gauge("a{le=\"1.0\"} 1\n"), "le out of place"),
        (gauge("a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1\n"), "a series comes twice"),
        (gauge("a inf\n"), "no number"),
        (gauge("a  1\n"), "no number"),
        (gauge("a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x=\"1\"} 2\n"), "another family"),
        (gauge("a 1\n# HELP a B.\n# TYPE a gauge\n"), "a family comes twice"),
        (gauge("# HELP b B.\n# HELP c C.\n"), "without a type"),
        ((Text, "# TYPE a gauge\na 1\n".to_owned()), "out of place"),
        ((Text, "# HELP a A.\na 1\n".to_owned()), "another family"),
        ((Text, "# HELP a \\q.\n# TYPE a gauge\n".to_owned()), "an escape that is none"),
        ((Text, "# HELP a A.\n# TYPE a counter\na -1\n".to_owned()), "below zero"),
        ((Text, "# HELP a A.\n# TYPE a counter\na NaN\n".to_owned()), "below zero"),
        (histogram("a_bucket{le=\"5\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"), "floating point"),
        (histogram("a_bucket{le=\"5.0\"} 1\na_sum 1\na_count 1\n"), "no bucket for all"),
        (histogram("a_bucket{le=\"5.0\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"), "cumulative"),
        (histogram("a_bucket{le=\"5.0\"} 1\na_bucket{le=\"1.0\"} 1\n"), "out of order"),
        (histogram("a_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n"), "the count is not"),
        (histogram("a_bucket{le=\"+Inf\"} 1\na_count 1\n"), "not a sum and a count"),
        (histogram("a_bucket{le=\"+Inf\"} 1\na_bucket{b=\"1\",le=\"+Inf\"} 1\na_sum 1\na_count 1\n"), "not a sum"),
        (histogram("# HELP a_sum A.\n# TYPE a_sum gauge\n"), "another family has"),
        (open("gauge\na_s 1\n"), "no end"),
        (open("gauge\na_s 1\n# EOF\n# EOF\n"), "after the end"),
        (open("gauge\n# UNIT a_s seconds\n# EOF\n"), "not the end of the name"),
        (open("gauge\na_s 1\n# UNIT a_s s\n# EOF\n"), "a unit out of place"),
        ((OpenMetrics, "# HELP s A.\n# TYPE s gauge\n# UNIT s s\n# EOF\n".to_owned()), "not the end of the name"),
        ((OpenMetrics, "# HELP s \"A\".\n# TYPE s gauge\n# EOF\n".to_owned()), "not escaped"),
        (open("counter\na_s 1\n# EOF\n"), "another family"),
        (open("counter\na_s_created 1\n# EOF\n"), "time of creation out of place"),
        (open("counter\na_s_total 1\na_s_total{b=\"1\"} 1\na_s_created 1\n# EOF\n"), "time of creation out of place"),
        (open("info\na_s_info 2\n# EOF\n"), "an info that is not 1"),
        (
            open("counter\na_s_total 1\na_s_created 1\n# HELP a_s_created A.\n# TYPE a_s_created gauge\n# EOF\n"),
            "another family has",
        ),
        (open("histogram\na_s_bucket{le=\"+Inf\"} 1\na_s_count 1\n# EOF\n"), "not a sum, a count"),
        (open("histogram\na_s_bucket{le=\"+Inf\"} 1\na_s_sum -1\na_s_count 1\n# EOF\n"), "a sum below zero"),
        (
            open("histogram\na_s_bucket{le=\"-1.0\"} 1\na_s_bucket{le=\"+Inf\"} 1\na_s_sum 1\na_s_count 1\n# EOF\n"),
            "beside bounds below zero",
        ),
    ];
    for ((format, text), why) in cases {
        match read(&text, format) {
            Err(said) => assert!(said.contains(why), "{said}\n{why}\n{text}"),
            Ok(_) => panic!("{why}\n{text}"),
        }
    }
}
