//! A system that is asked whether a ticket is good for an activation.

use super::EnablementRule;
use serde::{Deserialize, Serialize};

/// Which system is asked about a ticket, and what holds where it does not answer. Not of Entra.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketCheck {
    /// Where: https, or http on the same machine.
    pub url: String,
    /// How many seconds it has.
    #[serde(default = "usual")]
    pub timeout_seconds: u8,
    /// What happens where it has not answered by then, or with nonsense.
    #[serde(default)]
    pub without_answer: WithoutAnswer,
}

/// What happens to an activation whose ticket nobody has vouched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithoutAnswer {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes on, and the audit log says that the ticket was not checked.
    LetThrough,
}

const fn usual() -> u8 {
    TicketCheck::USUAL_SECONDS
}

impl TicketCheck {
    /// How many seconds a system has where nothing else is said.
    pub const USUAL_SECONDS: u8 = 3;
    /// How many it has at most: whoever activates waits so long.
    pub const MOST_SECONDS: u8 = 10;
    /// The longest address.
    pub const LONGEST_URL: usize = 300;

    /// Whether it can be asked so.
    pub fn is_fit(&self) -> bool {
        (1..=Self::MOST_SECONDS).contains(&self.timeout_seconds) && is_allowed(&self.url)
    }

    /// The address, the time and what happens without an answer: "..., 3 seconds; without an answer refuse".
    pub fn in_words(&self) -> String {
        let seconds = match self.timeout_seconds {
            1 => "1 second".to_owned(),
            seconds => format!("{seconds} seconds"),
        };
        let otherwise = match self.without_answer {
            WithoutAnswer::Refuse => "refuse",
            WithoutAnswer::LetThrough => "let through and note it",
        };
        format!("{}, {seconds}; without an answer {otherwise}", self.url)
    }
}

impl EnablementRule {
    /// Which system is asked about a ticket, in words.
    pub fn ticket_check_in_words(&self) -> String {
        self.ticket_check.as_ref().map_or_else(|| "None".to_owned(), TicketCheck::in_words)
    }
}

/// SECURITY: what is asked crosses a network encrypted, or none: https, or http to this machine by its own name or address.
fn is_allowed(url: &str) -> bool {
    if url.len() > TicketCheck::LONGEST_URL
        || !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    {
        return false;
    }
    let (rest, is_https) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return false,
    };
    if rest.contains('#') {
        return false;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
    let is_name = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
    };
    let is_six = |host: &str| {
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let is_this_machine = || {
        host.eq_ignore_ascii_case("localhost")
            || host == "[::1]"
            || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    };
    port.is_none_or(is_port) && (is_name(host) || is_six(host)) && (is_https || is_this_machine())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_asked_in_secret_or_on_this_machine() {
        for (url, good) in [
            ("https://itsm.contoso.example/api/check", true),
            ("https://itsm.contoso.example:8443/?x=1", true),
            ("https://10.0.0.7", true),
            ("https://[2001:db8::1]:8443/x", true),
            ("http://127.0.0.1:9/x", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:9/x", true),
            ("http://localhost:9/x", true),
            ("http://itsm.contoso.example/x", false),
            ("http://127.0.0.1.contoso.example/x", false),
            ("http://localhost.contoso.example", false),
            ("http://127.0.0.1@contoso.example/", false),
            ("http://[::ffff:10.0.0.7]/", false),
            ("http://2130706433/", false),
            ("https://user:password@contoso.example", false),
            ("https://", false),
            ("https:///x", false),
            ("https://x:99999/", false),
            ("https://x:/", false),
            ("https://x/#y", false),
            ("https://x/ y", false),
            ("https://x\\@y", false),
            ("ftp://x", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(is_allowed(url), good, "{url}");
        }
        assert!(!is_allowed(&format!("https://x/{}", "y".repeat(300))));
    }

    #[test]
    fn it_has_a_few_seconds() {
        let check = |seconds| TicketCheck {
            url: "https://x".to_owned(),
            timeout_seconds: seconds,
            without_answer: WithoutAnswer::LetThrough,
        };
        for (seconds, good) in [(0, false), (1, true), (10, true), (11, false)] {
            assert_eq!(check(seconds).is_fit(), good, "{seconds}");
        }
        assert_eq!(check(1).in_words(), "https://x, 1 second; without an answer let through and note it");
        let read: TicketCheck = serde_json::from_str(r#"{"url": "https://x"}"#).unwrap();
        assert_eq!(
            read,
            TicketCheck { timeout_seconds: 3, without_answer: WithoutAnswer::Refuse, ..check(1) }
        );
        let old: EnablementRule = serde_json::from_str(r#"{"enabledRules": ["Ticketing"]}"#).unwrap();
        assert_eq!((old.ticket_check.clone(), old.ticket_check_in_words()), (None, "None".to_owned()));
        assert!(!serde_json::to_string(&old).unwrap().contains("ticketCheck"));
    }
}
