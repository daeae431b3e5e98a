use crate::Kept;

/// A call that the model asks the application to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCall {
    /// Id by which the result is given back; Gemini and Ollama may leave it out.
    pub id: Option<String>,
    /// Name of the tool.
    pub name: String,
    /// Arguments as the model wrote them, usually JSON, if [`Capture`](crate::Capture) keeps any.
    pub arguments: Option<Kept>,
}
