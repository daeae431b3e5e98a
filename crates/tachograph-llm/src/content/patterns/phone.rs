use std::ops::Range;

use regex::Regex;

use super::{Expression, continues_word, digits};

/// Fewest digits of a number with the country's or the area's code.
const FEWEST: usize = 9;

/// The fewest digits stand within so many bytes.
const NEAR: usize = 24;

/// Most digits of a number with the country's code (E.164), and without it.
const MOST: usize = 15;
const MOST_NATIONAL: usize = 12;

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
        r"(?:\(0[1-9][0-9]{1,3}\)|0[1-9][0-9]{1,3})[ /-][0-9]{3,12}(?:[ -][0-9]{2,8}){0,4}",
        // China, Brazil.
        r"1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}",
        r"\([1-9][0-9]\) ?9?[0-9]{4}-[0-9]{4}",
    ];
    Regex::new(&format!("^(?:{})", forms.join("|"))).ok()
});

/// Phone numbers.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    if digits(bytes) < FEWEST {
        return found;
    }
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'(')) {
        let start = at + next;
        // A number has its first digits close together.
        let near = &bytes[start..bytes.len().min(start + NEAR)];
        let may_begin = digits(near) >= FEWEST && !goes_on_before(text, start);
        let candidate = if may_begin { NUMBER.match_at(text, start) } else { None };
        match candidate.and_then(|candidate| number(text, &candidate)) {
            Some(range) => {
                at = range.end;
                found.push(range);
            }
            None => {
                // Within digits no number begins.
                let skipped = near.iter().take_while(|byte| byte.is_ascii_digit()).count();
                at = start + skipped.max(1);
            }
        }
    }
    found
}

/// The part of the candidate that is a number and no beginning of something longer: an id, a date, an address, a sum. Other digits may
/// follow after a space.
fn number(text: &str, candidate: &Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let has_country = matches!(bytes[candidate.clone()], [b'+', ..] | [b'0', b'0', ..]);
    let most = if has_country { MOST } else { MOST_NATIONAL };
    let is_digit = |at: &usize| bytes[*at].is_ascii_digit();
    let ends = candidate.clone().rev().filter(is_digit).map(|last| last + 1);
    let is_number = |end: &usize| {
        let digits = (candidate.start..*end).filter(is_digit).count();
        (FEWEST..=most).contains(&digits) && !goes_on_after(&bytes[*end..])
    };
    ends.into_iter().find(is_number).map(|end| candidate.start..end)
}

fn goes_on_before(text: &str, at: usize) -> bool {
    continues_word(text, at)
        || match text.as_bytes()[..at] {
            [.., before, b'-'] => before.is_ascii_alphanumeric(),
            [.., before, b'.' | b',' | b'/' | b':'] => before.is_ascii_digit(),
            _ => false,
        }
}

fn goes_on_after(rest: &[u8]) -> bool {
    match *rest {
        [next, ..] if next.is_ascii_alphanumeric() || next == b'_' => true,
        [b'-' | b'/' | b'@', next, ..] => next.is_ascii_alphanumeric(),
        [b'.' | b',' | b':', next, ..] => next.is_ascii_digit(),
        _ => false,
    }
}
