//! Tables for notebooks.

use std::fmt::{self, Display, Write};

/// Text in which the characters that HTML reserves are escaped.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

struct Escaper<'f, 'a>(&'f mut fmt::Formatter<'a>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            match char {
                '&' => self.0.write_str("&amp;")?,
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '"' => self.0.write_str("&quot;")?,
                other => self.0.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A table under a caption.
pub(crate) struct Table {
    html: String,
}

impl Table {
    pub(crate) fn new(caption: impl Display, headers: &[&str]) -> Self {
        let mut html = format!("<table><caption>{}</caption>", Escaped(caption));
        if !headers.is_empty() {
            html.push_str("<thead><tr>");
            for header in headers {
                push(&mut html, format_args!("<th>{}</th>", Escaped(header)));
            }
            html.push_str("</tr></thead>");
        }
        html.push_str("<tbody>");
        Self { html }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Display>) {
        self.html.push_str("<tr>");
        for cell in cells {
            push(&mut self.html, format_args!("<td style=\"text-align:left\">{}</td>", Escaped(cell)));
        }
        self.html.push_str("</tr>");
    }

    pub(crate) fn finish(mut self) -> String {
        self.html.push_str("</tbody></table>");
        self.html
    }
}

/// Writing to a `String` does not fail.
fn push(html: &mut String, text: fmt::Arguments<'_>) {
    let _ = html.write_fmt(text);
}
