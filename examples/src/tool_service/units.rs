//! Units of measurement and the way from one to another.

use std::fmt;

use thiserror::Error;

/// Longest part of an unknown unit's name that is repeated.
const MAX_NAME: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Quantity {
    Length,
    Mass,
    Temperature,
    Energy,
    Pressure,
}

use Quantity::{Energy, Length, Mass, Pressure, Temperature};

struct Unit {
    /// The symbol first. A name stands for its plural in `s` too.
    names: &'static [&'static str],
    quantity: Quantity,
    /// How many units of the SI one of it is.
    factor: f64,
    /// Its zero, in units of the SI.
    zero: f64,
}

const fn unit(names: &'static [&'static str], quantity: Quantity, factor: f64) -> Unit {
    Unit { names, quantity, factor, zero: 0.0 }
}

const UNITS: [Unit; 24] = [
    unit(&["m", "metre", "meter"], Length, 1.0),
    unit(&["km", "kilometre", "kilometer"], Length, 1_000.0),
    unit(&["cm", "centimetre", "centimeter"], Length, 0.01),
    unit(&["mm", "millimetre", "millimeter"], Length, 0.001),
    unit(&["mi", "mile"], Length, 1_609.344),
    unit(&["yd", "yard"], Length, 0.9144),
    unit(&["ft", "foot", "feet"], Length, 0.3048),
    unit(&["inch", "inches"], Length, 0.0254),
    unit(&["kg", "kilogram"], Mass, 1.0),
    unit(&["g", "gram"], Mass, 0.001),
    unit(&["mg", "milligram"], Mass, 1e-6),
    unit(&["t", "tonne"], Mass, 1_000.0),
    unit(&["lb", "pound"], Mass, 0.453_592_37),
    unit(&["oz", "ounce"], Mass, 0.028_349_523_125),
    unit(&["K", "kelvin"], Temperature, 1.0),
    Unit { zero: 273.15, ..unit(&["°C", "C", "celsius"], Temperature, 1.0) },
    Unit { zero: 459.67 * 5.0 / 9.0, ..unit(&["°F", "F", "fahrenheit"], Temperature, 5.0 / 9.0) },
    unit(&["J", "joule"], Energy, 1.0),
    unit(&["kJ", "kilojoule"], Energy, 1_000.0),
    unit(&["kcal", "kilocalorie"], Energy, 4_184.0),
    unit(&["eV", "electronvolt"], Energy, 1.602_176_634e-19),
    unit(&["Pa", "pascal"], Pressure, 1.0),
    unit(&["bar"], Pressure, 100_000.0),
    unit(&["atm", "atmosphere"], Pressure, 101_325.0),
];

/// Why there is no way from one unit to the other.
#[derive(Debug, Error, PartialEq)]
pub(super) enum UnitError {
    #[error("there is no unit `{0}`; known are {known}", known = symbols())]
    Unknown(String),
    #[error("`{from}` is a {of_from} and `{to}` a {of_to}")]
    Different { from: &'static str, of_from: &'static str, to: &'static str, of_to: &'static str },
}

/// The way from one unit to another.
#[derive(Clone, Copy)]
pub(super) struct Conversion {
    from: &'static Unit,
    to: &'static Unit,
}

impl Conversion {
    pub(super) fn between(from: &str, to: &str) -> Result<Self, UnitError> {
        let (from, to) = (find(from)?, find(to)?);
        if from.quantity == to.quantity {
            return Ok(Self { from, to });
        }
        Err(UnitError::Different {
            from: from.names[0],
            of_from: from.quantity.name(),
            to: to.names[0],
            of_to: to.quantity.name(),
        })
    }

    pub(super) fn apply(self, value: f64) -> f64 {
        let si = value * self.from.factor + self.from.zero;
        rounded((si - self.to.zero) / self.to.factor)
    }
}

impl Quantity {
    fn name(self) -> &'static str {
        match self {
            Length => "length",
            Mass => "mass",
            Temperature => "temperature",
            Energy => "quantity of energy",
            Pressure => "pressure",
        }
    }
}

fn find(name: &str) -> Result<&'static Unit, UnitError> {
    let wanted = name.trim().to_lowercase();
    let is = |known: &&str| {
        let known = known.to_lowercase();
        // Symbols have no plural: `ms` are no metres.
        wanted == known || known.len() > 2 && wanted.strip_suffix('s') == Some(&known)
    };
    let found = UNITS.iter().find(|unit| unit.names.iter().any(is));
    found.ok_or_else(|| UnitError::Unknown(name.chars().take(MAX_NAME).collect()))
}

/// Without the last digits, which a conversion costs: 0 °C are 32 °F and not 32.00000000000004.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn symbols() -> impl fmt::Display {
    let symbols: Vec<&str> = UNITS.iter().map(|unit| unit.names[0]).collect();
    symbols.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(value: f64, from: &str, to: &str) -> f64 {
        Conversion::between(from, to).unwrap().apply(value)
    }

    #[test]
    fn values_are_converted_by_factor_and_zero() {
        assert_eq!(converted(42.195, "km", "mi"), 26.2187574565);
        assert_eq!(converted(0.0, "°C", "F"), 32.0);
        assert_eq!(converted(-40.0, "fahrenheit", "celsius"), -40.0);
        assert_eq!(converted(1.0, "kcal", "kJ"), 4.184);
        assert_eq!(converted(2.0, "atm", "Pa"), 202_650.0);
    }

    #[test]
    fn a_unit_is_found_by_symbol_and_name_in_any_case_and_number() {
        for name in ["km", "KM", "kilometre", "Kilometers", " kilometres "] {
            assert_eq!(converted(1.0, name, "m"), 1_000.0, "{name}");
        }
        assert_eq!(converted(3.0, "feet", "yards"), 1.0);
    }

    #[test]
    fn every_name_is_of_one_unit() {
        for unit in &UNITS {
            for name in unit.names {
                assert_eq!(find(name).unwrap().names, unit.names, "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_unit_is_repeated_in_part_beside_the_known_ones() {
        let error = find(&"x".repeat(100_000)).err().unwrap().to_string();
        assert!(
            error.starts_with(&format!("there is no unit `{}`; known are m, km, ", "x".repeat(MAX_NAME))),
            "{error}"
        );
        assert!(find("").is_err() && find("s").is_err() && find("ms").is_err());
    }

    #[test]
    fn there_is_no_way_between_quantities() {
        let error = Conversion::between("hours", "kg").err().unwrap().to_string();
        assert!(error.starts_with("there is no unit `hours`"), "{error}");
        let error = Conversion::between("feet", "pounds").err().unwrap().to_string();
        assert_eq!(error, "`ft` is a length and `lb` a mass");
    }
}
