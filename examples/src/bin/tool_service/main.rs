//! The tools of an agent in a process of their own, behind gRPC. See `--help`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

mod arguments;

use std::{error::Error, process::ExitCode, time::Duration};

use examples::{
    program,
    telemetry::{self, Export},
    tool_service,
};
use tokio::net::TcpListener;

use self::arguments::{Arguments, HELP};

/// What exporting the rest may take at the end.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("tool_service: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tool_service: {}", program::with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let export = Export::read(|name| std::env::var(name).ok());
    let telemetry = telemetry::init("tool_service", &export, arguments.print_traces)?;
    let served = serve(arguments, &export).await;
    println!("telemetry is shut down: {}", telemetry.shutdown(SHUTDOWN_DEADLINE).await);
    served
}

async fn serve(arguments: &Arguments, export: &Export) -> Result<(), Box<dyn Error + Send + Sync>> {
    let address = arguments.listen;
    let listener = TcpListener::bind(address).await.map_err(|error| format!("--listen {address}: {error}"))?;
    let asked_to_end = program::asked_to_end()?;
    println!("exporter {}", export.in_words());
    println!("listening on http://{}", listener.local_addr()?);
    Ok(tool_service::serve(listener, asked_to_end).await?)
}
