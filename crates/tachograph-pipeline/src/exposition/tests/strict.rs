//! A reader of both formats that takes nothing which their definitions do not allow, written without a look at the writer.
//!
//! | rule | holds for |
//! |---|---|
//! | every line ends in `\n`, none is blank, and comments are HELP, TYPE, UNIT and EOF only | both |
//! | a family is HELP, TYPE, UNIT (OpenMetrics), samples, in one piece, and there is one of each name | both |
//! | names are letters, digits and `_` (metrics: `:`), or stand in quotes | both |
//! | between quotes only `\\`, `\"` and `\n` are escaped; a help text has `\"` in OpenMetrics and `"` in 0.0.4 | both |
//! | no label twice, no series twice, no name of a line in two families | both |
//! | `le` stands on buckets and nowhere else, as a floating point number; `quantile` stands nowhere | both |
//! | buckets are cumulative, in the order of their bounds, end in `+Inf`, and that is the count | both |
//! | a counter is not negative and not NaN | both |
//! | a counter is `x` with `x_total` and perhaps `x_created`, which follows its total | OpenMetrics |
//! | a histogram has a count if it has a sum, which is not negative, and none beside bounds below zero | OpenMetrics |
//! | a unit is the end of the name, after an underscore | OpenMetrics |
//! | an info is 1 | OpenMetrics |
//! | `# EOF` is the last line and stands once | OpenMetrics |

mod reads;

use super::*;

/// Labels by name.
pub(super) type Labels = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) unit: Option<String>,
    pub(super) samples: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// The families of a text, or the first line that is wrong and why.
pub(super) fn read(text: &str, format: Format) -> Result<Vec<Family>, String> {
    let mut reading =
        Reading { format, families: Vec::new(), taken: BTreeMap::new(), series: BTreeSet::new(), at_end: false };
    if format == Format::Text && text == "# no metrics are recorded yet\n" {
        return Ok(Vec::new());
    }
    let Some(lines) = text.strip_suffix('\n') else { return Err("the last line does not end".to_owned()) };
    for line in lines.split('\n') {
        reading.line(line).map_err(|why| format!("{why}: {line}"))?;
    }
    if format == Format::OpenMetrics && !reading.at_end {
        return Err("no end".to_owned());
    }
    for family in &reading.families {
        check(family, format).map_err(|why| format!("{why}: {}", family.name))?;
    }
    Ok(reading.families)
}

impl Fixture {
    /// Encodes like [`encode_as`](Self::encode_as), and reads the text.
    pub(super) fn families(&mut self, options: Options, form: Form) -> (Vec<Family>, Dropped) {
        let (text, dropped) = self.encode_as(options, form);
        (read(&text, form.format).unwrap_or_else(|why| panic!("{why}\n{text}")), dropped)
    }
}

/// All samples of all families.
pub(super) fn all(families: &[Family]) -> impl Iterator<Item = &Sample> {
    families.iter().flat_map(|family| &family.samples)
}

/// The value of the series with exactly these labels.
pub(super) fn value(families: &[Family], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels: Labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    all(families).find(|sample| sample.name == name && sample.labels == labels).map(|sample| sample.value)
}

struct Reading {
    format: Format,
    families: Vec<Family>,
    /// Names of lines, and whose they are.
    taken: BTreeMap<String, String>,
    series: BTreeSet<(String, Labels)>,
    at_end: bool,
}

type Outcome<T = ()> = Result<T, String>;

fn refuse<T>(why: &str) -> Outcome<T> {
    Err(why.to_owned())
}

fn ensure(holds: bool, why: &str) -> Outcome {
    if holds { Ok(()) } else { refuse(why) }
}

