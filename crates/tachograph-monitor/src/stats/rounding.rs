//! Numbers as people and charts need them: what a float has beyond that is noise, and half of every answer.

use serde::Serializer;

fn round(value: f64, factor: f64) -> f64 {
    let rounded = (value * factor).round() / factor;
    if rounded.is_finite() { rounded } else { value }
}

fn rounded<S: Serializer>(value: f64, factor: f64, serializer: S) -> Result<S::Ok, S::Error> {
    // JSON has neither infinities nor NaN.
    if value.is_finite() { serializer.serialize_f64(round(value, factor)) } else { serializer.serialize_none() }
}

macro_rules! digits {
    ($($name:ident, $if_any:ident = $factor:literal;)*) => {
        $(
            #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
            pub(crate) fn $name<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
                rounded(*value, $factor, serializer)
            }

            #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, dead_code, reason = "serde passes references")]
            pub(crate) fn $if_any<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
                match value {
                    Some(value) => rounded(*value, $factor, serializer),
                    None => serializer.serialize_none(),
                }
            }
        )*
    };
}

digits! {
    two, two_if_any = 100.0;
    three, three_if_any = 1000.0;
    dollars, dollars_if_any = 1e9;
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct Numbers {
        #[serde(serialize_with = "two")]
        two: f64,
        #[serde(serialize_with = "three_if_any")]
        three: Option<f64>,
        #[serde(serialize_with = "dollars")]
        dollars: f64,
        #[serde(serialize_with = "two_if_any")]
        none: Option<f64>,
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let numbers = |two, three| Numbers { two, three: Some(three), dollars: 0.1 + 0.2, none: None };
        let json = |numbers| serde_json::to_string(&numbers).unwrap();
        assert_eq!(json(numbers(66.666_666, 0.000_4)), r#"{"two":66.67,"three":0.0,"dollars":0.3,"none":null}"#);
        assert_eq!(json(numbers(f64::INFINITY, f64::NAN)), r#"{"two":null,"three":null,"dollars":0.3,"none":null}"#);
        let large = json(numbers(f64::MAX, 1e300));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&large).unwrap()["two"], f64::MAX);
    }
}
