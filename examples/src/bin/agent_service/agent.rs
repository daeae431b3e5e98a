//! The agent: it asks the model for a plan, runs the tools, and asks for the answer.

use std::borrow::Cow;

use async_stream::try_stream;
use futures_util::{StreamExt as _, future::join_all, stream::BoxStream};
use serde::Serialize;
use tachograph::{ErrorType, track_agent_execution};
use thiserror::Error;

use crate::{
    llm::{ChatResponse, Choice, LlmClient, LlmError, Message, TokenUsage},
    tools::Toolbox,
};

const INSTRUCTIONS: &str = "You answer questions on the chemical elements and on arithmetic. \
    Use the tools; say what you found, and say so when you found nothing.";

#[derive(Debug, Error)]
pub(crate) enum AgentError {
    #[error(transparent)]
    Llm(#[from] LlmError),
    #[error("the LLM gave neither an answer nor a tool to call")]
    NoAnswer,
}

/// A run that failed because of the model is told by what the model's trouble was.
impl ErrorType for AgentError {
    fn error_type(&self) -> Cow<'static, str> {
        match self {
            Self::Llm(error) => error.error_type(),
            Self::NoAnswer => Cow::Borrowed("no_answer"),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) answer: String,
    pub(crate) tools: Vec<String>,
    pub(crate) tokens: Tokens,
}

/// Tokens of all calls to the model for one question.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) output: u64,
}

impl Tokens {
    fn add(&mut self, usage: Option<&TokenUsage>) {
        if let Some(usage) = usage {
            self.input += usage.prompt_tokens;
            self.output += usage.completion_tokens;
        }
    }
}

/// A piece of a streamed answer; [`Part::End`] is the last.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    End { tools: Vec<String>, tokens: Tokens },
}

pub(crate) struct Researcher {
    pub(crate) llm: LlmClient,
    pub(crate) toolbox: Toolbox,
}

/// What is known before the answer is written.
struct Research {
    conversation: Vec<Message>,
    tools: Vec<String>,
    tokens: Tokens,
    /// The model answered at once, without tools.
    answer: Option<String>,
}

impl Researcher {
    /// Answers as a whole.
    #[track_agent_execution("researcher")]
    pub(crate) async fn answer(&self, question: &str) -> Result<Answer, AgentError> {
        let Research { conversation, tools, mut tokens, answer } = self.research(question).await?;
        if let Some(answer) = answer {
            return Ok(Answer { answer, tools, tokens });
        }
        let response = self.llm.chat(&conversation, None).await?;
        tokens.add(response.usage.as_ref());
        let answer = message_of(response)?.content.ok_or(AgentError::NoAnswer)?;
        Ok(Answer { answer, tools, tokens })
    }

    /// Answers piece by piece. The plan and the tools are done when this returns; the run that is tracked ends with the stream.
    #[track_agent_execution("researcher")]
    pub(crate) async fn answer_stream(
        &self,
        question: &str,
    ) -> Result<BoxStream<'static, Result<Part, AgentError>>, AgentError> {
        let Research { conversation, tools, mut tokens, answer } = self.research(question).await?;
        let mut chunks = match &answer {
            Some(_) => None,
            None => Some(self.llm.chat_stream(&conversation).await?),
        };
        let parts = try_stream! {
            if let Some(answer) = answer {
                yield Part::Text(answer);
            }
            while let Some(chunks) = &mut chunks
                && let Some(chunk) = chunks.next().await
            {
                let chunk = chunk?;
                tokens.add(chunk.usage.as_ref());
                for text in chunk.choices.into_iter().filter_map(|choice| choice.delta.content) {
                    yield Part::Text(text);
                }
            }
            yield Part::End { tools, tokens };
        };
        Ok(parts.boxed())
    }

    async fn research(&self, question: &str) -> Result<Research, AgentError> {
        let mut conversation = vec![Message::system(INSTRUCTIONS), Message::user(question)];
        let plan = self.llm.chat(&conversation, Some(&Toolbox::definitions())).await?;
        let mut tokens = Tokens::default();
        tokens.add(plan.usage.as_ref());
        let message = message_of(plan)?;
        let calls = message.tool_calls.clone().unwrap_or_default();
        if calls.is_empty() {
            let answer = Some(message.content.ok_or(AgentError::NoAnswer)?);
            return Ok(Research { conversation, tools: Vec::new(), tokens, answer });
        }
        conversation.push(message);
        let results = join_all(calls.iter().map(|call| self.toolbox.run(call))).await;
        conversation.extend(calls.iter().zip(results).map(|(call, result)| Message::tool(&call.id, result)));
        let tools = calls.into_iter().map(|call| call.function.name).collect();
        Ok(Research { conversation, tools, tokens, answer: None })
    }
}

fn message_of(response: ChatResponse) -> Result<Message, AgentError> {
    let Choice { message, .. } = response.choices.into_iter().next().ok_or(AgentError::NoAnswer)?;
    Ok(message)
}

#[cfg(test)]
mod tests;
