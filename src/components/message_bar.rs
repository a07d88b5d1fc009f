use leptos::prelude::*;

use super::Icon;

/// What a message means for the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageKind {
    /// Good to know.
    #[default]
    Info,
    /// It worked.
    Success,
    /// Look out.
    Warning,
    /// It did not work.
    Error,
}

impl MessageKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "message message-info",
            Self::Success => "message message-success",
            Self::Warning => "message message-warning",
            Self::Error => "message message-error",
        }
    }

    /// Icon of the sprite, and a word for those who do not see it.
    pub(super) const fn icon(self) -> (&'static str, &'static str) {
        match self {
            Self::Info => ("info", "Note: "),
            Self::Success => ("success", "Done: "),
            Self::Warning => ("warning", "Warning: "),
            Self::Error => ("error", "Error: "),
        }
    }
}

/// A message about the page, where it belongs in the page.
#[component]
pub fn MessageBar(
    /// What it means.
    #[prop(optional)]
    kind: MessageKind,
    /// A few words before it, in bold.
    #[prop(optional_no_strip, into)]
    title: Option<String>,
    /// The message, with links where something can be done.
    children: Children,
) -> impl IntoView {
    let (icon, word) = kind.icon();
    let role = if kind == MessageKind::Error { "alert" } else { "status" };
    view! {
        <div class=kind.class() role=role>
            <Icon name=icon />
            <div class="message-text">
                <span class="visually-hidden">{word}</span>
                {title.map(|text| view! { <strong>{text}</strong> " " })}
                {children()}
            </div>
        </div>
    }
    .into_any()
}
