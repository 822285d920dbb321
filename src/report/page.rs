//! The page around the figures.

use std::fmt::Write as _;

use super::figure::{Figure, STYLE};
use super::text::escape;

/// All that the page says.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub title: String,
    /// One sentence below the title.
    pub lead: String,
    pub sections: Vec<Section>,
    /// Names and values of where the file comes from.
    pub provenance: Vec<(String, String)>,
    /// Texts that are folded away at first: what each is called, and its lines.
    pub folded: Vec<(String, String)>,
}

/// A heading with what belongs to it.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub heading: String,
    pub text: String,
    /// Rows of a table: a name and what is said of it.
    pub rows: Vec<(String, String)>,
    /// Lines to copy into a terminal.
    pub commands: Vec<String>,
    pub figures: Vec<Figure>,
}

const LOOK: &str = ":root{color-scheme:light dark;--page:#f3f5f8;--paper:#fff;--ink:#1d2733;--soft:#5b6773;\
--rule:#dfe4ea}@media (prefers-color-scheme:dark){:root{--page:#0f1419;--paper:#171d24;--ink:#e4e9ef;--soft:#9eabb8;\
--rule:#333d48}}*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 \
system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}main{max-width:1120px;margin:0 auto;padding:28px \
16px 48px}h1{font-size:1.7rem;line-height:1.2;margin:0 0 6px;overflow-wrap:anywhere}h2{font-size:1.2rem;margin:36px 0 \
10px}p{margin:0 0 10px;max-width:72ch}.lead{color:var(--soft)}.figures{display:grid;gap:16px;align-items:start;\
grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr))}figure{margin:0;padding:10px;background:var(--paper);\
border:1px solid var(--rule);border-radius:8px;break-inside:avoid}figure svg{display:block;width:100%;max-width:560px;\
height:auto;margin:0 auto}figcaption{font-size:.85rem;color:var(--soft);padding:6px 8px 2px}table{border-collapse:\
collapse;width:100%;background:var(--paper);border:1px solid var(--rule);font-size:.92rem}th,td{text-align:left;\
vertical-align:top;padding:6px 12px;border-top:1px solid var(--rule);overflow-wrap:anywhere}th{font-weight:500;\
color:var(--soft);width:12rem}pre{background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:12px;\
overflow-x:auto;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,'Liberation Mono',monospace}details{margin-top:14px}\
summary{cursor:pointer;font-weight:500}@media (max-width:600px){th{width:38%}h1{font-size:1.4rem}}\
@media print{:root{--page:#fff;--paper:#fff;--ink:#000;--soft:#444;--rule:#ccc}body{font-size:11pt}main{max-width:none;\
padding:0}pre{white-space:pre-wrap}}";

/// How pages and their figures look, for whoever makes another page.
#[must_use]
pub fn look() -> String {
    format!("{LOOK}{STYLE}")
}

impl Page {
    /// The whole file.
    #[must_use]
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"><title>{title}</title><link rel=\"icon\" href=\"data:,\">\
             <style>{}</style></head>\n<body><main>\n<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n",
            look(),
            escape(&self.lead)
        );
        for section in &self.sections {
            out += &section.html();
        }
        let _ = write!(out, "<section><h2>What ran</h2>{}", table(&self.provenance));
        for (name, text) in &self.folded {
            let _ = writeln!(
                out,
                "<details><summary>{}</summary><pre tabindex=\"0\">{}</pre></details>",
                escape(name),
                escape(text)
            );
        }
        out + "</section>\n</main></body></html>\n"
    }

    /// All figures, in order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.sections.iter().flat_map(|section| &section.figures)
    }
}

impl Section {
    fn html(&self) -> String {
        let mut out = format!("<section><h2>{}</h2>\n", escape(&self.heading));
        if !self.text.is_empty() {
            let _ = writeln!(out, "<p>{}</p>", escape(&self.text));
        }
        if !self.figures.is_empty() {
            out += "<div class=\"figures\">\n";
            for figure in &self.figures {
                let (svg, caption) = (figure.inline(), escape(&figure.caption));
                let _ = writeln!(out, "<figure>{svg}<figcaption>{caption}</figcaption></figure>");
            }
            out += "</div>\n";
        }
        out += &table(&self.rows);
        if !self.commands.is_empty() {
            let _ = writeln!(out, "<pre tabindex=\"0\">{}</pre>", escape(&self.commands.join("\n")));
        }
        out + "</section>\n"
    }
}

fn table(rows: &[(String, String)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let row = |(name, value): &(String, String)| {
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(name), escape(value))
    };
    format!("<table>{}</table>\n", rows.iter().map(row).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_a_page_asks_for_nothing_and_runs_nothing() {
        let deck = ("The deck".to_owned(), "title: <script>alert(1)</script> & more".to_owned());
        let page = Page { title: "A <b>".to_owned(), folded: vec![deck], ..Page::default() }.html();
        for never in ["<script", "http:", "https:", "@import", "url(", "<b>"] {
            assert!(!page.contains(never), "{never}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
    }
}