impl Reading {
    fn line(&mut self, line: &str) -> Outcome {
        ensure(!self.at_end, "a line after the end")?;
        ensure(!line.is_empty(), "a blank line")?;
        let Some(comment) = line.strip_prefix('#') else { return self.sample(line) };
        let comment = comment.strip_prefix(' ').ok_or("a comment of another kind")?;
        if comment == "EOF" && self.format == Format::OpenMetrics {
            self.at_end = true;
            return Ok(());
        }
        let (word, rest) = comment.split_once(' ').ok_or("a comment of another kind")?;
        let (name, rest) = metric_name(rest)?;
        let text = rest.strip_prefix(' ').ok_or("nothing after the name")?;
        match (word, self.families.last_mut()) {
            ("HELP", last) => {
                ensure(last.is_none_or(|family| !family.kind.is_empty()), "a family without a type")?;
                ensure(self.families.iter().all(|family| family.name != name), "a family comes twice")?;
                let help = unescape(text, self.format == Format::OpenMetrics)?;
                self.families.push(Family { name, help, kind: String::new(), unit: None, samples: Vec::new() });
            }
            ("TYPE", Some(family)) => {
                ensure(family.name == name && family.kind.is_empty(), "a type out of place")?;
                let kinds: &[&str] = match self.format {
                    Format::Text => &["counter", "gauge", "histogram"],
                    Format::OpenMetrics => &["counter", "gauge", "histogram", "info", "unknown"],
                };
                ensure(kinds.contains(&text), "no type")?;
                text.clone_into(&mut family.kind);
                // Times of creation take their name where they are written.
                let lines = lines_of(family, self.format).into_iter().filter(|line| !line.ends_with("_created"));
                lines.chain([name.clone()]).try_for_each(|line| self.take(line, &name))?;
            }
            ("UNIT", Some(family)) if self.format == Format::OpenMetrics => {
                let is_next = family.name == name && family.unit.is_none() && family.samples.is_empty();
                ensure(is_next && !family.kind.is_empty(), "a unit out of place")?;
                ensure(
                    !text.is_empty() && name.ends_with(&format!("_{text}")),
                    "a unit that is not the end of the name",
                )?;
                ensure(family.kind != "info", "a unit of an info")?;
                family.unit = Some(text.to_owned());
            }
            _ => return refuse("a comment of another kind or out of place"),
        }
        Ok(())
    }

    fn sample(&mut self, line: &str) -> Outcome {
        let (name, labels, rest) = series(line)?;
        let value = rest.strip_prefix(' ').ok_or("no value")?;
        let family = self.families.last().ok_or("a sample without a family")?;
        let lines = lines_of(family, self.format);
        ensure(!family.kind.is_empty() && lines.contains(&name), "a sample of another family")?;
        ensure(labels.contains_key("le") == (family.kind == "histogram" && name == lines[0]), "le out of place")?;
        ensure(!labels.contains_key("quantile") && !labels.contains_key("__name__"), "a label that is reserved")?;
        ensure(self.series.insert((name.clone(), labels.clone())), "a series comes twice")?;
        let of = family.name.clone();
        self.take(name.clone(), &of)?;
        let family = self.families.last_mut().ok_or("a sample without a family")?;
        family.samples.push(Sample { name, labels, value: number(value)? });
        Ok(())
    }

    fn take(&mut self, line: String, family: &str) -> Outcome {
        let other = self.taken.insert(line, family.to_owned());
        ensure(other.is_none_or(|other| other == family), "a name that another family has")
    }
}

/// The names that the samples of a family may have, in the order in which they come.
fn lines_of(family: &Family, format: Format) -> Vec<String> {
    let suffixes: &[&str] = match (family.kind.as_str(), format) {
        ("histogram", Format::Text) => &["_bucket", "_sum", "_count"],
        ("histogram", Format::OpenMetrics) => &["_bucket", "_sum", "_count", "_created"],
        ("counter", Format::OpenMetrics) => &["_total", "_created"],
        ("info", _) => &["_info"],
        _ => &[""],
    };
    suffixes.iter().map(|suffix| format!("{}{suffix}", family.name)).collect()
}

