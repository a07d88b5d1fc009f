use leptos::prelude::*;

use super::Icon;

/// What stands behind a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarKind {
    /// A human being: a round one with initials.
    #[default]
    Person,
    /// Several: a square one.
    Group,
    /// A program: a square one.
    App,
}

/// A small picture of somebody, in one of eight tints that the name decides.
#[component]
pub fn Avatar(
    /// The name shown elsewhere; this one is decoration.
    #[prop(into)]
    name: String,
    /// What stands behind the name.
    #[prop(optional)]
    kind: AvatarKind,
) -> impl IntoView {
    match kind {
        AvatarKind::Person => view! {
            <span class=tint(&name) aria-hidden="true">{initials(&name)}</span>
        }
        .into_any(),
        AvatarKind::Group => view! {
            <span class="avatar avatar-square" aria-hidden="true"><Icon name="group" /></span>
        }
        .into_any(),
        AvatarKind::App => view! {
            <span class="avatar avatar-square" aria-hidden="true"><Icon name="app" /></span>
        }
        .into_any(),
    }
}

/// Somebody in a list: picture, name, and a second line.
#[component]
pub fn Persona(
    /// The name.
    #[prop(into)]
    name: String,
    /// A user name, an address, or what they are.
    #[prop(optional_no_strip, into)]
    secondary: Option<String>,
    /// Their page.
    #[prop(optional_no_strip, into)]
    href: Option<String>,
    /// What stands behind the name.
    #[prop(optional)]
    kind: AvatarKind,
) -> impl IntoView {
    let shown = match href {
        Some(href) => view! { <a class="persona-name" href=href>{name.clone()}</a> }.into_any(),
        None => view! { <span class="persona-name">{name.clone()}</span> }.into_any(),
    };
    view! {
        <span class="persona">
            <Avatar name=name kind=kind />
            <span class="persona-text">
                {shown}
                {secondary.map(|text| view! { <span class="persona-secondary">{text}</span> })}
            </span>
        </span>
    }
    .into_any()
}

fn initials(name: &str) -> String {
    let mut words =
        name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

fn tint(name: &str) -> &'static str {
    let hash = name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    match hash % 8 {
        0 => "avatar avatar-tint-0",
        1 => "avatar avatar-tint-1",
        2 => "avatar avatar-tint-2",
        3 => "avatar avatar-tint-3",
        4 => "avatar avatar-tint-4",
        5 => "avatar avatar-tint-5",
        6 => "avatar avatar-tint-6",
        _ => "avatar avatar-tint-7",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last() {
        assert_eq!(initials("Ada Maria Lovelace"), "AL");
        assert_eq!(initials("(Émile)"), "É");
        assert_eq!(initials(""), "");
    }
}
