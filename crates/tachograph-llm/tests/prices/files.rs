//! Prices of files, and files that change.

use std::{fs, path::Path};

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::{Prices, PricesError};
use tempfile::TempDir;

use crate::assert_close;

fn feed(rate: u64) -> String {
    format!(
        r#"[{{"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [
            {{"id": "m", "match": {{"equals": "m"}}, "prices": {{"input_mtok": {rate}, "output_mtok": 1}}}}]}}]"#
    )
}

fn own(rate: u64) -> String {
    format!("[provider.mine.model.m]\ninput = {rate}\n")
}

fn costs(prices: &Prices) -> [f64; 2] {
    let usage = Usage::new(1_000_000, 0);
    ["acme", "mine"].map(|provider| prices.cost_usd(&Billed::new(provider, "m", usage)).unwrap())
}

fn folder() -> (TempDir, Prices) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("feed.json"), feed(1)).unwrap();
    fs::write(folder.path().join("own.toml"), own(10)).unwrap();
    let prices = Prices::without_data()
        .with_data_file(folder.path().join("feed.json"))
        .unwrap()
        .with_toml_file(folder.path().join("own.toml"))
        .unwrap();
    (folder, prices)
}

#[test]
fn reload_puts_all_files_in_force() {
    let (folder, prices) = folder();
    assert_eq!(costs(&prices), [1.0, 10.0]);
    fs::write(folder.path().join("feed.json"), feed(2)).unwrap();
    fs::write(folder.path().join("own.toml"), own(20)).unwrap();
    assert_eq!(costs(&prices), [1.0, 10.0], "until it is told");
    prices.reload().unwrap();
    assert_eq!(costs(&prices), [2.0, 20.0]);
}

#[test]
fn a_bad_file_leaves_all_prices_as_they_were() {
    let (folder, prices) = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("feed.json", &feed(2));
    write("own.toml", "[provider.mine.model.m]\ninput = -1\n");
    assert!(matches!(prices.reload(), Err(PricesError::Key { .. })));
    assert_eq!(costs(&prices), [1.0, 10.0]);
    write("feed.json", "[{}]");
    write("own.toml", &own(20));
    assert!(matches!(prices.reload(), Err(PricesError::Data { .. })));
    assert_eq!(costs(&prices), [1.0, 10.0]);
    fs::remove_file(folder.path().join("feed.json")).unwrap();
    assert!(matches!(prices.reload(), Err(PricesError::File { .. })));
    assert_eq!(costs(&prices), [1.0, 10.0]);
}

#[test]
fn a_text_stays_when_files_are_read_again() {
    let (_folder, prices) = folder();
    let prices = prices.with_toml(&own(30)).unwrap();
    prices.reload().unwrap();
    assert_eq!(costs(&prices), [1.0, 30.0], "the later goes before the earlier");
}

#[test]
fn a_file_in_place_of_the_embedded_prices_is_all_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.json");
    fs::write(&path, feed(1)).unwrap();
    let prices = Prices::embedded().with_data_file(&path).unwrap();
    assert_eq!(prices.cost_usd(&Billed::new("openai", "gpt-4o", Usage::new(1, 0))), None);
}

#[test]
fn errors_name_the_file() {
    let missing = Path::new("no-such-folder/prices.toml");
    let error = Prices::without_data().with_toml_file(missing).unwrap_err().to_string();
    assert!(error.contains("no-such-folder/prices.toml"), "{error}");
    let error = Prices::without_data().with_data_file(missing).unwrap_err().to_string();
    assert!(error.contains("no-such-folder/prices.toml"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.toml");
    fs::write(&path, "[provider.mine.model.m]\ninptu = 1\n").unwrap();
    let error = Prices::without_data().with_toml_file(&path).unwrap_err().to_string();
    assert!(error.contains("prices.toml: `provider.mine.model.m"), "{error}");
    fs::write(&path, "currency").unwrap();
    let error = Prices::without_data().with_toml_file(&path).unwrap_err().to_string();
    assert!(error.contains("prices.toml") && error.contains("line 1"), "{error}");
    fs::write(&path, "[]x").unwrap();
    let error = Prices::without_data().with_data_file(&path).unwrap_err().to_string();
    assert!(error.contains("prices.toml") && error.contains("genai-prices"), "{error}");
}

#[test]
fn calls_see_old_or_new_prices_and_nothing_between() {
    let (folder, prices) = folder();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [1.0, 10.0];
            while seen != [9.0, 90.0] {
                for (seen, now) in seen.iter_mut().zip(costs(&prices)) {
                    assert!(now >= *seen, "old prices came back");
                    *seen = now;
                }
            }
        });
        for rate in 2..10 {
            fs::write(folder.path().join("feed.json"), feed(rate)).unwrap();
            fs::write(folder.path().join("own.toml"), own(rate * 10)).unwrap();
            prices.reload().unwrap();
        }
        reader.join().unwrap();
    });
    assert_close(Some(costs(&prices)[0]), 9.0);
}
