//! The service `Monitor`.

use std::time::SystemTime;

use futures_util::future::join_all;
use tachograph_monitor::{
    Check, Monitoring, Readiness, Verdict,
    grpc::{
        AppInfo, CpuInfo, DiskInfo, GetHealthRequest, GetInfoRequest, GetStatsRequest, HealthStatus, MemoryInfo,
        Summary, WatchStatsRequest, WatchStatsResponse, monitor_client::MonitorClient,
    },
};
use tonic::{Code, Streaming, codec::CompressionEncoding};

use super::{serve, soon, source};

const EACH_SECOND: WatchStatsRequest = WatchStatsRequest { interval: None };

async fn next(stream: &mut Streaming<WatchStatsResponse>) -> Summary {
    soon(stream.message()).await.unwrap().unwrap().summary.unwrap()
}

#[tokio::test]
async fn statistics_are_those_of_the_handle() {
    let (stats, requests) = source::stats();
    requests.add(3);
    stats.refresh();
    let served = serve(Monitoring::new().with_stats(stats.clone())).await;
    let summary = served.monitor().get_stats(GetStatsRequest {}).await.unwrap().into_inner().summary.unwrap();
    assert_eq!(summary, (&*stats.summary()).into());
    let endpoint = summary.endpoints["GET /a"].calls.unwrap();
    assert_eq!((summary.total_requests, endpoint.calls, summary.tools["search"].calls), (3, 3, 3));
    assert_eq!(endpoint.avg_response_time, Some(prost_types::Duration { seconds: 0, nanos: 50_000_000 }));
    let read_at: SystemTime = summary.timestamp.unwrap().try_into().unwrap();
    assert!(read_at.elapsed().unwrap() < super::LONG);
    assert_eq!(summary.current_system.unwrap().cpu_count, Some(1.5));
}

#[tokio::test]
async fn statistics_are_compressed_for_clients_that_take_it() {
    let (stats, _) = source::stats();
    let served = serve(Monitoring::new().with_stats(stats)).await;
    let mut client =
        served.monitor().send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
    let answer = client.get_stats(GetStatsRequest {}).await.unwrap();
    assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), "gzip");
    let plain = served.monitor().get_stats(GetStatsRequest {}).await.unwrap();
    assert!(plain.metadata().get("grpc-encoding").is_none());
    assert_eq!(plain.into_inner(), answer.into_inner());
}

#[tokio::test]
async fn without_statistics_it_says_so() {
    let served = serve(Monitoring::new()).await;
    let one = served.monitor().get_stats(GetStatsRequest {}).await.unwrap_err();
    let many = served.monitor().watch_stats(EACH_SECOND).await.unwrap_err();
    for refused in [one, many] {
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(refused.message().starts_with("there are no statistics: no source of metrics"), "{refused}");
    }
}

#[tokio::test]
async fn the_health_is_that_of_the_handle_and_an_unhealthy_process_is_an_answer() {
    let down = Check::new("redis", async || Verdict::unhealthy("connection refused"));
    let slow = Check::new("search", async || Verdict::degraded("slow")).with_critical(false);
    let monitoring = Monitoring::new().with_check(down).unwrap().with_check(slow).unwrap();
    let report = monitoring.health().report().await;
    let served = serve(monitoring).await;
    let health = served.monitor().get_health(GetHealthRequest {}).await.unwrap().into_inner().health.unwrap();
    assert_eq!(health.status(), HealthStatus::Unhealthy);
    assert_eq!(health.issues, ["redis (critical): connection refused", "search (degraded): slow"]);
    let redis = &health.checks["redis"];
    assert_eq!((redis.status(), redis.message.as_str()), (HealthStatus::Unhealthy, "connection refused"));
    assert_eq!((redis.critical, health.checks["search"].critical), (true, false));
    assert_eq!(health.checks["search"].status(), HealthStatus::Degraded);
    // The same run of the check, not one more.
    let response_time: std::time::Duration = redis.response_time.unwrap().try_into().unwrap();
    assert_eq!(Some(response_time), report.checks()[0].response_time());
    let uptime: std::time::Duration = health.uptime.unwrap().try_into().unwrap();
    assert!(uptime >= report.uptime());
    let timestamp: SystemTime = health.timestamp.unwrap().try_into().unwrap();
    assert!(timestamp >= report.timestamp() && timestamp <= SystemTime::now());
}

