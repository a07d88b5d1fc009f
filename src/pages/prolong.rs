//! How an assignment goes on: its holder asks for it, an administrator does it, and who has a role on keeps it on for longer.

mod forms;

use crate::{
    components::{Breadcrumb, Fact, Facts, LinkButton, MessageBar, MessageKind, PageHeader},
    encoded::{Encoded, page_data},
    error::AppError,
    pages::{
        assignment_table::{AssignmentItem, End, Holder, RoleName, ScopeName, Start},
        loaded::{loaded, param, query},
        step_up::StepUpShown,
    },
    paths,
};
use chrono::{DateTime, Utc};
use forms::{AskForm, ExtendActivationForm, ProlongForm};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{RequestId, ScheduleId},
    prolong::Prolong,
};

/// What can be done to make an assignment go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProlongOffer {
    /// The assignment.
    pub item: AssignmentItem,
    /// Extend or renew.
    pub wanted: Prolong,
    /// Who does it, and within what.
    pub how: How,
    /// Why it cannot be done.
    pub refused: Option<String>,
    /// The request for it that waits already.
    pub pending: Option<RequestId>,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// Who makes an assignment go on, and within what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// An administrator, at once.
    Directly {
        /// The end that is suggested; nothing where permanent is.
        end: Option<DateTime<Utc>>,
        /// "permanent", "1 year".
        longest: String,
        /// Whether permanent is allowed.
        permanent: bool,
    },
    /// The holder, who asks for it.
    Asking {
        /// The end that is suggested.
        end: Option<DateTime<Utc>>,
    },
    /// The holder of an activation, within its longest time.
    Activation {
        /// The most that can be added, in half hours.
        most_half_hours: i64,
        /// Whether a ticket is asked for.
        ticket: bool,
        /// Who has to agree, by name; nothing where nobody has to.
        asked_of: Option<String>,
        /// What is asked for beyond being signed in.
        step_up: Option<StepUpShown>,
    },
}

/// What can be done to make an assignment go on, by the person who looks.
#[server(endpoint = "offer_prolonging")]
pub async fn offer_prolonging(id: String) -> Result<Encoded<ProlongOffer>, AppError> {
    use crate::encoded::encode;
    use crate::pages::my_roles::in_turn;
    use stint_domain::{prolong::Prolonging, settings::Requirement};
    use stint_engine::{activate, prolong};
    let id: ScheduleId = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let mut op = crate::server::read().await?;
    let own = op.actor()?.id;
    let found = prolong::offer(&mut op, id).await?;
    let (now, schedule) = (op.now, found.assignment.schedule.clone());
    let wanted = found.prolonging.button().unwrap_or(Prolong::Extend);
    if found.prolonging == Prolonging::Activation && schedule.principal == own {
        let offer = activate::offer_extension(&mut op, id).await?;
        let approval = offer.settings.activation_approval.is_approval_required;
        let how = How::Activation {
            most_half_hours: offer.most.half_hours(),
            ticket: offer.settings.activation_enablement.requires(Requirement::Ticketing),
            asked_of: approval.then(|| in_turn(&offer.approvers)),
            step_up: StepUpShown::of(&mut op, offer.step_up).await?,
        };
        let refused = (offer.most.half_hours() < 1).then(|| {
            "It is on for as long as it may be: nothing can be added now. Later there is room again."
                .to_owned()
        });
        let (item, pending) = (found.assignment.into(), offer.pending);
        return encode(ProlongOffer { item, wanted, how, refused, pending, now });
    }
    let end = found.usual.and_then(|usual| usual.end);
    let expiration = found.settings.expiration(schedule.assignment_type);
    let permanent = !expiration.is_expiration_required;
    let (how, checked) = if found.denial.is_none() {
        let longest = if permanent { "permanent".to_owned() } else { expiration.maximum_duration.in_words() };
        (How::Directly { end, longest, permanent }, found.prolonging.check(wanted))
    } else {
        (How::Asking { end }, found.prolonging.check_for_member(wanted, found.through.as_deref()))
    };
    let is_theirs = schedule.principal == own || found.through.is_some();
    let refused = checked.err().map(|broken| broken.to_string()).or(found.denial.filter(|_| !is_theirs));
    encode(ProlongOffer { item: found.assignment.into(), wanted, how, refused, pending: found.pending, now })
}

/// The page.
#[component]
pub fn ProlongPage() -> impl IntoView {
    let (id, return_to) = (param("id"), query("return_to"));
    let offer = page_data(move || id.get(), offer_prolonging);
    loaded(offer, move |offer| view! { <ProlongView offer return_to=return_to.get_untracked() /> }).into_any()
}

#[component]
fn ProlongView(offer: ProlongOffer, return_to: String) -> impl IntoView {
    let ProlongOffer { item, wanted, how, refused, pending, now } = offer;
    let (id, schedule) = (item.schedule.id, item.schedule.clone());
    let title = format!("{} - {}", wanted.label(), item.role_name);
    let back = match (return_to.as_str(), &how) {
        ("", How::Directly { .. }) => paths::ASSIGNMENTS.to_owned(),
        ("", _) => paths::MY_ROLES.to_owned(),
        (path, _) => paths::local(path),
    };
    let subtitle = match &how {
        How::Directly { .. } => "It goes on as soon as you save",
        How::Asking { .. } => "Somebody who may assign roles decides",
        How::Activation { .. } => "Hours are added to the end of the activation",
    };
    let waits = pending.map(|request| {
        view! {
            <MessageBar kind=MessageKind::Info>
                "This was asked for already: "<a href=paths::my_request(request)>"the request"</a>" waits for a decision."
            </MessageBar>
        }
    });
    let blocked = refused.is_some() || (pending.is_some() && !matches!(how, How::Directly { .. }));
    let form = if blocked {
        let words = refused.map(|words| view! { <MessageBar kind=MessageKind::Info>{words}</MessageBar> });
        view! {
            {words}
            <div class="panel-actions"><LinkButton href=back>"Back"</LinkButton></div>
        }
        .into_any()
    } else {
        match how {
            How::Directly { end, longest, permanent } => {
                let kind = schedule.assignment_type;
                view! { <ProlongForm id wanted kind end longest permanent now back /> }.into_any()
            }
            How::Asking { end } => view! { <AskForm id wanted end back /> }.into_any(),
            How::Activation { most_half_hours, ticket, asked_of, step_up } => {
                view! { <ExtendActivationForm id most_half_hours ticket asked_of step_up back /> }.into_any()
            }
        }
    };
    let role = view! { <RoleName item=item.clone() /> };
    let holder = view! { <Holder item=item.clone() /> };
    let scope = view! { <ScopeName item /> };
    let start = view! { <Start schedule=schedule.clone() now /> };
    let end = view! { <End schedule=schedule.clone() now /> };
    view! {
        <Title text=title.clone() />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), (title.clone(), None)] />
        <PageHeader title subtitle=Some(subtitle.into()) icon="extend" />
        {waits}
        <Facts>
            <Fact label="Role">{role}</Fact>
            <Fact label="Principal name">{holder}</Fact>
            <Fact label="Scope">{scope}</Fact>
            <Fact label="Assignment type">{schedule.assignment_type.label()}</Fact>
            <Fact label="Start time">{start}</Fact>
            <Fact label="End time">{end}</Fact>
        </Facts>
        {form}
    }
    .into_any()
}
