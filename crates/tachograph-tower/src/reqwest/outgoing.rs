use std::borrow::Cow;

use http::Method;
use reqwest::{Request, Url};

use crate::http::client::Outgoing;

impl Outgoing for Request {
    type Url = Url;

    fn method(&self) -> &Method {
        self.method()
    }

    fn url(&self) -> &Url {
        self.url()
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        self.url().host_str().map(Cow::Borrowed)
    }

    fn port(&self) -> Option<u16> {
        self.url().port_or_known_default()
    }

    fn url_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.url().as_str())
    }
}
