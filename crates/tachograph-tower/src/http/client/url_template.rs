use std::fmt;

use opentelemetry::StringValue;

/// The template of a request's path, known where the request is made: put it into the request's extensions.
///
/// It becomes part of the span's name and the metric label `url.template`: give the template (`/users/{id}`), never the
/// path as sent. It counts before the layer's own function.
///
/// ```
/// use tachograph_tower::UrlTemplate;
///
/// let request = http::Request::get("http://localhost/users/7").extension(UrlTemplate::new("/users/{id}")).body(())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct UrlTemplate(StringValue);

impl UrlTemplate {
    /// A template. Text that is not `'static` is copied with every request.
    #[must_use]
    pub fn new(template: impl Into<StringValue>) -> Self {
        Self(template.into())
    }

    pub(super) fn value(&self) -> StringValue {
        self.0.clone()
    }
}

impl fmt::Debug for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UrlTemplate").field(&self.0.as_str()).finish()
    }
}
