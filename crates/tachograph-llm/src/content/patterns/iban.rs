use std::ops::Range;

use regex::Regex;

use super::{Expression, continues_word};

/// Countries with the length of their numbers, after the registry of ISO 13616.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 \
    ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
    LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 \
    TL23 TN24 TR26 UA29 VA22 VG24 XK20";

static CANDIDATE: Expression = Expression::new(|| Regex::new("^[A-Z]{2}[0-9]{2}(?:[ \u{a0}]?[A-Z0-9]){11,30}").ok());

/// International bank account numbers.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let begins = |four: &[u8]| {
        four[2].is_ascii_digit() && four[3].is_ascii_digit() && four[..2].iter().all(u8::is_ascii_uppercase)
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, four) in bytes.windows(4).enumerate() {
        if begins(four)
            && found.last().is_none_or(|last| last.end <= at)
            && !continues_word(text, at)
            && let Some(candidate) = CANDIDATE.match_at(text, at)
        {
            found.extend(account(text, &candidate));
        }
    }
    found
}

/// The part of the candidate that is an account number. What follows may look as if it went on.
fn account(text: &str, candidate: &Range<usize>) -> Option<Range<usize>> {
    let country = &text[candidate.start..candidate.start + 2];
    let entry = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(country))?;
    let length: usize = entry.parse().ok()?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric();
    let mut places = candidate.clone().filter(|at| is_part(&text.as_bytes()[*at])).take(length);
    let end = places.by_ref().last()? + 1;
    let characters: Vec<u8> = text[candidate.start..end].bytes().filter(is_part).collect();
    let goes_on = text.as_bytes().get(end).is_some_and(is_part);
    let is_account = characters.len() == length && !goes_on;
    (is_account && remainder(&characters) == 1).then_some(candidate.start..end)
}

/// The number with its first four characters at its end and letters as 10 to 35, divided by 97 (ISO 7064).
fn remainder(characters: &[u8]) -> u32 {
    let (head, tail) = characters.split_at(4);
    tail.iter().chain(head).fold(0, |rest, &character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}
