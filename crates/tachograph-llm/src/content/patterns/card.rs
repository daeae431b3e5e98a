use std::ops::{Range, RangeInclusive};

use super::{continues_word, digits};

/// Digits of a card's number.
const LENGTHS: RangeInclusive<usize> = 13..=19;

/// What stands between the groups of a number: a space, one that does not break (also a narrow one), a dash.
const BETWEEN: [&[u8]; 4] = [b" ", "\u{a0}".as_bytes(), "\u{202f}".as_bytes(), b"-"];

/// The fewest digits stand within so many bytes, in groups of three.
const NEAR: usize = 13 + 4 * 3;

/// Numbers of cards.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    if digits(bytes) < *LENGTHS.start() {
        return found;
    }
    let mut at = 0;
    while let Some(first) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + first;
        if digits(&bytes[start..bytes.len().min(start + NEAR)]) < *LENGTHS.start() {
            at = group_end(bytes, start);
            continue;
        }
        let groups = groups(bytes, start);
        at = groups.last().map_or(bytes.len(), |group| group.end);
        search(text, &groups, &mut found);
    }
    found
}

fn group_end(bytes: &[u8], start: usize) -> usize {
    start + bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Groups of digits that follow each other, from this place on.
fn groups(bytes: &[u8], mut at: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    loop {
        let end = group_end(bytes, at);
        groups.push(at..end);
        let between = BETWEEN.into_iter().find(|between| bytes[end..].starts_with(between));
        match between.map(|between| end + between.len()) {
            Some(next) if bytes.get(next).is_some_and(u8::is_ascii_digit) => at = next,
            _ => return groups,
        }
    }
}

/// Finds cards among the groups, which may have other numbers before and after them.
fn search(text: &str, groups: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let (Some(first_group), Some(last_group)) = (groups.first(), groups.last()) else { return };
    let bytes = text.as_bytes();
    if matches!(bytes[..first_group.start], [.., b'0'..=b'9', b'.']) {
        // A fraction.
        return;
    }
    let ends_in_word = bytes.get(last_group.end).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_');
    let mut first = usize::from(continues_word(text, first_group.start));
    let end = groups.len() - usize::from(ends_in_word);
    while first < end {
        let is_grouped = |last: &usize| is_grouped(&groups[first..=*last]);
        let last = (first..end).take_while(is_grouped).filter(|&last| {
            let digits: Vec<u8> =
                groups[first..=last].iter().flat_map(|group| &bytes[group.clone()]).copied().collect();
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
