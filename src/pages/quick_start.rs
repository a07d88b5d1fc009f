//! Quick start: where everybody begins.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{ButtonKind, Card, LinkButton, MessageBar, MessageKind, PageHeader},
    error::AppError,
    pages::{counted::counted, loaded::loaded},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// What the person has, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many roles they could activate.
    pub eligible: usize,
    /// How many roles they hold now.
    pub active: usize,
}

/// What the person who is signed in has.
#[server(endpoint = "summary")]
pub async fn summary_of_person() -> Result<Encoded<Summary>, AppError> {
    use crate::encoded::encode;
    let op = crate::server::read().await?;
    let actor = op.actor()?;
    encode(Summary { eligible: actor.eligible.len(), active: actor.grants.len() })
}

/// The page.
#[component]
pub fn QuickStart() -> impl IntoView {
    let summary = page_data(|| (), |()| summary_of_person());
    view! {
        <Title text="Quick start" />
        <PageHeader title="Quick start" subtitle=Some("Privileged roles, for no longer than you need them".into()) icon="home" />
        {loaded(summary, |summary| view! { <Now summary /> })}
        <div class="grid-cards">
            <Card title="My roles" href=Some(paths::MY_ROLES.into()) icon="role">
                <p>"Activate a role that you are eligible for, see how long it lasts, give it back."</p>
            </Card>
            <Card title="Assign" href=Some(paths::ASSIGNMENTS.into()) icon="assignment">
                <p>"Make people eligible for a role instead of giving it to them for ever."</p>
            </Card>
            <Card title="Roles" href=Some(paths::ROLES.into()) icon="key">
                <p>"What each role permits, who holds it, and the settings for activating it."</p>
            </Card>
            <Card title="Users" href=Some(paths::USERS.into()) icon="person">
                <p>"Everybody who can sign in, and the roles assigned to them."</p>
            </Card>
            <Card title="Groups" href=Some(paths::GROUPS.into()) icon="group">
                <p>"Give a role to several people at once."</p>
            </Card>
            <Card title="Audit" href=Some(paths::AUDIT.into()) icon="audit">
                <p>"Who did what to whom, when and why. Every entry is sealed."</p>
            </Card>
        </div>
    }
}

#[component]
fn Now(summary: Summary) -> impl IntoView {
    let words = match (summary.active, summary.eligible) {
        (0, 0) => {
            "You hold no role and are eligible for none. An administrator can make you eligible.".to_owned()
        }
        (0, eligible) => format!("You hold no role now. You can activate {}.", counted(eligible, "role")),
        (active, 0) => format!("You hold {} now.", counted(active, "role")),
        (active, eligible) => {
            format!("You hold {} now and are eligible for {eligible}.", counted(active, "role"))
        }
    };
    view! {
        <div class="stack">
            <MessageBar kind=MessageKind::Info>{words}</MessageBar>
            <p><LinkButton href=paths::MY_ROLES kind=ButtonKind::Primary icon="bolt">"Activate a role"</LinkButton></p>
        </div>
    }
}
