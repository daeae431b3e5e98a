//! `generateContent`, after <https://ai.google.dev/api/generate-content>. Names are in camel case or, as JSON from protobuf may be, in
//! snake case.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::ContentKind;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Tool, Value},
    ends::{First, Newest, TextOr},
    media::Media,
};
use crate::json::{Lenient, Object, Text, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow, alias = "system_instruction")]
    system_instruction: Object<Content<'a>>,
    contents: Lenient<TextOr<'a, Newest<Content<'a>>>>,
    tools: First<Declarations<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Content<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    parts: First<GeminiPart<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct GeminiPart<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    thought: Lenient<bool>,
    #[serde(alias = "inline_data")]
    inline_data: Object<Data<'a>>,
    #[serde(alias = "file_data")]
    file_data: Object<Data<'a>>,
    #[serde(alias = "function_call")]
    function_call: Object<Call<'a>>,
    #[serde(alias = "function_response")]
    function_response: Object<Call<'a>>,
    #[serde(alias = "executable_code")]
    executable_code: Object<Nothing>,
    #[serde(alias = "code_execution_result")]
    code_execution_result: Object<Nothing>,
}

/// An object of which only its being there matters.
#[derive(Debug, Default, Deserialize)]
struct Nothing {}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Data<'a> {
    #[serde(borrow, alias = "mime_type")]
    mime_type: Text<'a>,
    data: Text<'a>,
    #[serde(alias = "file_uri")]
    file_uri: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    args: Option<&'a RawValue>,
    response: Option<&'a RawValue>,
}

/// The functions of one tool, or a tool of the provider's own under its name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Declarations<'a> {
    #[serde(borrow, alias = "function_declarations")]
    function_declarations: First<Function<'a>>,
    #[serde(alias = "google_search")]
    google_search: Object<Nothing>,
    #[serde(alias = "code_execution")]
    code_execution: Object<Nothing>,
    #[serde(alias = "url_context")]
    url_context: Object<Nothing>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    description: Text<'a>,
    parameters: Option<&'a RawValue>,
    #[serde(alias = "parameters_json_schema")]
    parameters_json_schema: Option<&'a RawValue>,
}

pub(super) fn read(body: &[u8]) -> Option<Conversation<'_>> {
    let body: Body<'_> = parse(body)?;
    let instructions = body.system_instruction.0.unwrap_or_default().parts;
    let mut tools = Listed::default();
    for declarations in body.tools.into_iter() {
        declarations.read(&mut tools);
    }
    Some(Conversation {
        instructions: parts(instructions, ContentKind::SystemInstructions),
        messages: match body.contents.0 {
            Some(TextOr::Text(text)) => vec![Message::prompt(text)].into(),
            Some(TextOr::Objects(contents)) => Listed::map(contents, |content| {
                let role = Role::of(content.role.0);
                let parts = parts(content.parts, role.kind());
                Message::new(role, parts)
            }),
            None => Listed::default(),
        },
        tools,
    })
}

fn parts<'a>(parts: First<GeminiPart<'a>>, kind: ContentKind) -> Vec<Part<'a>> {
    parts.into_iter().filter_map(|part| part.read(kind)).collect()
}

impl<'a> GeminiPart<'a> {
    fn read(self, kind: ContentKind) -> Option<Part<'a>> {
        if let Some(text) = self.text.0 {
            return match self.thought.0 {
                _ if text.is_empty() => None,
                Some(true) => Some(Part::reasoning(text)),
                _ => Some(Part::text(kind, text)),
            };
        }
        if let Some(data) = self.inline_data.0 {
            let media = Media::inline(data.mime_type.0, "document", data.data.get().unwrap_or_default());
            return Some(Part::Media(kind, media));
        }
        if let Some(data) = self.file_data.0 {
            return Some(Part::Media(kind, Media::at(data.file_uri.0?, data.mime_type.0, "document")));
        }
        if let Some(call) = self.function_call.0 {
            let arguments = call.args.map(|args| Value::Json(args.get()));
            return Some(Part::ToolCall { id: call.id.0, name: call.name.0.unwrap_or_default(), arguments });
        }
        if let Some(call) = self.function_response.0 {
            let response = Value::Json(call.response.map_or("null", RawValue::get));
            return Some(Part::ToolResponse { id: call.id.0, name: call.name.0, response });
        }
        let other = match (self.executable_code.0, self.code_execution_result.0) {
            (Some(_), _) => "executable_code",
            (_, Some(_)) => "code_execution_result",
            _ => return None,
        };
        Part::other(kind, Cow::Borrowed(other))
    }
}

impl<'a> Declarations<'a> {
    fn read(self, tools: &mut Listed<Tool<'a>>) {
        tools.total += self.function_declarations.total();
        tools.kept.extend(self.function_declarations.into_iter().map(|function| Tool {
            sort: Cow::Borrowed("function"),
            name: function.name.0.unwrap_or_default(),
            description: function.description.0,
            parameters: function.parameters.or(function.parameters_json_schema).map(RawValue::get),
        }));
        let own = [
            (self.google_search, "google_search"),
            (self.code_execution, "code_execution"),
            (self.url_context, "url_context"),
        ];
        for (_, name) in own.into_iter().filter(|(tool, _)| tool.0.is_some()) {
            let name = Cow::Borrowed(name);
            tools.kept.push(Tool { sort: name.clone(), name, description: None, parameters: None });
            tools.total += 1;
        }
    }
}
