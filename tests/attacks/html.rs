//! Pages as a browser reads them.

use scraper::{ElementRef, Html, Node, Selector};

/// Attributes that lead somewhere.
pub const LINKS: &[&str] = &["href", "src", "action", "formaction"];

/// What markup of ours is never called: an element or an attribute of this name was injected.
pub const MARK: &str = "stint-pwned";

fn elements(document: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    document.root_element().descendent_elements()
}

/// The attributes of these names, each with the name of its element.
pub fn attributes(page: &str, names: &[&str]) -> Vec<(String, String)> {
    let document = Html::parse_document(page);
    let of = |element: ElementRef<'_>| {
        let name = element.value().name().to_owned();
        let found = element.value().attrs().filter(|(attribute, _)| names.contains(attribute));
        found.map(|(_, value)| (name.clone(), value.to_owned())).collect::<Vec<_>>()
    };
    elements(&document).flat_map(of).collect()
}

/// What somebody injected into a page, as far as a browser would take it for markup.
pub fn injected(page: &str) -> Vec<String> {
    let document = Html::parse_document(page);
    let mut found = Vec::new();
    for element in elements(&document) {
        let name = element.value().name();
        // None of our pages has these.
        if name == MARK || ["iframe", "object", "embed", "base", "frame", "applet"].contains(&name) {
            found.push(format!("<{name}>"));
        }
        if name == "script" && element.attr("nonce").is_none_or(str::is_empty) {
            found.push("a script without a nonce".to_owned());
        }
        if name == "meta" && element.attr("http-equiv").is_some() {
            found.push("<meta http-equiv>".to_owned());
        }
        for (attribute, value) in element.value().attrs() {
            let scheme: String =
                value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(11).collect();
            let scheme = scheme.to_lowercase();
            let is_act = ["javascript:", "vbscript:", "data:"].iter().any(|act| scheme.starts_with(act));
            if attribute.contains(MARK) || attribute.starts_with("on") || attribute == "srcdoc" {
                found.push(format!("<{name} {attribute}>"));
            } else if LINKS.contains(&attribute) && is_act {
                found.push(format!("<{name} {attribute}={value:?}>"));
            }
        }
    }
    found
}

/// Everything in a page, in no order: each element with its attributes, each text, each script; without nonces.
pub fn parts(page: &str) -> Vec<String> {
    let document = Html::parse_document(page);
    let mut parts: Vec<_> = document
        .root_element()
        .descendants()
        .filter_map(|node| match node.value() {
            Node::Text(text) => Some(text.to_string()),
            Node::Element(element) => {
                let attributes = element.attrs().filter(|(name, _)| !["nonce", "crossorigin"].contains(name));
                Some(format!("<{} {:?}>", element.name(), attributes.collect::<Vec<_>>()))
            }
            _ => None,
        })
        .collect();
    parts.sort();
    parts
}

/// A form of a page.
pub struct Form {
    /// Where it is sent to, as it stands there.
    pub action: String,
    /// Whether it is posted.
    pub is_post: bool,
    /// What it sends besides.
    pub rest: Vec<(String, String)>,
    /// The fields into which people type.
    pub texts: Vec<String>,
}

/// The forms of a page.
pub fn forms(page: &str) -> Vec<Form> {
    let document = Html::parse_document(page);
    let (form, field) =
        (Selector::parse("form").unwrap(), Selector::parse("input, textarea, select").unwrap());
    let of = |form: ElementRef<'_>| {
        let (mut rest, mut texts) = (Vec::new(), Vec::new());
        for field in
            form.select(&field).filter(|field| field.attr("name").is_some_and(|name| !name.is_empty()))
        {
            let name = field.attr("name").unwrap().to_owned();
            match (field.value().name(), field.attr("type").unwrap_or("text")) {
                ("textarea", _) | ("input", "text" | "search" | "email" | "url" | "password" | "number") => {
                    texts.push(name);
                }
                ("input", "date" | "datetime-local") => texts.push(name),
                _ => rest.push((name, field.attr("value").unwrap_or_default().to_owned())),
            }
        }
        let is_post = form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        Form { action: form.attr("action").unwrap_or_default().to_owned(), is_post, rest, texts }
    };
    document.select(&form).map(of).collect()
}
