//! `-o custom-columns`, and values as Go prints them.

use ordinal_api::Value;
use ordinal_api::go;
use ordinal_api::list::IntoList;

use super::jsonpath::{Template, parse, relaxed};
use super::table::Widths;
use crate::Output;

/// What is said where columns are asked for and none is named.
pub(crate) const NOTHING_GIVEN: &str =
    "custom-columns format specified but no custom columns given";

/// Column headers and what stands in them.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    headers: Vec<String>,
    /// What reads each column, or why it cannot be read: that is said below the header.
    paths: Vec<Result<Template, String>>,
    widths: Widths,
    headed: bool,
}

impl Columns {
    /// Reads `NAME:.metadata.name,NODE:.spec.nodeName`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(spec: &str) -> Result<Self, String> {
        if spec.is_empty() {
            return Err(NOTHING_GIVEN.to_owned());
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let Some((header, path)) = part.split_once(':') else {
                return Err(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ));
            };
            columns.push((header.to_owned(), parse(&relaxed(path)?)));
        }
        Ok(Self::of(columns))
    }

    /// Reads the two lines of a file: headers and paths.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_file(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let (Some(headers), Some(paths)) = (lines.next(), lines.next()) else {
            return Err("invalid template, missing headers or paths line. Expected format is two lines of whitespace separated values".to_owned());
        };
        let headers: Vec<&str> = headers.split_whitespace().into_list();
        let paths: Vec<&str> = paths.split_whitespace().into_list();
        if headers.len() != paths.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            ));
        }
        let mut columns = Vec::new();
        for (header, path) in headers.into_iter().zip(paths) {
            columns.push((header.to_owned(), parse(&relaxed(path)?)));
        }
        Ok(Self::of(columns))
    }

    fn of(columns: Vec<(String, Result<Template, String>)>) -> Self {
        let (headers, paths) = columns.into_iter().unzip();
        Self {
            headers,
            paths,
            widths: Widths::default(),
            headed: false,
        }
    }

    /// The rows of some objects, below a header the first time.
    ///
    /// # Errors
    /// As [`Template::find`].
    pub(crate) fn print(&mut self, objects: &[&Value], no_headers: bool) -> Result<String, Output> {
        let mut rows = Vec::new();
        if !self.headed && !no_headers {
            rows.push(self.headers.clone());
            self.headed = true;
        }
        let mut paths = Vec::new();
        for path in &self.paths {
            match path {
                Ok(path) => paths.push(path),
                Err(why) => {
                    let mut output = Output::error(why);
                    output.stdout = self.widths.lines(&rows);
                    return Err(output);
                }
            }
        }
        for object in objects {
            let mut row = Vec::new();
            for path in &paths {
                let found = path.find(object).map_err(|why| Output {
                    stdout: self.widths.lines(&rows),
                    ..Output::error(why)
                })?;
                let words: Vec<String> = found.iter().flatten().map(go::text).into_list();
                let none = found.first().is_none_or(Vec::is_empty);
                row.push(if none {
                    "<none>".to_owned()
                } else {
                    words.join(",")
                });
            }
            rows.push(row);
        }
        Ok(self.widths.lines(&rows))
    }
}
