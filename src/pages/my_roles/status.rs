//! The stages of an activation, each shown when it is true.

use super::MyRoles;
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Button, ButtonKind, LinkButton, LocalTime, MessageBar, MessageKind, Panel, Stage, StageState, Stages,
        WizardTabs,
    },
    error::AppError,
    pages::{
        counted::counted,
        loaded::{loaded, param},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use stint_domain::time::{Phase, Window};

/// What was found about an activation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// What the role is called.
    pub role: String,
    /// When the activation holds.
    pub window: Window,
    /// How many of the role's actions were asked for and allowed; nothing where it does not hold.
    pub proven: Option<usize>,
    /// When that was asked.
    pub at: DateTime<Utc>,
}

/// Asks, as any page would, whether the person may now do what the role permits.
#[server(endpoint = "validate_activation")]
pub async fn validate_activation(id: String) -> Result<Encoded<Validation>, AppError> {
    use crate::encoded::encode;
    use stint_domain::id::ScheduleId;
    use stint_engine::activate::{Proof, prove};
    let id: ScheduleId = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let op = crate::server::read().await?;
    let (proof, schedule) = prove(&op, id)?;
    let role = stint_engine::roles::get(&op, schedule.role)?.name;
    let proven = match proof {
        Proof::Effective(count) => Some(count),
        Proof::Upcoming | Proof::Ineffective => None,
    };
    encode(Validation { role, window: schedule.window, proven, at: op.now })
}

/// The stages, over My roles.
#[component]
pub fn ActivationStatus() -> impl IntoView {
    let id = param("id");
    let validation = page_data(move || id.get(), validate_activation);
    view! {
        <MyRoles />
        <Title text="Activation status" />
        {loaded(validation, |validation| view! { <StatusPanel validation /> })}
    }
}

#[component]
fn StatusPanel(validation: Validation) -> impl IntoView {
    let active = paths::with_query(paths::MY_ROLES, &[("tab", "active")]);
    let steps = vec![
        ("Roles".to_owned(), Some(paths::MY_ROLES.to_owned()), false),
        ("Activate".to_owned(), None, false),
        ("Status".to_owned(), None, true),
    ];
    let is_upcoming = validation.window.phase(validation.at) == Phase::Upcoming;
    let works = validation.proven.is_some();
    let end = validation.window.end;
    let start = validation.window.start;
    let stages = stages(&validation);
    view! {
        <Panel title=format!("Activate - {}", validation.role) subtitle=Some("Privileged Identity Management | Directory roles".into()) close_href=active.clone()>
            <WizardTabs items=steps />
            <Stages items=stages />
            {if works {
                view! {
                    <MessageBar kind=MessageKind::Success title=Some(format!("{} is active", validation.role))>
                        {end.map(|at| view! { "It ends by itself: " <LocalTime at /> ". " })}
                        "You do not have to sign out and in again."
                    </MessageBar>
                    <Countdown to=active.clone() />
                }.into_any()
            } else if is_upcoming {
                view! {
                    <MessageBar kind=MessageKind::Info title=Some(format!("{} becomes active later", validation.role))>
                        "It begins by itself: "<LocalTime at=start />". Until then you can cancel it under Active assignments."
                    </MessageBar>
                    <LinkButton href=active.clone() kind=ButtonKind::Primary>"My roles"</LinkButton>
                }.into_any()
            } else {
                view! {
                    <MessageBar kind=MessageKind::Error title=Some("The role does not hold".to_owned())>
                        "It was ended meanwhile, or the eligibility behind it was. My roles shows what holds now."
                    </MessageBar>
                    <LinkButton href=active.clone() kind=ButtonKind::Primary>"My roles"</LinkButton>
                }.into_any()
            }}
        </Panel>
    }
    .into_any()
}

fn stages(validation: &Validation) -> Vec<Stage> {
    let time = |at: DateTime<Utc>| Some(at.format("%H:%M:%S%.3f UTC").to_string());
    let stage =
        |number: u8, detail: String, state, at| Stage { title: format!("Stage {number}"), detail, state, at };
    let is_upcoming = validation.window.phase(validation.at) == Phase::Upcoming;
    let first = stage(
        1,
        "Processing your request and activating your role.".into(),
        StageState::Done,
        time(validation.window.start.min(validation.at)),
    );
    let rest = match validation.proven {
        Some(count) => {
            let found = match count {
                0 => "the role is in force".to_owned(),
                1 => "the 1 action that it permits here is allowed".to_owned(),
                count => format!("all {count} actions that it permits here are allowed"),
            };
            [
                stage(
                    2,
                    format!("Validating that your activation is successful: {found}."),
                    StageState::Done,
                    time(validation.at),
                ),
                stage(3, "Activation completed successfully.".into(), StageState::Done, time(validation.at)),
            ]
        }
        None if is_upcoming => [
            stage(2, "Validating begins when the activation does.".into(), StageState::Waiting, None),
            stage(3, "Activation waits for its start.".into(), StageState::Waiting, None),
        ],
        None => [
            stage(
                2,
                "Validating that your activation is successful: it is not in force.".into(),
                StageState::Failed,
                time(validation.at),
            ),
            stage(3, "Activation did not complete.".into(), StageState::Waiting, None),
        ],
    };
    std::iter::once(first).chain(rest).collect()
}

/// Goes on by itself after some seconds, unless that is cancelled.
#[component]
fn Countdown(to: String) -> impl IntoView {
    const SECONDS: usize = 5;
    let left = RwSignal::new(Some(SECONDS));
    let navigate = use_navigate();
    let link = to.clone();
    Effect::new(move || {
        let (navigate, to) = (navigate.clone(), to.clone());
        let ticking = set_interval_with_handle(
            move || match left.try_get_untracked().flatten() {
                Some(1) => navigate(&to, NavigateOptions::default()),
                Some(seconds) => left.set(Some(seconds - 1)),
                None => {}
            },
            Duration::from_secs(1),
        );
        if let Ok(ticking) = ticking {
            on_cleanup(move || ticking.clear());
        }
    });
    let cancel = Callback::new(move |()| left.set(None));
    view! {
        <div class="cluster">
            {move || match left.get() {
                Some(seconds) => view! {
                    <span class="js-only" role="timer">{format!("Refresh in {}", counted(seconds, "second"))}</span>
                    <span class="js-only"><Button on_click=cancel>"Cancel"</Button></span>
                }.into_any(),
                None => ().into_any(),
            }}
            <LinkButton href=link kind=ButtonKind::Primary>"My roles"</LinkButton>
        </div>
    }
}
