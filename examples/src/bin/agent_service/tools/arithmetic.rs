//! A small arithmetic: `+ - * / % ^`, signs and parentheses over decimal numbers.
//!
//! Recursive descent, one function for each level of precedence. Nesting is bounded, because the expression comes from a
//! model and the stack is finite.

use std::{iter::Peekable, str::Chars};

use thiserror::Error;

/// Deepest nesting of parentheses, signs and powers.
const MAX_DEPTH: usize = 64;

/// Why an expression has no value.
#[derive(Debug, Error, PartialEq)]
pub(crate) enum ArithmeticError {
    #[error("division by zero")]
    DivisionByZero,
    #[error("the result is no finite number")]
    NotFinite,
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("`{0}` is not expected here")]
    Unexpected(char),
    #[error("the expression ends too early")]
    Incomplete,
    #[error("`{0}` is not a number")]
    NotANumber(String),
}

/// The value of `expression`.
pub(crate) fn evaluate(expression: &str) -> Result<f64, ArithmeticError> {
    let mut parser = Parser { rest: expression.chars().peekable(), depth: 0 };
    let value = parser.sum()?;
    match parser.peek() {
        Some(other) => Err(ArithmeticError::Unexpected(other)),
        None if value.is_finite() => Ok(value),
        None => Err(ArithmeticError::NotFinite),
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<f64, ArithmeticError> {
        let mut value = self.product()?;
        loop {
            if self.takes('+') {
                value += self.product()?;
            } else if self.takes('-') {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, ArithmeticError> {
        let mut value = self.signed()?;
        loop {
            if self.takes('*') {
                value *= self.signed()?;
            } else if self.takes('/') {
                value /= nonzero(self.signed()?)?;
            } else if self.takes('%') {
                value %= nonzero(self.signed()?)?;
            } else {
                return Ok(value);
            }
        }
    }

    /// A sign binds weaker than a power: `-2 ^ 2` is -4.
    fn signed(&mut self) -> Result<f64, ArithmeticError> {
        if self.takes('-') {
            return Ok(-self.nested(Self::signed)?);
        }
        if self.takes('+') {
            return self.nested(Self::signed);
        }
        let base = self.atom()?;
        // Powers associate to the right: `2 ^ 3 ^ 2` is 512.
        if self.takes('^') { Ok(base.powf(self.nested(Self::signed)?)) } else { Ok(base) }
    }

    fn atom(&mut self) -> Result<f64, ArithmeticError> {
        if self.takes('(') {
            let value = self.nested(Self::sum)?;
            return if self.takes(')') { Ok(value) } else { Err(self.unexpected()) };
        }
        let mut digits = String::new();
        self.peek();
        while let Some(digit) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '.') {
            digits.push(digit);
        }
        if digits.is_empty() {
            return Err(self.unexpected());
        }
        digits.parse().map_err(|_| ArithmeticError::NotANumber(digits))
    }

    fn nested(&mut self, level: fn(&mut Self) -> Result<f64, ArithmeticError>) -> Result<f64, ArithmeticError> {
        if self.depth == MAX_DEPTH {
            return Err(ArithmeticError::TooDeep);
        }
        self.depth += 1;
        let value = level(self);
        self.depth -= 1;
        value
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.peek() == Some(wanted) && self.rest.next().is_some()
    }

    fn unexpected(&mut self) -> ArithmeticError {
        self.peek().map_or(ArithmeticError::Incomplete, ArithmeticError::Unexpected)
    }
}

fn nonzero(divisor: f64) -> Result<f64, ArithmeticError> {
    if divisor == 0.0 { Err(ArithmeticError::DivisionByZero) } else { Ok(divisor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_bind_stronger_than_sums_and_powers_strongest() {
        assert_eq!(evaluate("2 + 3 * 4"), Ok(14.0));
        assert_eq!(evaluate("(2 + 3) * 4"), Ok(20.0));
        assert_eq!(evaluate("2 * 3 ^ 2"), Ok(18.0));
        assert_eq!(evaluate("-2 ^ 2"), Ok(-4.0));
        assert_eq!(evaluate("2 ^ 3 ^ 2"), Ok(512.0));
        assert_eq!(evaluate("2 ^ -1"), Ok(0.5));
    }

    #[test]
    fn operators_of_one_level_associate_to_the_left() {
        assert_eq!(evaluate("10 - 4 - 3"), Ok(3.0));
        assert_eq!(evaluate("100 / 10 / 5"), Ok(2.0));
        assert_eq!(evaluate("17 % 10 % 4"), Ok(3.0));
    }

    #[test]
    fn division_by_zero_and_overflow_are_errors() {
        assert_eq!(evaluate("1 / 0"), Err(ArithmeticError::DivisionByZero));
        assert_eq!(evaluate("1 % (2 - 2)"), Err(ArithmeticError::DivisionByZero));
        assert_eq!(evaluate("10 ^ 400"), Err(ArithmeticError::NotFinite));
        assert_eq!(evaluate("(0 - 8) ^ 0.5"), Err(ArithmeticError::NotFinite));
    }

    #[test]
    fn garbage_is_refused_with_the_place_it_starts_at() {
        assert_eq!(evaluate(""), Err(ArithmeticError::Incomplete));
        assert_eq!(evaluate("2 +"), Err(ArithmeticError::Incomplete));
        assert_eq!(evaluate("(2 + 3"), Err(ArithmeticError::Incomplete));
        assert_eq!(evaluate("2 3"), Err(ArithmeticError::Unexpected('3')));
        assert_eq!(evaluate("2 + rm -rf"), Err(ArithmeticError::Unexpected('r')));
        assert_eq!(evaluate("1.2.3"), Err(ArithmeticError::NotANumber("1.2.3".to_owned())));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
        assert_eq!(evaluate(&nested(MAX_DEPTH)), Ok(1.0));
        assert_eq!(evaluate(&nested(MAX_DEPTH + 1)), Err(ArithmeticError::TooDeep));
        assert_eq!(evaluate(&"-".repeat(100_000)), Err(ArithmeticError::TooDeep));
        assert_eq!(evaluate(&format!("1{}", "^1".repeat(100_000))), Err(ArithmeticError::TooDeep));
    }
}
