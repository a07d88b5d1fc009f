//! The tables.

use crate::measure::Times;
use std::fmt::Write as _;

/// What was measured, as Markdown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pages: String,
    work: String,
    facts: Vec<String>,
}

/// `1234.5` as `1,235`.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Report {
    /// One page on one database, beside the plain one.
    pub fn page(
        &mut self,
        label: &str,
        name: &str,
        times: &Times,
        plain: &Times,
        rate: f64,
        plain_rate: f64,
    ) {
        let ratio = rate / plain_rate;
        let line = format!(
            "| {label} | {name} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {ratio:.2} |",
            times.percentile(50),
            times.percentile(99),
            plain.percentile(50),
            plain.percentile(99),
            grouped(rate),
            grouped(plain_rate)
        );
        eprintln!("{line}");
        let _infallible = writeln!(self.pages, "{line}");
    }

    /// Something done so many times a second, beside the bare thing.
    pub fn work(&mut self, label: &str, name: &str, rate: f64, bare: f64) {
        let line =
            format!("| {label} | {name} | {} | {} | {:.2} |", grouped(rate), grouped(bare), rate / bare);
        eprintln!("{line}");
        let _infallible = writeln!(self.work, "{line}");
    }

    /// Permission checks in memory.
    pub fn memory_checks(&mut self, label: &str, rate: f64, grants: usize) {
        let line = format!(
            "| {label} | Permission checks in memory, one core, {grants} roles held | {} | | |",
            grouped(rate)
        );
        eprintln!("{line}");
        let _infallible = writeln!(self.work, "{line}");
    }

    /// A sentence.
    pub fn fact(&mut self, fact: String) {
        eprintln!("{fact}");
        self.facts.push(fact);
    }

    /// All of it.
    pub fn to_markdown(&self) -> String {
        format!(
            "### Pages\n\nTimes in ms with one connection, pages a second with eight; *plain* is an axum handler that reads the same rows \
             and formats the same table.\n\n\
             | database | page | p50 | p99 | plain p50 | plain p99 | pages/s | plain pages/s | ratio |\n\
             |---|---|--:|--:|--:|--:|--:|--:|--:|\n{}\n\
             ### Work\n\nA second, from 16 tasks; *bare* is one transaction that writes the same rows, or one look at the session.\n\n\
             | database | what | a second | bare | ratio |\n|---|---|--:|--:|--:|\n{}\n{}\n",
            self.pages,
            self.work,
            self.facts.iter().fold(String::new(), |text, fact| text + "- " + fact + "\n")
        )
    }
}