#[tokio::test]
async fn a_healthy_process_counts_its_requests() {
    let (stats, requests) = source::stats();
    requests.add(7);
    stats.refresh();
    let served = serve(Monitoring::new().with_stats(stats)).await;
    let health = served.monitor().get_health(GetHealthRequest {}).await.unwrap().into_inner().health.unwrap();
    assert_eq!((health.status(), health.total_requests), (HealthStatus::Healthy, 7), "{:?}", health.issues);
}

#[tokio::test]
async fn application_and_machine_are_told() {
    let (stats, _) = source::stats();
    let served = serve(Monitoring::new().with_stats(stats)).await;
    let info = served.monitor().get_info(GetInfoRequest {}).await.unwrap().into_inner().info.unwrap();
    let some = |text: &str| Some(text.to_owned());
    let app = AppInfo { name: "shop".to_owned(), version: some("1.4.2"), environment: some("production") };
    assert_eq!(info.app, Some(app));
    assert_eq!(info.cpu, Some(CpuInfo { percent: Some(12.5), count: Some(1.5) }));
    let memory = MemoryInfo { total_gb: Some(8.0), available_gb: Some(6.0), used_gb: Some(2.0), percent: Some(25.0) };
    assert_eq!(info.memory, Some(memory));
    let disk = DiskInfo { total_gb: Some(100.0), used_gb: Some(30.0), free_gb: Some(70.0), percent: Some(30.0) };
    assert_eq!(info.disk, Some(disk));
    assert!(info.uptime.unwrap().seconds < 60);
    let timestamp: SystemTime = info.timestamp.unwrap().try_into().unwrap();
    assert!(timestamp.elapsed().unwrap() < super::LONG);
}

#[tokio::test]
async fn without_a_sampler_the_machine_is_not_known() {
    let served = serve(Monitoring::new()).await;
    let info = served.monitor().get_info(GetInfoRequest {}).await.unwrap().into_inner().info.unwrap();
    assert_eq!(info.app.unwrap().version, None);
    assert_eq!(
        (info.cpu, info.memory, info.disk),
        (Some(CpuInfo::default()), Some(MemoryInfo::default()), Some(DiskInfo::default()))
    );
}

#[tokio::test]
async fn a_watch_sees_what_changes() {
    let (stats, requests) = source::stats();
    let served = serve(Monitoring::new().with_stats(stats.clone())).await;
    let mut stream = served.monitor().watch_stats(EACH_SECOND).await.unwrap().into_inner();
    assert_eq!(next(&mut stream).await.total_requests, 0);
    requests.add(5);
    stats.refresh();
    assert_eq!(next(&mut stream).await.total_requests, 5);
}

#[tokio::test]
async fn a_hundred_watch_at_the_same_time_on_as_many_connections() {
    let (stats, requests) = source::stats();
    let served = serve(Monitoring::new().with_stats(stats.clone())).await;
    let watch = async || {
        let channel = super::connect(served.server.address()).await;
        let mut stream = MonitorClient::new(channel).watch_stats(EACH_SECOND).await.unwrap().into_inner();
        assert_eq!(next(&mut stream).await.total_requests, 0);
        stream
    };
    let mut streams = join_all((0..100).map(|_| watch())).await;
    requests.add(1);
    stats.refresh();
    let seen = join_all(streams.iter_mut().map(next)).await;
    assert!(seen.iter().all(|summary| summary.total_requests == 1));
}

#[tokio::test]
async fn a_bad_interval_is_refused() {
    let (stats, _) = source::stats();
    let served = serve(Monitoring::new().with_stats(stats)).await;
    let interval = Some(prost_types::Duration { seconds: 0, nanos: 500_000_000 });
    let refused = served.monitor().watch_stats(WatchStatsRequest { interval }).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(refused.message(), "`interval` is from 1 to 3600 seconds, not 0 s and 500000000 ns");
}

#[tokio::test]
async fn a_shutdown_of_the_application_ends_the_watch() {
    let (stats, _) = source::stats();
    let readiness = Readiness::new();
    let served = serve(Monitoring::new().with_stats(stats).with_readiness(readiness.clone())).await;
    let interval = Some(prost_types::Duration { seconds: 3600, nanos: 0 });
    let mut stream = served.monitor().watch_stats(WatchStatsRequest { interval }).await.unwrap().into_inner();
    next(&mut stream).await;
    readiness.shut_down();
    assert!(soon(stream.message()).await.unwrap().is_none());
    let refused = served.monitor().watch_stats(EACH_SECOND).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "the application is shutting down"));
    assert!(served.monitor().get_stats(GetStatsRequest {}).await.is_ok(), "one look is given until the end");
}
