//! A research agent behind HTTP: model, tools, database, cache, streams, and the trouble that comes with them.
//!
//! It runs without anything else: where no endpoint is configured, a stand-in takes the model's place. See `--help`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

mod agent;
mod arguments;
mod banner;
mod cache;
mod checks;
mod demo;
mod http;
mod llm;
mod own_metrics;
mod routes;
mod service;
mod settings;
mod stand_in;
mod store;
mod tools;

use std::{
    error::Error,
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use examples::{program, telemetry};
use futures_util::{FutureExt as _, TryFutureExt as _};
use tachograph::{
    Tachograph, log_performance,
    monitor::{Monitoring, Readiness},
    semconv::attribute::USER_ID,
    tower::HttpServerLayer,
};
use tokio::{net::TcpListener, sync::oneshot};

use self::{
    arguments::{Arguments, HELP},
    service::Service,
    settings::Settings,
};

/// What exporting the rest may take at the end.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("agent_service: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agent_service: {}", program::with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), BoxError> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    let settings = settings.with_tool_service(arguments.tool_service.as_deref())?;
    let telemetry = telemetry::init("agent_service", &settings.export, arguments.print_traces)?;
    let served = serve(&arguments, &settings, &telemetry).await;
    println!("telemetry is shut down: {}", telemetry.shutdown(SHUTDOWN_DEADLINE).await);
    served
}

async fn serve(arguments: &Arguments, settings: &Settings, telemetry: &Tachograph) -> Result<(), BoxError> {
    let started = Instant::now();
    let service = Service::start(settings).await?;
    let listener = listen(settings, arguments.demo).await?;
    log_performance("start", started.elapsed(), []);
    let base = format!("http://{}", listener.local_addr()?);
    println!("{}", banner::banner(&base, &service, settings));
    let readiness = Readiness::new();
    let monitoring = telemetry.monitoring().with_readiness(readiness.clone());
    let monitoring = service.checks.into_iter().try_fold(monitoring, Monitoring::with_check)?;
    let app = routes::router(Arc::new(service.researcher))
        .fallback(routes::not_found)
        // Who asks, as the gateway says: nobody else reaches this machine.
        .layer(HttpServerLayer::new().with_baggage_keys([USER_ID]))
        .merge(monitoring.router());

    let (stop, stopped) = oneshot::channel();
    let drive = async {
        if arguments.demo {
            println!("{}", demo::run(&base).await?);
        } else {
            let asked_to_end = program::asked_to_end()?;
            println!(
                "try  curl {base}/api/chat -d '{{\"question\": \"What is helium used for, and what is 5 km in miles?\"}}'\n"
            );
            asked_to_end.await;
        }
        drop::<oneshot::Sender<()>>(stop);
        Ok::<(), BoxError>(())
    };
    let stopped = stopped.map(move |_| readiness.shut_down());
    // With the addresses of clients, for spans and log lines.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serve = |stopped| axum::serve(listener, app).with_graceful_shutdown(stopped);
    let server = program::serve_until(stopped, serve).map_err(BoxError::from);
    tokio::try_join!(server, drive)?;
    Ok(())
}

async fn listen(settings: &Settings, any_port: bool) -> Result<TcpListener, BoxError> {
    let default = if any_port { "127.0.0.1:0" } else { "127.0.0.1:8000" };
    let bound = match settings.listen {
        Some(address) => TcpListener::bind(address).await,
        None => TcpListener::bind(default).await,
    };
    bound.map_err(|error| format!("LISTEN ({default} by default): {error}").into())
}
