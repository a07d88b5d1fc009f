//! The card on which somebody comes in: signing in, the first start, a password that was forgotten or has to be changed.

use crate::components::{Field as FormField, MessageBar, MessageKind, TextInput, ThemeToggle};
use crate::error::AppError;
use leptos::prelude::*;
use leptos_meta::Title;

/// The card.
#[component]
pub(super) fn Entrance(
    /// What the page is for.
    title: &'static str,
    /// A sentence below it.
    #[prop(into)]
    lead: String,
    /// What there is to do.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title />
        <main class="sign-in" id="main">
            <div class="sign-in-card">
                <div class="sign-in-brand">
                    <img src="/favicon.svg" alt="" width="24" height="24" />
                    "Stint"
                    <ThemeToggle />
                </div>
                <div>
                    <h1>{title}</h1>
                    <p class="secondary">{lead}</p>
                </div>
                {children()}
            </div>
        </main>
    }
    .into_any()
}

/// Says why a link opens nothing, and what to do instead.
#[component]
pub(super) fn DeadLink(
    /// Why.
    error: AppError,
    /// What to do instead.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="stack">
            <MessageBar kind=MessageKind::Error>{error.to_string()}</MessageBar>
            <p>{children()}</p>
        </div>
    }
    .into_any()
}

/// A new password, typed twice.
#[component]
pub(super) fn NewPasswordFields(
    /// What is wrong with it.
    error: Option<String>,
    /// What is wrong with the second time.
    error_again: Option<String>,
) -> impl IntoView {
    view! {
        <FormField
            label="New password"
            for_id="password"
            required=true
            hint=Some("At least 12 characters. Several words that have nothing to do with each other are a good one.".to_owned())
            error=Signal::stored(error)
        >
            <TextInput id="password" name="password" kind="password" autocomplete="new-password" maxlength=256 />
        </FormField>
        <FormField label="New password again" for_id="password_again" required=true error=Signal::stored(error_again)>
            <TextInput id="password_again" name="password_again" kind="password" autocomplete="new-password" maxlength=256 />
        </FormField>
    }
    .into_any()
}

/// Takes a new password that was typed twice, or notes what is wrong with it.
pub(super) fn take_new_password(
    check: &mut crate::form::Check,
    password: &str,
    again: &str,
) -> Option<stint_domain::text::NewPassword> {
    use stint_domain::{refusal::Field, text::NewPassword};
    let parsed = check.take(Field::Password, NewPassword::parse(password));
    if parsed.is_some() && password != again {
        check.missing(Field::PasswordAgain, "This is not the same password.");
        return None;
    }
    parsed
}
