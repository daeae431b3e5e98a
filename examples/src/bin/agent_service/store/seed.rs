//! The articles: two for each chemical element, made from a table of symbol, name, family and use.

use super::Article;

const ELEMENTS: &str = include_str!("elements.txt");

/// Atomic numbers of the noble gases (and 118), with which the periods end.
const PERIOD_ENDS: [usize; 7] = [2, 10, 18, 36, 54, 86, 118];

pub(super) fn articles() -> Vec<Article> {
    ELEMENTS.lines().zip(1..).flat_map(|(line, number)| of_element(line, number)).collect()
}

fn of_element(line: &str, number: usize) -> Vec<Article> {
    let mut fields = line.splitn(4, '|');
    let (Some(symbol), Some(name), Some(family), Some(usage)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Vec::new();
    };
    let period = 1 + PERIOD_ENDS.iter().filter(|end| **end < number).count();
    let body = format!("{name} (symbol {symbol}) is {family} with atomic number {number}, in period {period}.");
    let uses = Article { title: format!("Uses of {}", name.to_lowercase()), body: format!("{name} {usage}.") };
    vec![Article { title: name.to_owned(), body }, uses]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_makes_two_articles() {
        let articles = articles();
        assert_eq!(articles.len(), 2 * 118);
        assert_eq!(articles[3].body, "Helium cools superconducting magnets in MRI scanners and lifts balloons.");
        let iron = articles.iter().find(|article| article.title == "Iron").unwrap();
        assert_eq!(iron.body, "Iron (symbol Fe) is a transition metal with atomic number 26, in period 4.");
    }
}
