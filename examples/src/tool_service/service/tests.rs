use futures_util::TryStreamExt as _;
use tonic::Code;

use super::*;

async fn converted(value: f64, from: &str, to: &str) -> Result<f64, Status> {
    let request = ConvertRequest { value, from: from.to_owned(), to: to.to_owned() };
    Ok(Converter.convert(Request::new(request)).await?.into_inner().result)
}

fn table(first: f64, last: f64, rows: u32) -> TabulateRequest {
    let (from, to) = ("celsius".to_owned(), "fahrenheit".to_owned());
    TabulateRequest { first, last, rows, from, to, rows_per_second: 0 }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_an_invalid_argument_with_the_reason() {
    for (value, from, to, reason) in [
        (1.0, "smoot", "km", "there is no unit `smoot`; known are m, km, "),
        (1.0, "km", "kg", "`km` is a length and `kg` a mass"),
        (f64::NAN, "km", "m", "value and result must be finite numbers"),
        (1e308, "km", "mm", "value and result must be finite numbers"),
    ] {
        let status = converted(value, from, to).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(reason), "{status}");
    }
    assert_eq!(converted(5.0, "km", "m").await.unwrap(), 5000.0);
}

#[tokio::test]
async fn a_table_goes_from_the_first_value_to_the_last() {
    let response = Converter.tabulate(Request::new(table(100.0, 0.0, 5))).await.unwrap();
    let rows: Vec<TabulateResponse> = response.into_inner().try_collect().await.unwrap();
    let rows: Vec<(f64, f64)> = rows.iter().map(|row| (row.value, row.result)).collect();
    assert_eq!(rows, [(100.0, 212.0), (75.0, 167.0), (50.0, 122.0), (25.0, 77.0), (0.0, 32.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_table_comes_no_faster_than_asked_for() {
    let request = TabulateRequest { rows_per_second: 4, ..table(0.0, 1.0, 9) };
    let start = tokio::time::Instant::now();
    let response = Converter.tabulate(Request::new(request)).await.unwrap();
    assert_eq!(response.into_inner().count().await, 9);
    let took = start.elapsed();
    assert!((2.0..2.1).contains(&took.as_secs_f64()), "{took:?}");
}

#[test]
fn a_table_of_too_few_or_too_many_rows_is_refused() {
    for count in [0, 1, MAX_ROWS + 1, u32::MAX] {
        assert_eq!(rows(&table(0.0, 1.0, count)), Err(Refusal::Rows), "{count}");
    }
    assert_eq!(rows(&table(0.0, 1.0, MAX_ROWS)).unwrap().len(), 1_000);
    assert_eq!(rows(&table(0.0, f64::INFINITY, 2)), Err(Refusal::NotFinite));
}
