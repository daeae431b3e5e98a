use super::*;

const QUIET: Vitals = Vitals {
    cpu_percent: None,
    memory_percent: None,
    disk_free_percent: None,
    recent_requests: 0,
    recent_error_rate_percent: None,
    recent_mean_response: None,
    total_requests: 0,
    stale: None,
};

fn judged(thresholds: &Thresholds, vitals: Vitals) -> Vec<(HealthStatus, String)> {
    thresholds.judge(&vitals).into_iter().map(|issue| (issue.status, issue.told)).collect()
}

fn degraded(told: &str) -> Vec<(HealthStatus, String)> {
    vec![(HealthStatus::Degraded, told.to_owned())]
}

fn unhealthy(told: &str) -> Vec<(HealthStatus, String)> {
    vec![(HealthStatus::Unhealthy, told.to_owned())]
}

#[test]
fn processors_warn_above_80_and_are_critical_above_90() {
    let at = |cpu| judged(&Thresholds::default(), Vitals { cpu_percent: Some(cpu), ..QUIET });
    assert_eq!(at(80.0), []);
    assert_eq!(at(80.1), degraded("CPU at 80.1 % (above 80 %)"));
    assert_eq!(at(90.0), degraded("CPU at 90.0 % (above 80 %)"));
    assert_eq!(at(93.44), unhealthy("CPU at 93.4 % (critical above 90 %)"));
}

#[test]
fn memory_warns_above_80_and_is_critical_above_90() {
    let at = |memory| judged(&Thresholds::default(), Vitals { memory_percent: Some(memory), ..QUIET });
    assert_eq!(at(80.0), []);
    assert_eq!(at(85.0), degraded("memory at 85.0 % (above 80 %)"));
    assert_eq!(at(97.0), unhealthy("memory at 97.0 % (critical above 90 %)"));
}

#[test]
fn a_disk_warns_below_10_and_is_critical_where_asked_for() {
    let vitals = |free| Vitals { disk_free_percent: Some(free), ..QUIET };
    let at = |free| judged(&Thresholds::default(), vitals(free));
    assert_eq!(at(10.0), []);
    assert_eq!(at(0.5), degraded("0.5 % of the disk is free (below 10 %)"));
    let strict = Thresholds::default().with_disk_free_percent(Some(10.0), Some(2.5));
    assert_eq!(judged(&strict, vitals(2.5)), degraded("2.5 % of the disk is free (below 10 %)"));
    assert_eq!(judged(&strict, vitals(2.4)), unhealthy("2.4 % of the disk is free (critical below 2.5 %)"));
}

#[test]
fn errors_are_judged_from_ten_requests_on() {
    let vitals = |requests, rate| Vitals { recent_requests: requests, recent_error_rate_percent: Some(rate), ..QUIET };
    let at = |requests, rate| judged(&Thresholds::default(), vitals(requests, rate));
    assert_eq!(at(25, 10.0), []);
    assert_eq!(at(25, 12.0), degraded("3 of 25 requests failed in the last 5 minutes (12.0 %, above 10 %)"));
    assert_eq!(at(9, 100.0), []);
    assert_eq!(at(10, 100.0), degraded("10 of 10 requests failed in the last 5 minutes (100.0 %, above 10 %)"));
    let strict = Thresholds::default().with_error_rate_percent(Some(1.0), Some(50.0)).with_least_requests(1);
    let told = "1 of 1 requests failed in the last 5 minutes (100.0 %, critical above 50 %)";
    assert_eq!(judged(&strict, vitals(1, 100.0)), unhealthy(told));
}

#[test]
fn slow_requests_warn_above_5_seconds() {
    let vitals = |mean| Vitals { recent_mean_response: Some(Duration::from_millis(mean)), ..QUIET };
    let at = |mean| judged(&Thresholds::default(), vitals(mean));
    assert_eq!(at(5_000), []);
    assert_eq!(at(6_200), degraded("requests of the last 5 minutes took 6.2 s on average (above 5 s)"));
    let second = Some(Duration::from_secs(1));
    let strict = Thresholds::default().with_mean_response(second, second);
    let told = "requests of the last 5 minutes took 1.001 s on average (critical above 1 s)";
    assert_eq!(judged(&strict, vitals(1_001)), unhealthy(told));
}

