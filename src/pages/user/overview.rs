//! A user's properties, and the commands that change what they may do.

use super::UserDetail;
use crate::{
    components::{
        CommandBar, CommandButton, CommandLink, Confirm, Fact, Facts, LocalTime, MessageBar, MessageKind,
    },
    error::AppError,
    form::{Form, use_form},
    pages::{
        loaded::Problem,
        principals::{AccountStatus, Given},
        users::RestoreUser,
    },
    paths,
};
use leptos::prelude::*;
use stint_domain::id::PrincipalId;

/// Stops a user from signing in.
#[server(endpoint = "disable_user")]
pub async fn disable_user(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::users::disable(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The account was disabled.");
    Ok(())
}

/// Lets a user sign in again.
#[server(endpoint = "enable_user")]
pub async fn enable_user(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::users::enable(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The account was enabled.");
    Ok(())
}

/// Deletes a user.
#[server(endpoint = "delete_user")]
pub async fn delete_user(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::users::delete(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The user was deleted.");
    Ok(())
}

/// Gives a user a new password, which is shown once.
#[server(endpoint = "reset_password")]
pub async fn reset_password(id: PrincipalId) -> Result<String, AppError> {
    use stint_engine::{passwords, users};
    users::may_reset_password(&mut crate::server::read().await?, id).await?;
    let fresh = passwords::fresh(&crate::server::operation::engine()).await?;
    let password = fresh.expose().to_owned();
    let mut op = crate::server::write().await?;
    users::reset_password(&mut op, id, fresh).await?;
    op.commit().await?;
    Ok(password)
}

/// Ends all sessions of a user.
#[server(endpoint = "revoke_sessions")]
pub async fn revoke_sessions(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::sessions::revoke(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The sessions were revoked.");
    Ok(())
}

/// Takes away what a user can confirm with, so that they add something new.
#[server(endpoint = "reset_security_info")]
pub async fn reset_security_info(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::reset(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The security info was reset.");
    Ok(())
}

/// The forms about the account.
#[derive(Clone, Copy)]
pub struct Acts {
    disable: Form<DisableUser>,
    enable: Form<EnableUser>,
    delete: Form<DeleteUser>,
    restore: Form<RestoreUser>,
}

impl Acts {
    /// The forms.
    pub fn new() -> Self {
        Self { disable: use_form(), enable: use_form(), delete: use_form(), restore: use_form() }
    }
}

/// The forms about how its person signs in.
#[derive(Clone, Copy)]
pub struct SignInActs {
    reset_password: Form<ResetPassword>,
    revoke_sessions: Form<RevokeSessions>,
    reset_security: Form<ResetSecurityInfo>,
}

impl SignInActs {
    /// The forms.
    pub fn new() -> Self {
        Self { reset_password: use_form(), revoke_sessions: use_form(), reset_security: use_form() }
    }
}

/// The tab.
#[component]
pub fn Overview(user: UserDetail, acts: Acts, sign_in: SignInActs) -> impl IntoView {
    let password = sign_in.reset_password.outcome();
    view! {
        <Problem words=acts.enable.error_besides(&[]) />
        <Problem words=acts.restore.error_besides(&[]) />
        {move || password.get().map(|password| view! { <ResetPasswordOnce password /> })}
        {user
            .deleted_at
            .zip(user.restorable_until)
            .map(|(at, until)| {
                view! {
                    <MessageBar kind=MessageKind::Warning title=Some("This user was deleted".to_owned())>
                        <LocalTime at />
                        ". They can be restored until "
                        <LocalTime at=until />
                        "."
                    </MessageBar>
                }
            })}
        <Commands user=user.clone() acts sign_in />
        <Facts>
            <Fact label="User principal name">{user.user_name}</Fact>
            <Fact label="Job title">
                <Given text=user.job_title />
            </Fact>
            <Fact label="Department">
                <Given text=user.department />
            </Fact>
            <Fact label="Account status">
                <AccountStatus enabled=user.enabled />
            </Fact>
            {user.security_info.map(|words| view! { <Fact label="Security info">{words}</Fact> })}
            <Fact label="Member of">
                <a href=paths::user_tab(user.id, "groups")>{user.groups}</a>
            </Fact>
            <Fact label="Created">
                <LocalTime at=user.created_at />
            </Fact>
            <Fact label="Object ID">
                <span class="mono">{user.id.to_string()}</span>
            </Fact>
        </Facts>
    }
    .into_any()
}

#[component]
fn ResetPasswordOnce(password: String) -> impl IntoView {
    view! {
        <MessageBar kind=MessageKind::Success title=Some("The password was reset".to_owned())>
            "Tell them this password in person or by phone. It is shown this once and must be changed at the next sign-in: "
            <code class="mono">{password}</code>
        </MessageBar>
    }
}

#[component]
fn Commands(user: UserDetail, acts: Acts, sign_in: SignInActs) -> impl IntoView {
    let id = user.id;
    let denied = user.denied;
    // Who may give somebody a new password may also give them a new beginning here.
    let denied_security = denied.reset_password.clone();
    let own = user.is_own.then_some("This is your own account: you are signed out at once. ");
    if user.deleted_at.is_some() {
        return view! {
            <CommandBar>
                <form method="post" action=acts.restore.address()>
                    <input type="hidden" name="id" value=id.to_string() />
                    <CommandButton icon="restore" label="Restore" submit=true denied=denied.restore />
                </form>
            </CommandBar>
        }
        .into_any();
    }
    let status = if user.enabled {
        view! {
            <Confirm
                id="disable"
                title=format!("Disable {}?", user.name)
                trigger="Disable account"
                trigger_icon="power"
                confirm_label="Disable"
                danger=true
                denied=denied.disable
                error=acts.disable.error_besides(&[])
            >
                <form method="post" action=acts.disable.address() id="disable-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>{own}"They are signed out at once, cannot sign in any more, and their active roles end."</p>
                </form>
            </Confirm>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=acts.enable.address()>
                <input type="hidden" name="id" value=id.to_string() />
                <CommandButton icon="power" label="Enable account" submit=true denied=denied.enable />
            </form>
        }
        .into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::user_tab(user.id, "edit") icon="edit" label="Edit" denied=denied.edit />
            <Confirm
                id="reset-password"
                title=format!("Reset the password of {}?", user.name)
                trigger="Reset password"
                trigger_icon="key"
                confirm_label="Reset password"
                denied=denied.reset_password
                error=sign_in.reset_password.error_besides(&[])
            >
                <form method="post" action=sign_in.reset_password.address() id="reset-password-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>{own}"They are signed out, their active roles end, and they get a new password, which you see once and tell them."</p>
                </form>
            </Confirm>
            <Confirm
                id="revoke-sessions"
                title=format!("Revoke the sessions of {}?", user.name)
                trigger="Revoke sessions"
                trigger_icon="sign-out"
                confirm_label="Revoke sessions"
                denied=denied.revoke_sessions
                error=sign_in.revoke_sessions.error_besides(&[])
            >
                <form method="post" action=sign_in.revoke_sessions.address() id="revoke-sessions-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>{own}"They are signed out everywhere and can sign in again. Their active roles stay active."</p>
                </form>
            </Confirm>
            <Confirm
                id="reset-security-info"
                title=format!("Reset the security info of {}?", user.name)
                trigger="Reset security info"
                trigger_icon="lock"
                confirm_label="Reset security info"
                danger=true
                denied=denied_security
                error=sign_in.reset_security.error_besides(&[])
            >
                <form method="post" action=sign_in.reset_security.address() id="reset-security-info-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>{own}"Their authenticator app, passkeys, recovery codes and linked accounts do not count any more, and they are signed out."</p>
                </form>
            </Confirm>
            {status}
            <Confirm
                id="delete"
                title=format!("Delete {}?", user.name)
                trigger="Delete"
                trigger_icon="delete"
                confirm_label="Delete"
                danger=true
                denied=denied.delete
                error=acts.delete.error_besides(&[])
            >
                <form method="post" action=acts.delete.address() id="delete-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>{own}"They are signed out at once and their active roles end. They can be restored for 30 days."</p>
                </form>
            </Confirm>
        </CommandBar>
    }
    .into_any()
}
