//! What was asked, and how often everything happened because of it.

mod counted;

use std::collections::BTreeSet;

use crate::service::{Answer, Service};

/// What the service was started with.
#[derive(Clone, Copy)]
pub(crate) enum Stores {
    /// SQLite, and the cache in the process.
    Embedded,
    /// PostgreSQL and Redis.
    Servers,
}

/// Questions with their answers, of a service that started with an empty cache and was asked nothing else.
#[derive(Default)]
pub(crate) struct Asked {
    whole: Vec<(String, Answer)>,
    streamed: Vec<(String, Answer)>,
}

impl Asked {
    pub(crate) fn ask(&mut self, service: &Service, question: &str) -> Answer {
        let answer = service.ask(question);
        self.whole.push((question.to_owned(), answer.clone()));
        answer
    }

    pub(crate) fn stream(&mut self, service: &Service, question: &str) -> Answer {
        let answer = service.stream(question);
        self.streamed.push((question.to_owned(), answer.clone()));
        answer
    }

    /// Takes over what others asked of the same service.
    pub(crate) fn add(&mut self, others: Self) {
        self.whole.extend(others.whole);
        self.streamed.extend(others.streamed);
    }

    /// A question of each sort: with each tool, again (found in the cache), without tools, with two, and streamed.
    pub(crate) fn of_each_sort(service: &Service) -> Self {
        let mut asked = Self::default();
        let answer = asked.ask(service, "What is helium used for?");
        assert!(answer.answer.contains("superconducting magnets"), "{answer:?}");
        assert_eq!(answer.tools, ["search"]);
        let answer = asked.ask(service, "What is 12 * (3 + 4)?");
        assert_eq!((answer.answer.as_str(), answer.tools), ("12 * (3 + 4) = 84.", vec!["calculate".to_owned()]));
        asked.ask(service, "What is helium used for?");
        assert_eq!(asked.ask(service, "What is this?").tools, [""; 0]);
        assert_eq!(asked.ask(service, "What is neon, and what is 6 * 7?").tools, ["calculate", "search"]);
        let answer = asked.stream(service, "Tell me about neodymium");
        assert!(answer.answer.starts_with("Neodymium (symbol Nd) is a lanthanide"), "{answer:?}");
        let answer = asked.ask(service, "Convert 1085 celsius to kelvin");
        assert_eq!(
            (answer.answer.as_str(), answer.tools),
            ("1085 celsius = 1358.15 kelvin.", vec!["convert".to_owned()])
        );
        assert_eq!(asked.stream(service, "A table of 0 to 10 km in miles").tools, ["tabulate"]);
        asked
    }

    pub(crate) fn requests(&self) -> usize {
        self.whole.len() + self.streamed.len()
    }

    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.questions().map(|(_, answer)| answer)
    }

    /// Spans of all requests: request, agent, calls to the model with their requests, tools; for a search the cache and the database; and for a tool of
    /// the tool service, which is in the same process, both ends of the call.
    pub(crate) fn spans(&self) -> usize {
        let remote = self.runs_of("convert") + self.runs_of("tabulate");
        let tools = self.runs_of("calculate") + self.runs_of("search") + remote;
        let (lookups, writes, queries) = (self.runs_of("search"), self.misses(), self.misses());
        2 * self.requests() + 2 * self.llm_calls() + tools + lookups + writes + queries + 2 * remote
    }

    /// Input and output tokens by the answers.
    pub(crate) fn tokens(&self) -> (f64, f64) {
        let sum = |of: fn(&Answer) -> u64| self.answers().map(of).sum::<u64>() as f64;
        (sum(|answer| answer.tokens.input), sum(|answer| answer.tokens.output))
    }

    fn questions(&self) -> impl Iterator<Item = &(String, Answer)> {
        self.whole.iter().chain(&self.streamed)
    }

    fn runs_of(&self, tool: &str) -> usize {
        self.answers().flat_map(|answer| &answer.tools).filter(|name| *name == tool).count()
    }

    /// Searches for the first time, which the cache cannot know.
    fn misses(&self) -> usize {
        let searched = self.questions().filter(|(_, answer)| answer.tools.iter().any(|tool| tool == "search"));
        searched.map(|(question, _)| question).collect::<BTreeSet<_>>().len()
    }

    /// Searches for what was searched for before.
    fn hits(&self) -> usize {
        self.runs_of("search") - self.misses()
    }

    /// Calls to the model: one that answers or wants tools, and one after the tools.
    fn llm_calls(&self) -> usize {
        self.answers().map(|answer| if answer.tools.is_empty() { 1 } else { 2 }).sum()
    }
}
