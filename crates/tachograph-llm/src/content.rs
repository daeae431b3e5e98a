//! Prompts and answers in the conventions' JSON form.
