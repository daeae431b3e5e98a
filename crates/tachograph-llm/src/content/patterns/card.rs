use std::ops::Range;

use regex::Regex;

use super::{Expression, continues_word, has_digits};

/// Digits of a card's number.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// Digits in groups, as many as follow each other.
static RUN: Expression = Expression::new(|| Regex::new("[0-9](?:[ \u{a0}\u{202f}-]?[0-9]){12,}").ok());

/// Numbers of cards.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !has_digits(text, *LENGTHS.start()) {
        return found;
    }
    for run in RUN.find(text) {
        let is_fraction = matches!(text.as_bytes()[..run.start], [.., b'0'..=b'9', b'.']);
        let ends_in_word =
            text.as_bytes().get(run.end).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_');
        if !is_fraction {
            search(text, run.clone(), continues_word(text, run.start), ends_in_word, &mut found);
        }
    }
    found
}

/// Finds cards in a run, which may have other numbers before and after them.
fn search(text: &str, run: Range<usize>, starts_in_word: bool, ends_in_word: bool, found: &mut Vec<Range<usize>>) {
    let groups = groups(text, run);
    let mut first = usize::from(starts_in_word);
    let end = groups.len() - usize::from(ends_in_word).min(groups.len());
    while first < end {
        let last = (first..end).take_while(|&last| is_grouped(&groups[first..=last])).filter(|&last| {
            let digits: Vec<u8> = groups[first..=last].iter().flat_map(|group| text[group.clone()].bytes()).collect();
            is_card(&digits)
        });
        match last.last() {
            Some(last) => {
                found.push(groups[first].start..groups[last].end);
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// Cards are printed in groups of three digits or more, and none has more than six.
fn is_grouped(groups: &[Range<usize>]) -> bool {
    let digits: usize = groups.iter().map(ExactSizeIterator::len).sum();
    digits <= *LENGTHS.end() && (groups.len() == 1 || groups.iter().all(|group| (3..=6).contains(&group.len())))
}

/// The unbroken digits of a run.
fn groups(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for at in run.filter(|&at| text.as_bytes()[at].is_ascii_digit()) {
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Whether an issuer of cards gives out such numbers, and the check digit (Luhn) is right.
fn is_card(digits: &[u8]) -> bool {
    if !LENGTHS.contains(&digits.len()) {
        return false;
    }
    let prefix = digits[..4].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let lengths = match prefix {
        // Visa.
        4000..=4999 => 13..=19,
        // American Express.
        3400..=3499 | 3700..=3799 => 15..=15,
        // Diners Club.
        3000..=3059 | 3600..=3699 | 3800..=3999 => 14..=19,
        // Mastercard.
        2221..=2720 | 5100..=5599 => 16..=16,
        // JCB, Discover, UnionPay.
        3528..=3589 | 6011 | 6200..=6299 | 6440..=6599 => 16..=19,
        // Maestro.
        5000..=5099 | 5600..=5899 | 6000..=6999 => 13..=19,
        _ => return false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') << (at % 2))
        .map(|value| if value > 9 { value - 9 } else { value })
        .sum();
    lengths.contains(&digits.len()) && sum.is_multiple_of(10)
}