#[test]
fn statistics_that_stand_still_are_an_issue_after_30_seconds() {
    let at = |stale| judged(&Thresholds::none(), Vitals { stale: Some(Duration::from_millis(stale)), ..QUIET });
    assert_eq!(at(30_000), []);
    assert_eq!(at(45_900), degraded("statistics have not been updated for 45 s"));
}

#[test]
fn issues_come_in_one_order_and_none_without_limits() {
    let bad = Vitals {
        cpu_percent: Some(99.0),
        memory_percent: Some(85.0),
        disk_free_percent: Some(1.0),
        recent_requests: 100,
        recent_error_rate_percent: Some(50.0),
        recent_mean_response: Some(Duration::from_secs(9)),
        ..QUIET
    };
    let told: Vec<String> = judged(&Thresholds::default(), bad).into_iter().map(|(_, told)| told).collect();
    let starts = ["CPU", "memory", "1.0 % of the disk", "50 of 100", "requests of"];
    assert!(told.len() == 5 && told.iter().zip(starts).all(|(told, start)| told.starts_with(start)), "{told:?}");
    assert_eq!(judged(&Thresholds::none(), bad), []);
}

#[test]
fn figures_that_are_none_or_no_numbers_are_not_judged() {
    let nan = Some(f64::NAN);
    let strange = Vitals {
        cpu_percent: nan,
        memory_percent: Some(f64::INFINITY),
        disk_free_percent: Some(f64::NEG_INFINITY),
        recent_requests: 100,
        recent_error_rate_percent: nan,
        ..QUIET
    };
    assert_eq!(judged(&Thresholds::default(), strange), []);
    assert_eq!(judged(&Thresholds::default(), QUIET), []);
}

#[test]
fn a_bad_limit_is_refused_by_its_name() {
    let error = |thresholds: Thresholds| thresholds.validate().unwrap_err().to_string();
    for bad in [f64::NAN, -1.0, 100.1, f64::INFINITY] {
        let told = format!("is {bad} %: write a number from 0 to 100");
        let none = Thresholds::none;
        assert_eq!(error(none().with_cpu_percent(Some(bad), None)), format!("the threshold cpu_percent {told}"));
        assert_eq!(error(none().with_memory_percent(None, Some(bad))), format!("the threshold memory_percent {told}"));
        let disk = error(none().with_disk_free_percent(Some(bad), None));
        assert_eq!(disk, format!("the threshold disk_free_percent {told}"));
        let errors = error(none().with_error_rate_percent(Some(bad), None));
        assert_eq!(errors, format!("the threshold error_rate_percent {told}"));
    }
}

#[test]
fn a_critical_limit_comes_after_the_warning() {
    let error = |thresholds: Thresholds| thresholds.validate().unwrap_err().to_string();
    let (warn, critical) = (Some(80.0), Some(70.0));
    let told =
        |name: &str| format!("the threshold {name} is critical above 70 % and warns above 80 %: it has to warn first");
    assert_eq!(error(Thresholds::none().with_cpu_percent(warn, critical)), told("cpu_percent"));
    assert_eq!(error(Thresholds::none().with_memory_percent(warn, critical)), told("memory_percent"));
    assert_eq!(error(Thresholds::none().with_error_rate_percent(warn, critical)), told("error_rate_percent"));
    let disk = error(Thresholds::none().with_disk_free_percent(Some(5.0), Some(10.0)));
    assert_eq!(
        disk,
        "the threshold disk_free_percent is critical below 10 % and warns below 5 %: it has to warn first"
    );
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let mean = error(Thresholds::none().with_mean_response(seconds(5), seconds(4)));
    assert_eq!(mean, "the threshold mean_response is critical above 4 s and warns above 5 s: it has to warn first");
    let fine = Thresholds::none().with_cpu_percent(warn, warn).with_disk_free_percent(Some(10.0), Some(5.0));
    assert_eq!(fine.with_mean_response(seconds(5), seconds(5)).validate(), Ok(()));
}
