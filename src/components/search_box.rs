use leptos::prelude::*;

use super::{Icon, QueryForm, denied::unique_id};

/// Finds something in a list: a form whose question ends up in the address.
#[component]
pub fn SearchBox(
    /// The page that answers.
    #[prop(into)]
    action: String,
    /// Name of the question in the address.
    #[prop(default = "q".to_owned(), into)]
    name: String,
    /// The question asked now.
    #[prop(optional, into)]
    value: String,
    /// An example of a question.
    #[prop(optional, into)]
    placeholder: String,
    /// What is searched, for assistive technology.
    #[prop(into)]
    label: String,
    /// Hidden inputs that keep the other parameters of the address.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let id = unique_id();
    let name_of_form = label.clone();
    view! {
        <QueryForm action=action class="search" role=Some("search") aria_label=Some(name_of_form)>
            <label class="visually-hidden" for=id.clone()>{label}</label>
            <Icon name="search" />
            <input
                class="input search-input"
                type="search"
                id=id
                name=name
                value=value
                placeholder=placeholder
                autocomplete="off"
            />
            {children.map(|children| children())}
        </QueryForm>
    }
    .into_any()
}