/// What can be said only of all samples of a family together.
fn check(family: &Family, format: Format) -> Outcome {
    ensure(!family.kind.is_empty(), "no type")?;
    let counted = |sample: &Sample| sample.value >= 0.0;
    match family.kind.as_str() {
        "counter" => {
            ensure(family.samples.iter().all(counted), "a counter below zero")?;
            let mut last = None;
            for sample in &family.samples {
                let is_created = format == Format::OpenMetrics && sample.name.ends_with("_created");
                ensure(!is_created || last == Some(&sample.labels), "a time of creation out of place")?;
                last = (!is_created).then_some(&sample.labels);
            }
            Ok(())
        }
        "info" => ensure(family.samples.iter().all(|sample| sample.value == 1.0), "an info that is not 1"),
        "histogram" => {
            let mut rest = family.samples.as_slice();
            while let Some(first) = rest.first() {
                let own = without_le(&first.labels);
                let count = rest.iter().take_while(|sample| without_le(&sample.labels) == own).count();
                let (one, others) = rest.split_at(count);
                histogram(one, &family.name, format)?;
                rest = others;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn without_le(labels: &Labels) -> Labels {
    labels.iter().filter(|(name, _)| *name != "le").map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The samples of one series of a histogram.
fn histogram(samples: &[Sample], name: &str, format: Format) -> Outcome {
    let is_bucket = |sample: &&Sample| sample.labels.contains_key("le");
    let (mut bound_before, mut below) = (f64::NEG_INFINITY, 0.0);
    let mut has_negative = false;
    let buckets = samples.iter().take_while(is_bucket).count();
    for (index, sample) in samples[..buckets].iter().enumerate() {
        let le = &sample.labels["le"];
        ensure(le.contains(['.', 'e', 'I']), "a bound that is no floating point number")?;
        let bound = number(le)?;
        ensure(index == 0 || bound > bound_before, "bounds out of order")?;
        ensure(sample.value >= below, "buckets that are not cumulative")?;
        has_negative |= bound < 0.0;
        (bound_before, below) = (bound, sample.value);
    }
    ensure(buckets > 0 && bound_before == f64::INFINITY, "no bucket for all")?;
    let rest = &samples[buckets..];
    let named = |line: &str| rest.iter().find(|sample| sample.name == format!("{name}_{line}"));
    let order: Vec<&str> = rest.iter().filter_map(|sample| sample.name.rsplit('_').next()).collect();
    let sum = named("sum");
    match format {
        Format::Text => ensure(order == ["sum", "count"], "not a sum and a count")?,
        Format::OpenMetrics => {
            let order = order.strip_suffix(&["created"]).unwrap_or(&order);
            ensure(order == ["sum", "count"] || order.is_empty(), "not a sum, a count and a time of creation")?;
            ensure(sum.is_none_or(|sum| sum.value >= 0.0), "a sum below zero")?;
            ensure(!has_negative || sum.is_none(), "a sum beside bounds below zero")?;
        }
    }
    ensure(named("count").is_none_or(|count| count.value == below), "the count is not the bucket for all")
}

/// `name{labels}` or `{"name",labels}`, and what follows.
fn series(line: &str) -> Outcome<(String, Labels, &str)> {
    let mut labels = Labels::new();
    let (mut name, mut rest) = (None, line);
    if !line.starts_with('{') {
        let end = line.find(['{', ' ']).ok_or("no value")?;
        ensure(is_name(&line[..end], true), "no name")?;
        name = Some(line[..end].to_owned());
        rest = &line[end..];
    }
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = match quoted(rest)? {
                Some((label, after)) => {
                    ensure(!is_name(&label, false) || !after.starts_with('='), "quotes that are not needed")?;
                    (label, after)
                }
                None => {
                    let end = rest.find('=').ok_or("no label")?;
                    ensure(is_name(&rest[..end], false), "no label")?;
                    (rest[..end].to_owned(), &rest[end..])
                }
            };
            if let Some(value) = after.strip_prefix('=') {
                let (value, after) = quoted(value)?.ok_or("a value without quotes")?;
                ensure(!value.is_empty(), "a label without a value, which is none")?;
                ensure(labels.insert(label, value).is_none(), "a label comes twice")?;
                rest = after;
            } else {
                ensure(name.is_none() && labels.is_empty() && !is_name(&label, true), "a name out of place")?;
                (name, rest) = (Some(label), after);
            }
            match rest.split_at_checked(1) {
                Some((",", after)) => rest = after,
                Some(("}", after)) => {
                    rest = after;
                    break;
                }
                _ => return refuse("labels that do not end"),
            }
        }
    }
    Ok((name.ok_or("no name")?, labels, rest))
}

/// The name of a family in a comment, and what follows.
fn metric_name(text: &str) -> Outcome<(String, &str)> {
    if let Some((name, rest)) = quoted(text)? {
        ensure(!is_name(&name, true), "quotes that are not needed")?;
        return Ok((name, rest));
    }
    let end = text.find(' ').unwrap_or(text.len());
    ensure(is_name(&text[..end], true), "no name")?;
    Ok((text[..end].to_owned(), &text[end..]))
}

fn is_name(name: &str, of_metric: bool) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (of_metric && c == ':');
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// What stands between the quotes at the beginning, and what follows them; `None` where there are none.
fn quoted(text: &str) -> Outcome<Option<(String, &str)>> {
    let Some(text) = text.strip_prefix('"') else { return Ok(None) };
    let (mut is_escaped, mut end) = (false, None);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => {
                end = Some(at);
                break;
            }
            _ => {}
        }
    }
    let end = end.ok_or("quotes that do not end")?;
    Ok(Some((unescape(&text[..end], true)?, &text[end + 1..])))
}

fn unescape(text: &str, with_quotes: bool) -> Outcome<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('"') if with_quotes => '"',
                _ => return refuse("an escape that is none"),
            },
            '"' if with_quotes => return refuse("a quote that is not escaped"),
            c => c,
        });
    }
    Ok(plain)
}

fn number(text: &str) -> Outcome<f64> {
    match text {
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        "NaN" => Ok(f64::NAN),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !text.contains(['i', 'n']) => {
            text.parse().map_err(|_| "no number".to_owned())
        }
        _ => refuse("no number"),
    }
}
