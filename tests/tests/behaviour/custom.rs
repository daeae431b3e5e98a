//! An application's own instruments.

use opentelemetry::KeyValue;
use tachograph::custom::{Counter, Gauge, Histogram, UpDownCounter};
use tachograph_testing::TestTelemetry;

static ORDERS: Counter = Counter::new("shop.orders").with_unit("{order}").with_description("Orders placed.");
static BASKET: Histogram = Histogram::new("shop.basket").with_unit("EUR").with_boundaries(&[10.0, 50.0]);
static STOCK: Gauge = Gauge::new("shop.stock");
static OPEN: UpDownCounter = UpDownCounter::new("shop.open");

fn sell() {
    ORDERS.add(2, &[KeyValue::new("shop.channel", "web")]);
    BASKET.record(42.0, &[]);
    STOCK.record(7.5, &[]);
    OPEN.add(3, &[]);
    OPEN.add(-1, &[]);
}

#[test]
fn static_instruments_made_before_telemetry_record_into_the_one_in_force() {
    sell();
    for _ in 0..2 {
        let test = TestTelemetry::new();
        test.scope(sell);
        sell();
        let metrics = test.metrics();
        assert_eq!(metrics.value("shop.orders", &[("shop.channel", "web")]), 2.0);
        assert_eq!(metrics.sum("shop.basket", &[]), 42.0);
        assert_eq!(metrics.value("shop.stock", &[]), 7.5);
        assert_eq!(metrics.value("shop.open", &[]), 2.0);
    }
}
