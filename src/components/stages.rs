use leptos::prelude::*;

use super::Icon;

/// How far one stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StageState {
    /// Not begun.
    #[default]
    Waiting,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Did not work.
    Failed,
}

/// One of the stages that an act goes through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// What happens in it.
    pub title: String,
    /// What was found, or what it waits for.
    pub detail: String,
    /// How far it is.
    pub state: StageState,
    /// When it ended, as shown.
    pub at: Option<String>,
}

/// The stages of an act, told live.
#[component]
pub fn Stages(
    /// The stages in their order.
    #[prop(into)]
    items: Signal<Vec<Stage>>,
) -> impl IntoView {
    let stages = move || {
        items.get().into_iter().enumerate().map(|(index, stage)| one(index + 1, stage)).collect_view()
    };
    view! { <ol class="stages" aria-live="polite">{stages}</ol> }
}

fn one(number: usize, Stage { title, detail, state, at }: Stage) -> impl IntoView {
    let (class, word) = match state {
        StageState::Waiting => ("stage", "Waiting"),
        StageState::Running => ("stage stage-running", "In progress"),
        StageState::Done => ("stage stage-done", "Completed"),
        StageState::Failed => ("stage stage-failed", "Failed"),
    };
    let mark = match state {
        StageState::Waiting => number.into_any(),
        StageState::Running => view! { <span class="spinner"></span> }.into_any(),
        StageState::Done => view! { <Icon name="check" /> }.into_any(),
        StageState::Failed => view! { <Icon name="dismiss" /> }.into_any(),
    };
    view! {
        <li class=class>
            <span class="stage-mark" aria-hidden="true">{mark}</span>
            <div class="stage-text">
                <p class="stage-title">
                    {title}
                    <span class="visually-hidden">": " {word}</span>
                </p>
                <p class="stage-detail">{detail}</p>
            </div>
            {at.map(|at| view! { <span class="stage-at">{at}</span> })}
        </li>
    }
    .into_any()
}
