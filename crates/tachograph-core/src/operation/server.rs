use opentelemetry::{KeyValue, StringValue};

use crate::semconv::attribute as attr;

/// Where a client's call goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    pub(super) address: Option<StringValue>,
    /// 0 stands for none.
    pub(super) port: u16,
}

impl Server {
    pub(super) fn span_attributes(self, out: &mut Vec<KeyValue>) {
        out.extend(self.address.map(|address| KeyValue::new(attr::SERVER_ADDRESS, address)));
        if self.port != 0 {
            out.push(KeyValue::new(attr::SERVER_PORT, i64::from(self.port)));
        }
    }
}

/// The builder methods of an operation that has a field `server`.
macro_rules! server_methods {
    ($operation:ty, $of:literal) => {
        impl $operation {
            #[doc = concat!("The host ", $of, ".")]
            pub fn server_address(mut self, address: impl Into<opentelemetry::StringValue>) -> Self {
                self.server.address = Some(address.into());
                self
            }

            /// The port on that host; 0 stands for none.
            pub fn server_port(mut self, port: u16) -> Self {
                self.server.port = port;
                self
            }
        }
    };
}
pub(super) use server_methods;
