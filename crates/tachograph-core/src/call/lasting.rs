//! Responses that are meant to last.

use std::num::NonZeroU64;

use super::Call;
use crate::operation::{HttpClientRequest, HttpRequest, RpcClientCall, RpcServerCall};

impl<O> Call<O> {
    fn lasts(&self) {
        let is_judged = |policy: &crate::Policy, kind| policy.slow_calls().threshold(kind).is_some();
        if let Some(state) = self.state().filter(|state| is_judged(state.telemetry.policy(), state.kind)) {
            let nanos = u64::try_from(state.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.gather(|gathered| gathered.lasts_from = NonZeroU64::new(nanos.max(1)));
        }
    }
}

macro_rules! response_lasts {
    ($($operation:ty),*) => {
        $(
            impl Call<$operation> {
                /// Says that the response has begun and is meant to last: an event stream, an upgraded connection. Whether the call was slow
                /// ([`SlowCalls`](crate::SlowCalls)) is decided by the time until now, not by its end. The layers say it by themselves.
                pub fn response_lasts(&self) {
                    self.lasts();
                }
            }
        )*
    };
}

response_lasts!(HttpRequest, HttpClientRequest, RpcServerCall, RpcClientCall);
