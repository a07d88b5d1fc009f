//! A group's properties, and the commands that delete and restore it.

use super::GroupDetail;
use crate::{
    components::{
        CommandBar, CommandButton, CommandLink, Confirm, Fact, Facts, LocalTime, MessageBar, MessageKind,
    },
    error::AppError,
    form::{Form, use_form},
    pages::{groups::RestoreGroup, loaded::Problem, principals::Given},
    paths,
};
use leptos::prelude::*;
use stint_domain::id::PrincipalId;

/// Deletes a group.
#[server(endpoint = "delete_group")]
pub async fn delete_group(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::groups::delete(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The group was deleted.");
    Ok(())
}

/// The forms behind the commands.
#[derive(Clone, Copy)]
pub struct Acts {
    delete: Form<DeleteGroup>,
    restore: Form<RestoreGroup>,
}

impl Acts {
    /// The forms.
    pub fn new() -> Self {
        Self { delete: use_form(), restore: use_form() }
    }
}

/// The tab.
#[component]
pub fn Overview(group: GroupDetail, acts: Acts) -> impl IntoView {
    view! {
        <Problem words=acts.restore.error_besides(&[]) />
        {group
            .deleted_at
            .zip(group.restorable_until)
            .map(|(at, until)| {
                view! {
                    <MessageBar kind=MessageKind::Warning title=Some("This group was deleted".to_owned())>
                        <LocalTime at />
                        ". It can be restored until "
                        <LocalTime at=until />
                        "."
                    </MessageBar>
                }
            })}
        <Commands group=group.clone() acts />
        <Facts>
            <Fact label="Description">
                <Given text=group.description />
            </Fact>
            <Fact label="Roles can be assigned">{if group.assignable { "Yes" } else { "No" }}</Fact>
            <Fact label="Created">
                <LocalTime at=group.created_at />
            </Fact>
            <Fact label="Object ID">
                <span class="mono">{group.id.to_string()}</span>
            </Fact>
        </Facts>
    }
    .into_any()
}

#[component]
fn Commands(group: GroupDetail, acts: Acts) -> impl IntoView {
    let id = group.id.to_string();
    let denied = group.denied;
    if group.deleted_at.is_some() {
        return view! {
            <CommandBar>
                <form method="post" action=acts.restore.address()>
                    <input type="hidden" name="id" value=id />
                    <CommandButton icon="restore" label="Restore" submit=true denied=denied.restore />
                </form>
            </CommandBar>
        }
        .into_any();
    }
    view! {
        <CommandBar>
            <CommandLink href=paths::group_tab(group.id, "edit") icon="edit" label="Edit" denied=denied.edit />
            <Confirm
                id="delete"
                title=format!("Delete {}?", group.name)
                trigger="Delete"
                trigger_icon="delete"
                confirm_label="Delete"
                danger=true
                denied=denied.delete
                error=acts.delete.error_besides(&[])
            >
                <form method="post" action=acts.delete.address() id="delete-form">
                    <input type="hidden" name="id" value=id />
                    <p>"What its members have through it ends at once. It can be restored for 30 days."</p>
                </form>
            </Confirm>
        </CommandBar>
    }
    .into_any()
}
