//! Odd names, labels and values.

use opentelemetry::metrics::MeterProvider as _;

use super::*;

/// A generator of pseudo-random numbers, so that odd input is the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn text(&mut self, alphabet: &[char], longest: usize) -> String {
        let length = self.below(longest + 1);
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

#[test]
fn whatever_the_names_labels_and_values_the_text_is_valid() {
    let instrument_alphabet: Vec<char> = "abZ019_.-/_total".chars().collect();
    let key_alphabet: Vec<char> = "ab1_.: -é\"{}=le\n".chars().collect();
    let value_alphabet: Vec<char> = "a1\\\"\n,={}é\u{0}\t ".chars().collect();
    let units = ["", "1", "s", "By", "By/s", "{x}", "{x}/s", "%", "USD", "foo bar", "/", "_", "{"];
    for seed in 1..60_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut fixture = Fixture::new();
        for _ in 0..6 {
            let meter = fixture.provider.meter(["one", "two", "odd \"scope\"\n"][random.below(3)]);
            let name = format!("n{}", random.text(&instrument_alphabet, 8));
            let unit = units[random.below(units.len())];
            for _ in 0..4 {
                let attributes: Vec<_> = (0..random.below(5))
                    .map(|_| {
                        let key = random.text(&key_alphabet, 5);
                        let value = random.text(&value_alphabet, 5);
                        KeyValue::new(key, value)
                    })
                    .collect();
                match seed % 3 {
                    0 => meter.u64_counter(name.clone()).with_unit(unit).build().add(1, &attributes),
                    1 => meter.f64_gauge(name.clone()).with_unit(unit).build().record(0.1, &attributes),
                    _ => meter.f64_histogram(name.clone()).with_unit(unit).build().record(3.0, &attributes),
                }
            }
        }
        let options = Options { scope_labels: seed % 2 == 0, ..with_classic() };
        let text = fixture.text(options.clone());
        assert!(!samples(&text).is_empty());
        assert_eq!(text, fixture.text(options), "the order must not change");
        if seed % 20 == 0 {
            // Its linter has opinions about odd names (exit status 3); a text that it cannot read is another matter (1).
            parse_with_promtool(&text);
        }
    }
}

fn parse_with_promtool(text: &str) {
    if let Some((status, said)) = run_promtool(text) {
        assert_ne!(status, 1, "{said}\n{text}");
    }
}
