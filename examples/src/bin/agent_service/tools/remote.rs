//! The tools of the tool service, which is called over gRPC.

use std::time::Duration;

use examples::tools::v1::{ConvertRequest, TabulateRequest, TabulateResponse, tool_service_client::ToolServiceClient};
use futures_util::TryStreamExt as _;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tachograph::{
    current,
    tower::{GrpcClient, GrpcClientLayer},
    track_tool_execution,
};
use thiserror::Error;
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint, Error},
};
use tower::ServiceBuilder;

use super::arguments;
use crate::llm::ToolCall;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// What a call gets beyond its deadline before it is dropped, so that its record says that the deadline was exceeded.
const BEYOND_DEADLINE: Duration = Duration::from_millis(50);

/// Why a tool of the service gave nothing. The messages are for the model.
#[derive(Debug, Error)]
pub(super) enum RemoteError {
    #[error("the arguments do not fit the tool: {0}")]
    Arguments(#[from] serde_json::Error),
    /// The service says what is wrong with the arguments.
    #[error("{0}")]
    InvalidArgument(String),
    #[error("the tool service cannot be reached")]
    Unreachable,
    #[error("the tool service did not answer in time")]
    Timeout,
    /// Without the message, which may tell more of the service than the model should know.
    #[error("the tool service failed: {0:?}")]
    Failed(Code),
}

impl From<Status> for RemoteError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument => Self::InvalidArgument(status.message().to_owned()),
            Code::Unavailable => Self::Unreachable,
            // The second is what tonic calls a deadline that it kept itself.
            Code::DeadlineExceeded | Code::Cancelled => Self::Timeout,
            code => Self::Failed(code),
        }
    }
}

/// A client of the tool service.
pub(crate) struct RemoteTools {
    client: ToolServiceClient<GrpcClient<Channel>>,
    timeout: Duration,
}

#[derive(Deserialize)]
struct ConvertArguments {
    value: f64,
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct TabulateArguments {
    first: f64,
    last: f64,
    rows: u32,
    from: String,
    to: String,
    #[serde(default)]
    rows_per_second: u32,
}

/// A row of a table, as the model gets it.
#[derive(Serialize)]
struct Row {
    value: f64,
    result: f64,
}

impl From<TabulateResponse> for Row {
    fn from(TabulateResponse { value, result }: TabulateResponse) -> Self {
        Self { value, result }
    }
}

impl RemoteTools {
    /// The tools at `url`, each call of which may take as long as `timeout`. The connection is made by the first call, and again
    /// by the next one when it was lost: the service need not be there before the agent.
    pub(crate) fn at(url: &Url, timeout: Duration) -> Result<Self, Error> {
        let channel = Endpoint::from_shared(url.to_string())?.connect_timeout(CONNECT_TIMEOUT).connect_lazy();
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        let tracked = GrpcClientLayer::new().with_server(host.to_owned(), port);
        let channel = ServiceBuilder::new().layer(tracked).service(channel);
        Ok(Self { client: ToolServiceClient::new(channel), timeout })
    }

    #[track_tool_execution("convert", tool_type = "extension", call_id = call.id.clone())]
    pub(super) async fn convert(&self, call: &ToolCall) -> Result<Value, RemoteError> {
        let ConvertArguments { value, from, to } = arguments(call)?;
        let request = self.request(ConvertRequest { value, from: from.clone(), to: to.clone() });
        let mut client = self.client.clone();
        let response = self.in_time(client.convert(request)).await?;
        Ok(json!({"value": value, "from": from, "result": response.into_inner().result, "to": to}))
    }

    #[track_tool_execution("tabulate", tool_type = "extension", call_id = call.id.clone())]
    pub(super) async fn tabulate(&self, call: &ToolCall) -> Result<Value, RemoteError> {
        let TabulateArguments { first, last, rows, from, to, rows_per_second } = arguments(call)?;
        let request = TabulateRequest { first, last, rows, from: from.clone(), to: to.clone(), rows_per_second };
        let request = self.request(request);
        let mut client = self.client.clone();
        let table = async {
            let rows = client.tabulate(request).await?.into_inner();
            rows.map_ok(Row::from).try_collect::<Vec<_>>().await
        };
        let rows = self.in_time(table).await?;
        current::tool(|tool| tool.attribute("table.rows", i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        Ok(json!({"from": from, "to": to, "rows": rows}))
    }

    /// A request that tells the service how long somebody waits for the answer.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// The whole of a call, to the last message of a stream: tonic itself waits no longer than allowed for the first.
    async fn in_time<T>(&self, call: impl Future<Output = Result<T, Status>>) -> Result<T, RemoteError> {
        Ok(tokio::time::timeout(self.timeout + BEYOND_DEADLINE, call).await.map_err(|_| RemoteError::Timeout)??)
    }
}

#[cfg(test)]
mod tests;
