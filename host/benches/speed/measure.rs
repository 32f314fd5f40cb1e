//! Figures, and the table they are printed in.

use std::time::Duration;

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub(crate) fn percentile(mut figures: Vec<f64>, percent: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() * percent / 100).min(figures.len() - 1)]
}

pub(crate) fn median(figures: Vec<f64>) -> f64 {
    percentile(figures, 50)
}

/// Rows of a name, a figure, the bound it is held against, and whether it holds.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    fn row(&mut self, name: &str, figure: String, bound: String, holds: bool) {
        let holds = if bound.is_empty() {
            ""
        } else if holds {
            "yes"
        } else {
            "NO"
        };
        eprintln!("{name}: {figure} {holds}");
        self.0.push([name.to_owned(), figure, bound, holds.to_owned()]);
    }

    /// A figure without a bound.
    pub(crate) fn note(&mut self, name: &str, figure: String) {
        self.row(name, figure, String::new(), true);
    }

    /// Microseconds, which hold on a quiet machine only.
    pub(crate) fn micros(&mut self, name: &str, figure: f64, max: f64) {
        let bound = if max.is_finite() { format!("under {max} us, quiet") } else { String::new() };
        self.row(name, format!("{figure:.2} us"), bound, figure < max);
    }

    /// A figure in a unit.
    pub(crate) fn below(&mut self, name: &str, figure: f64, unit: &str, max: f64) {
        self.row(name, format!("{figure:.2} {unit}"), format!("under {max} {unit}"), figure < max);
    }

    pub(crate) fn share(&mut self, name: &str, figure: f64, max: f64) {
        self.row(name, format!("{:.1} %", figure * 100.0), format!("under {} %", max * 100.0), figure < max);
    }

    /// A time, against another of the same run.
    pub(crate) fn ratio(&mut self, name: &str, figure: f64, to: f64, max: f64) {
        let ratio = figure / to;
        let bound = if max.is_finite() { format!("at most {max} x") } else { String::new() };
        self.row(name, format!("{figure:.2} us = {ratio:.2} x {to:.2}"), bound, ratio <= max);
    }

    /// Events a second, against those of a bare loop: of each round, both.
    pub(crate) fn at_least(&mut self, name: &str, rounds: &[(f64, f64)], min: f64) {
        let median = |figure: fn(&(f64, f64)) -> f64| median(rounds.iter().map(figure).collect());
        let ratio = median(|(figure, to)| figure / to);
        let (figure, to) = (median(|round| round.0) / 1e3, median(|round| round.1) / 1e3);
        let bound = format!("at least {min} x");
        self.row(name, format!("{figure:.1} k/s = {ratio:.2} x {to:.1}"), bound, ratio >= min);
    }

    pub(crate) fn print(&self) {
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (name, figure, bound) = (width(0), width(1), width(2));
        println!("\n| {:name$} | {:figure$} | {:bound$} | holds |", "what", "measured", "bound");
        let line = |width: usize| "-".repeat(width + 2);
        println!("|{}|{}|{}|-------|", line(name), line(figure), line(bound));
        for [what, measured, limit, holds] in &self.0 {
            println!("| {what:name$} | {measured:figure$} | {limit:bound$} | {holds:5} |");
        }
    }
}
