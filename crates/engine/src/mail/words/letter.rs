//! A letter: one text and one clear button, written as text and as HTML.

use super::{super::Mail, Fact};
use stint_domain::id::RequestId;

/// What a mail is made of.
#[derive(Clone, Debug)]
pub(in crate::mail) struct Letter {
    /// The subject, after `PIM: `.
    pub(super) subject: String,
    /// The first sentence.
    pub(super) lead: String,
    /// Who, what, where, when and why.
    pub(super) facts: Vec<Fact>,
    /// Where the button leads.
    pub(super) link: String,
    /// What the button says.
    pub(super) button: &'static str,
    /// Why one gets this.
    pub(super) why: String,
    /// The request that the mails of one thread are about.
    pub(super) thread: Option<RequestId>,
    /// Whether whoever reads it has to do something: such a letter comes even where only critical mail is wanted.
    pub(in crate::mail) asks_for_an_act: bool,
}

/// What a mail program that knows nothing of the dark shows stands in the elements; this is for the others, and for phones.
const STYLE: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
    @media (prefers-color-scheme:dark){.page{background:#1b1b1b!important;color:#f3f3f3!important}\
    .quiet{color:#b9b9b9!important}.button{background:#4cb4c8!important;color:#00191e!important}}\
    @media (max-width:480px){.page{padding:16px!important}.fact td{display:block!important;padding:0 0 8px!important}\
    .fact td.quiet{padding:0!important}.button{display:block!important;text-align:center!important}}";

impl Letter {
    /// The mail to one address.
    pub(in crate::mail) fn write(&self, to: &str) -> Mail {
        Mail {
            to: to.to_owned(),
            subject: format!("PIM: {}", self.subject),
            text: self.text(),
            html: self.html(),
            thread: self.thread,
            resets: None,
        }
    }

    fn text(&self) -> String {
        let facts: Vec<_> = self.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let Self { lead, button, link, why, .. } = self;
        format!("{lead}\n\n{}\n\n{button}:\n{link}\n\n{why}\n", facts.join("\n"))
    }

    fn html(&self) -> String {
        let fact = |(name, value): &Fact| {
            format!(
                "<tr class=\"fact\"><td class=\"quiet\" style=\"padding:4px 16px 4px 0;color:#5b6270;vertical-align:top\">{}</td>\
                 <td style=\"padding:4px 0;overflow-wrap:anywhere\">{}</td></tr>",
                escaped(name),
                escaped(value)
            )
        };
        let facts: String = self.facts.iter().map(fact).collect();
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
             <title>{subject}</title><style>{STYLE}</style></head>\
             <body class=\"page\" style=\"margin:0;padding:24px;font:16px/1.5 system-ui,'Segoe UI',sans-serif;\
             background:#ffffff;color:#1b1b1b\"><div style=\"max-width:560px;margin:0 auto\">\
             <p style=\"margin:0 0 16px\">{lead}</p>\
             <table role=\"presentation\" style=\"border-collapse:collapse;font-size:15px\">{facts}</table>\
             <p style=\"margin:24px 0\"><a class=\"button\" href=\"{link}\" style=\"display:inline-block;padding:12px 20px;\
             border-radius:6px;background:#0f6273;color:#ffffff;text-decoration:none;font-weight:600\">{button}</a></p>\
             <p class=\"quiet\" style=\"color:#5b6270;font-size:13px\">{why}</p></div></body></html>",
            subject = escaped(&self.subject),
            lead = escaped(&self.lead),
            link = escaped(&self.link),
            button = escaped(self.button),
            why = escaped(&self.why),
        )
    }
}

/// SECURITY: whatever a person typed stays text in a mail.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_letter_is_markup() {
        let hostile = "<b onmouseover='x'>&\"";
        let letter = Letter {
            subject: hostile.to_owned(),
            lead: hostile.to_owned(),
            facts: vec![("Reason", hostile.to_owned())],
            link: hostile.to_owned(),
            button: "Go",
            why: hostile.to_owned(),
            thread: None,
            asks_for_an_act: false,
        };
        let mail = letter.write("mira@contoso.example");
        assert!(!mail.html.contains("<b "), "{}", mail.html);
        assert_eq!(mail.html.matches("&lt;b onmouseover=&#39;x&#39;&gt;&amp;&quot;").count(), 5);
        assert!(mail.subject.starts_with("PIM: "));
        assert_eq!(mail.html.matches("<a ").count(), 1, "one clear button");
    }
}
