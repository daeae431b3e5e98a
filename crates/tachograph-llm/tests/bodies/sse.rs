//! Server-sent events as servers really send them.

use tachograph_llm::{Format, Framing, Response, ResponseReader};

fn read(body: &str) -> (Response, u64) {
    let mut reader = ResponseReader::new(Format::OpenAiChat, Framing::Sse);
    let events = reader.push(body.as_bytes()).events;
    (reader.finish(), events)
}

fn input(body: &str) -> Option<u64> {
    let mut bytewise = ResponseReader::new(Format::OpenAiChat, Framing::Sse);
    body.as_bytes().chunks(1).for_each(|byte| {
        bytewise.push(byte);
    });
    let (response, _) = read(body);
    assert_eq!(bytewise.finish(), response);
    response.usage.and_then(|usage| usage.input)
}

#[test]
fn lines_end_in_line_feeds_carriage_returns_or_both() {
    for end in ["\n", "\r\n", "\r"] {
        let body = format!("data: {{\"usage\":{end}data: {{\"prompt_tokens\":7}}}}{end}{end}data: [DONE]{end}{end}");
        assert_eq!(input(&body), Some(7), "{end:?}");
        assert_eq!(read(&body).1, 1, "{end:?}");
    }
}

#[test]
fn the_last_event_counts_without_its_blank_line_and_without_its_line_end() {
    assert_eq!(input("data: {\"usage\":{\"prompt_tokens\":7}}\n"), Some(7));
    assert_eq!(input("data: {\"usage\":{\"prompt_tokens\":7}}"), Some(7));
}

#[test]
fn a_byte_order_mark_comments_and_other_fields_are_passed_over() {
    let event = "data:{\"usage\":{\"prompt_tokens\":7}}\n\n";
    for before in [
        "\u{feff}",
        ": keep-alive\n\n",
        "event: x\nid: 1\nretry: 5\n",
        "datax: {}\nda\n\n",
        "\n\n\n",
        "\u{feff}: \u{feff}\n",
    ] {
        assert_eq!(input(&format!("{before}{event}")), Some(7), "{before:?}");
    }
}

#[test]
fn a_key_inside_the_answer_is_no_key() {
    let body = concat!(
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\": {\\\"prompt_tokens\\\": 1}, \\\"error\\\": {}\"}}]}\n\n"
    );
    let (response, _) = read(body);
    assert_eq!((response.usage, response.error), (None, None));
}

#[test]
fn an_event_that_broke_off_is_counted_and_costs_nothing_else() {
    let (response, events) = read("data: {\"usage\":{\"prompt_tokens\":7}}\n\ndata: {\"choices\":[{\"del");
    assert_eq!(response.usage.and_then(|usage| usage.input), Some(7));
    assert_eq!((response.losses.malformed, events), (1, 1));
}

#[test]
fn a_field_of_the_wrong_kind_is_as_good_as_missing() {
    let body = "data: {\"id\":7,\"model\":{},\"choices\":null,\"error\":null,\"usage\":{\"prompt_tokens\":\"3\",\"completion_tokens\":4.0,\"cost\":\"free\"}}\n\n";
    let (response, _) = read(body);
    assert_eq!((response.id, response.model, response.cost, response.error), (None, None, None, None));
    let usage = response.usage.unwrap();
    assert_eq!((usage.input, usage.output), (None, Some(4)));
    assert_eq!(response.losses.malformed, 0);
}

#[test]
fn data_lines_are_joined_with_a_line_feed() {
    assert_eq!(input("data: {\"usage\":{\"prompt_tokens\":1\ndata: 2}}\n\n"), None);
}

#[test]
fn events_and_lines_without_anything_in_them_are_none() {
    for (framing, body) in [(Framing::Sse, "data:\n\ndata: \n\ndata\n\n: x\n\n"), (Framing::Ndjson, "\n \r\n\t\n  ")] {
        for size in [1, 2, 100] {
            let mut reader = ResponseReader::new(Format::OpenAiChat, framing);
            let events: u64 = body.as_bytes().chunks(size).map(|chunk| reader.push(chunk).events).sum();
            let response = reader.finish();
            assert_eq!((events, response.losses.malformed), (0, 0), "{framing:?} in {size}");
        }
    }
}

#[test]
fn an_event_that_looks_like_the_ordinary_ones_but_for_a_key_is_read() {
    let event = |key: &str, text: &str| {
        format!("data: {{\"{key}\":\"x\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    for keys in [["errox", "errox", "errox", "error"], ["errox", "erroy", "erroz", "error"]] {
        let body: String = keys.iter().zip(["a", "b", "c", "d"]).map(|(key, text)| event(key, text)).collect();
        assert_eq!(read(&body).0.error.as_deref(), Some("_OTHER"), "{keys:?}");
    }
}

#[test]
fn figures_that_a_later_report_leaves_out_stay() {
    let usage = |figures: &str| format!("data: {{\"usage\":{{{figures}}}}}\n\n");
    let body = [
        usage("\"prompt_tokens\":7,\"prompt_tokens_details\":{\"audio_tokens\":5}"),
        usage("\"completion_tokens\":3,\"completion_tokens_details\":{\"audio_tokens\":2}"),
    ]
    .concat();
    let usage = read(&body).0.usage.unwrap();
    assert_eq!(
        (usage.input, usage.input_audio, usage.output, usage.output_audio),
        (Some(7), Some(5), Some(3), Some(2))
    );
}

#[test]
fn a_zero_takes_no_figure_of_anthropic_away() {
    let body = concat!(
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":70,\"cache_creation_input_tokens\":6,\"cache_creation\":{\"ephemeral_1h_input_tokens\":4},\"output_tokens\":1}}}\n\n",
        "data: {\"type\":\"message_delta\",\"usage\":{\"input_tokens\":0,\"cache_read_input_tokens\":0,\"cache_creation\":{\"ephemeral_1h_input_tokens\":0},\"output_tokens\":9}}\n\n"
    );
    let mut reader = ResponseReader::new(Format::Anthropic, Framing::Sse);
    reader.push(body.as_bytes());
    let usage = reader.finish().usage.unwrap();
    assert_eq!((usage.input, usage.cache_read, usage.output), (Some(81), Some(70), Some(9)));
    assert_eq!((usage.cache_write, usage.cache_write_1h), (Some(6), Some(4)));
}
