//! The calls of the service: checked, converted, answered.

use std::time::Duration;

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use thiserror::Error;
use tonic::{Request, Response, Status, async_trait};

use super::units::{Conversion, UnitError};
use crate::tools::v1::{
    ConvertRequest, ConvertResponse, TabulateRequest, TabulateResponse, tool_service_server::ToolService,
};

const MAX_ROWS: u32 = 1_000;

/// Why a request is refused. The message is for the model behind the agent, which can ask again.
#[derive(Debug, Error, PartialEq)]
enum Refusal {
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error("value and result must be finite numbers")]
    NotFinite,
    #[error("`rows` must be from 2 to {MAX_ROWS}")]
    Rows,
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::invalid_argument(refusal.to_string())
    }
}

pub(super) struct Converter;

#[async_trait]
impl ToolService for Converter {
    async fn convert(&self, request: Request<ConvertRequest>) -> Result<Response<ConvertResponse>, Status> {
        let ConvertRequest { value, from, to } = request.into_inner();
        let result = finite(Conversion::between(&from, &to).map_err(Refusal::from)?, value)?;
        Ok(Response::new(ConvertResponse { result }))
    }

    type TabulateStream = BoxStream<'static, Result<TabulateResponse, Status>>;

    async fn tabulate(&self, request: Request<TabulateRequest>) -> Result<Response<Self::TabulateStream>, Status> {
        let request = request.into_inner();
        let pause = Duration::from_secs(1).checked_div(request.rows_per_second);
        let rows = stream::iter(rows(&request)?).enumerate().then(move |(at, row)| async move {
            if let (1.., Some(pause)) = (at, pause) {
                tokio::time::sleep(pause).await;
            }
            Ok(row)
        });
        Ok(Response::new(rows.boxed()))
    }
}

/// The whole table: it is small, and a client learns what is wrong with its request before the first row.
fn rows(request: &TabulateRequest) -> Result<Vec<TabulateResponse>, Refusal> {
    let TabulateRequest { first, last, rows, from, to, .. } = request;
    let conversion = Conversion::between(from, to)?;
    if !(2..=MAX_ROWS).contains(rows) {
        return Err(Refusal::Rows);
    }
    let row = |at: u32| {
        let share = f64::from(at) / f64::from(rows - 1);
        let value = first * (1.0 - share) + last * share;
        Ok(TabulateResponse { value, result: finite(conversion, value)? })
    };
    (0..*rows).map(row).collect()
}

fn finite(conversion: Conversion, value: f64) -> Result<f64, Refusal> {
    Some(conversion.apply(value)).filter(|result| result.is_finite()).ok_or(Refusal::NotFinite)
}

#[cfg(test)]
mod tests;
