use std::ops::Range;

use regex::Regex;

use super::{Expression, continues_word, has_digits};

/// Fewest digits of a number with the country's or the area's code.
const FEWEST: usize = 9;

static NUMBER: Expression = Expression::new(|| {
    let forms = [
        // With the country's code.
        r"\+[1-9](?:[ ./()\u{a0}-]{0,2}[0-9]){8,14}",
        r"00[1-9][0-9]{0,2}[ /-](?:[ ./()-]{0,2}[0-9]){7,13}",
        // North America.
        r"(?:1[ .-])?(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}",
        // With a zero before the area: pairs (France), two fours (Japan, Australia), and the rest of them.
        r"0[1-9](?:[ .-][0-9]{2}){4}",
        r"(?:\(0[1-9]\)|0[1-9])[ -][0-9]{4}[ -][0-9]{4}",
        r"(?:\(0[1-9][0-9]{1,3}\)|0[1-9][0-9]{1,3})[ /-][0-9]{3,}(?:[ -][0-9]{2,})*",
        // China, Brazil.
        r"1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}",
        r"\([1-9][0-9]\) ?9?[0-9]{4}-[0-9]{4}",
    ];
    Regex::new(&forms.join("|")).ok()
});

/// Phone numbers.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    if !has_digits(text, FEWEST) {
        return Vec::new();
    }
    NUMBER.find(text).filter(|range| is_number(text, range)).collect()
}

/// Whether the match is no piece of something longer: an id, a date, an address, a sum.
fn is_number(text: &str, range: &Range<usize>) -> bool {
    let digits = text[range.clone()].bytes().filter(u8::is_ascii_digit).count();
    let goes_on_before = continues_word(text, range.start)
        || match text.as_bytes()[..range.start] {
            [.., before, b'-'] => before.is_ascii_alphanumeric(),
            [.., before, b'.' | b',' | b'/' | b':'] => before.is_ascii_digit(),
            _ => false,
        };
    let goes_on_after = match text.as_bytes()[range.end..] {
        [next, ..] if next.is_ascii_alphanumeric() || next == b'_' => true,
        [b'-' | b'/' | b'@', next, ..] => next.is_ascii_alphanumeric(),
        [b'.' | b',' | b':', next, ..] => next.is_ascii_digit(),
        _ => false,
    };
    (FEWEST..=15).contains(&digits) && !goes_on_before && !goes_on_after
}
