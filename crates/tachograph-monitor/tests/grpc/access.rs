//! Token and pace.

use tachograph_monitor::{
    Monitoring,
    grpc::{GetHealthRequest, GetInfoRequest, GetStatsRequest, WatchStatsRequest, monitor_client::MonitorClient},
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};

use super::{serve, source};

fn with<T>(authorization: Option<&str>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(authorization) = authorization {
        request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    }
    request
}

/// What all four methods say.
async fn answers(mut client: MonitorClient<Channel>, authorization: Option<&str>) -> [Result<(), Status>; 4] {
    [
        client.get_health(with(authorization, GetHealthRequest {})).await.map(drop),
        client.get_stats(with(authorization, GetStatsRequest {})).await.map(drop),
        client.watch_stats(with(authorization, WatchStatsRequest { interval: None })).await.map(drop),
        client.get_info(with(authorization, GetInfoRequest {})).await.map(drop),
    ]
}

#[tokio::test]
async fn only_whoever_has_the_token_is_told_anything_but_readiness() {
    let monitoring = Monitoring::new().with_stats(source::stats().0).with_bearer_token("s3cret").unwrap();
    let served = serve(monitoring).await;
    for authorization in [None, Some(""), Some("Bearer"), Some("Bearer wrong"), Some("Basic s3cret"), Some("s3cret")] {
        for answer in answers(served.monitor(), authorization).await {
            let refused = answer.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated, "{authorization:?}");
            assert_eq!(refused.message(), "a bearer token is needed: metadata `authorization: Bearer …`");
        }
    }
    for answer in answers(served.monitor(), Some("Bearer s3cret")).await {
        answer.unwrap();
    }
    let asked = HealthCheckRequest::default();
    assert_eq!(served.health().check(asked.clone()).await.unwrap().into_inner().status(), ServingStatus::Serving);
    assert!(served.health().watch(asked).await.unwrap().into_inner().message().await.unwrap().is_some());
}

#[tokio::test]
async fn whoever_calls_too_often_is_refused_and_probes_are_not() {
    let served = serve(Monitoring::new().with_rate_limit(Some(1))).await;
    let mut refused = None;
    for _ in 0..10 {
        refused = refused.or(served.monitor().get_info(GetInfoRequest {}).await.err());
        served.health().check(HealthCheckRequest::default()).await.unwrap();
    }
    let refused = refused.unwrap();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().starts_with("too many calls of the monitoring service"), "{refused}");
}

#[tokio::test]
async fn guesses_of_the_token_are_slowed_down() {
    let served = serve(Monitoring::new().with_rate_limit(Some(1)).with_bearer_token("s3cret").unwrap()).await;
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(served.monitor().get_info(GetInfoRequest {}).await.unwrap_err().code());
    }
    assert!(codes.contains(&Code::ResourceExhausted), "{codes:?}");
}
