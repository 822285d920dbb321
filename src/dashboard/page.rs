//! The page: one file without anything from the network, in the looks of the report.

use crate::report::look;

/// The page with its styles and its script, which carry the `nonce` of this answer.
pub fn page(nonce: &str) -> String {
    include_str!("page.html")
        .replace("/*LOOK*/", &look())
        .replace("/*SCRIPT*/", include_str!("page.js"))
        .replace("NONCE", nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_the_page_asks_only_this_server() {
        let page = page("7f");
        for never in ["http:", "https:", "@import", "url(", "src=", "innerHTML", "style=\"", "onclick", "NONCE"] {
            assert!(!page.contains(never) || never == "http:" && page.matches(never).count() == 1, "{never}");
        }
        // The name of the language of figures is no address that is asked.
        assert!(page.contains("http://www.w3.org/2000/svg") && page.matches("nonce=\"7f\"").count() == 2);
    }
}
