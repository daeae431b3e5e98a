//! Names, labels and units as each of the two has them.

/// Letters, digits and single underscores, no digit first, not empty.
pub(super) fn clean(name: &str, colon: bool) -> String {
    let cleaned: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || (colon && c == ':') { c } else { '_' }).collect();
    let first = if cleaned.starts_with(|c: char| c.is_ascii_digit()) || cleaned.is_empty() { "_" } else { "" };
    let mut name = format!("{first}{cleaned}");
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    name
}

pub(super) fn their_name(name: &str) -> String {
    let first = if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    let fine = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = if first.is_empty() { name.find(|c| !fine(c)).unwrap_or(name.len()) } else { 0 };
    let rest = name[end..].chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == ':' { c } else { '_' });
    format!("{first}{}{}", &name[..end], rest.collect::<String>())
}

pub(super) fn sanitize_label(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || c == ':' { c } else { '_' }).collect()
}

/// The units that both know under the same word.
const UNITS: &str = "d days h hours min minutes s seconds ms milliseconds us microseconds ns nanoseconds By bytes KiBy kibibytes \
                     MiBy mebibytes GiBy gibibytes TiBy tibibytes KBy kilobytes MBy megabytes GBy gigabytes TBy terabytes \
                     m meters V volts A amperes J joules W watts g grams Cel celsius Hz hertz % percent";
const PER: &str = "s second m minute h hour d day w week mo month y year";

fn word(table: &'static str, unit: &str) -> Option<&'static str> {
    let words: Vec<&str> = table.split_whitespace().collect();
    words.chunks(2).find(|pair| pair[0] == unit).map(|pair| pair[1])
}

pub(super) fn their_unit(unit: &str) -> Option<String> {
    let own = "1 ratio B bytes KB kilobytes MB megabytes GB gigabytes TB terabytes";
    let known = |unit: &str| word(UNITS, unit).or_else(|| word(own, unit));
    if let Some(word) = known(unit) {
        return Some(word.to_owned());
    }
    let (first, second) = unit.split_once('/')?;
    let second = word(PER, second)?;
    let of_time = ["1", "d", "h", "min", "s", "ms", "us", "ns"].contains(&first);
    Some(match known(first).filter(|_| !of_time) {
        Some(first) => format!("{first}_per_{second}"),
        None => format!("per_{second}"),
    })
}

pub(super) fn our_unit(unit: &str) -> String {
    let mut depth = 0_i32;
    let mut kept = String::new();
    for c in unit.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = (depth - 1).max(0),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    let other = |unit: &str| clean(unit, false).trim_matches('_').to_owned();
    let (first, second) = kept.split_once('/').unwrap_or((&kept, ""));
    let (first, second) = (first.trim(), second.trim());
    let first = match first {
        "1" => String::new(),
        "kBy" => "kilobytes".to_owned(),
        _ => word(UNITS, first).map_or_else(|| other(first), str::to_owned),
    };
    let second = match second {
        "min" => "minute".to_owned(),
        _ => word(PER, second).map_or_else(|| other(second), str::to_owned),
    };
    match (first.as_str(), second.as_str()) {
        (first, "") => first.to_owned(),
        ("", second) => format!("per_{second}"),
        (first, second) => format!("{first}_per_{second}"),
    }
}
