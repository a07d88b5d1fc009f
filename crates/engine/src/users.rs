//! Users: made, changed, disabled, deleted, restored, given a new password.

use crate::{
    Engine, Error, Operation, Result, assign,
    audit::Event,
    guard::Guard,
    passwords::{self, Fresh},
    requests, sessions, step_up,
};
use chrono::TimeDelta;
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::PrincipalId,
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal},
    role::GLOBAL_ADMINISTRATOR,
    schedule::EndReason,
    text::{DisplayName, ShortText, UserName},
};
use stint_store::{
    Constraint, Page, PageRequest,
    administrative_unit::{self, AdministrativeUnitRow},
    approval, group, known_device, one_time_link, password,
    password::PasswordRow,
    principal::{self, Filter, PrincipalRow},
    session,
};

/// How long a deleted user or group can be restored.
pub const RESTORABLE: TimeDelta = TimeDelta::days(30);

/// Users by name.
pub async fn list(
    op: &mut Operation,
    search: &str,
    enabled: Option<bool>,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadUsers, &Target::directory())?;
    let filter =
        Filter { kinds: vec![PrincipalKind::User], search: search.to_owned(), enabled, ..Filter::default() };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// Deleted users by name.
pub async fn list_deleted(
    op: &mut Operation,
    search: &str,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadUsers, &Target::directory())?;
    let filter = Filter {
        kinds: vec![PrincipalKind::User],
        search: search.to_owned(),
        deleted: true,
        ..Filter::default()
    };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// People, groups and service principals by name, as pickers offer them.
pub async fn find_principals(
    op: &mut Operation,
    kinds: Vec<PrincipalKind>,
    search: &str,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadUsers, &Target::directory())?;
    let filter = Filter { kinds, search: search.to_owned(), ..Filter::default() };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// The principals with these ids, by name; for showing what was picked. Deleted ones are there, marked as such.
pub async fn get_principals(op: &mut Operation, ids: &[PrincipalId]) -> Result<Vec<PrincipalRow>> {
    op.require(Action::ReadUsers, &Target::directory())?;
    let mut rows = principal::list_by_id(&mut op.tx, ids).await?;
    rows.sort_by_key(|row| row.display_name.to_lowercase());
    Ok(rows)
}

/// One user, and what may be done to them.
pub async fn get(op: &mut Operation, id: PrincipalId) -> Result<(PrincipalRow, Target)> {
    op.require(Action::ReadUsers, &Target::object(id))?;
    let row = find(op, id).await?;
    let target = op.target(&row).await?;
    Ok((row, target))
}

pub(crate) async fn find(op: &mut Operation, id: PrincipalId) -> Result<PrincipalRow> {
    let row = principal::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if row.kind == PrincipalKind::User { Ok(row) } else { Err(Error::NotFound) }
}

/// The groups that something is a direct member of.
pub async fn groups_of(
    op: &mut Operation,
    id: PrincipalId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadGroups, &Target::directory())?;
    Ok(group::list_of_member(&mut op.tx, id, page).await?)
}

/// The administrative units that something is a member of.
pub async fn units_of(op: &mut Operation, id: PrincipalId) -> Result<Vec<AdministrativeUnitRow>> {
    op.require(Action::ReadAdministrativeUnits, &Target::directory())?;
    Ok(administrative_unit::list_of_member(&mut op.tx, id).await?)
}

/// What a user's form says.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The user name.
    pub user_name: UserName,
    /// The name.
    pub display_name: DisplayName,
    /// The job title.
    pub job_title: Option<ShortText>,
    /// The department.
    pub department: Option<ShortText>,
}

/// Creates a user with a password that they must change. It was made before: hashing takes longer than a transaction should.
pub async fn create(op: &mut Operation, properties: Properties, password: Fresh) -> Result<PrincipalId> {
    op.require(Action::CreateUsers, &Target::directory())?;
    let row = PrincipalRow {
        mail: Some(properties.user_name.to_string()),
        user_name: Some(properties.user_name.into()),
        job_title: properties.job_title.map(Into::into),
        department: properties.department.map(Into::into),
        ..PrincipalRow::new(op.id(), PrincipalKind::User, properties.display_name.into(), op.now)
    };
    principal::insert(&mut op.tx, &row).await.map_err(|error| taken(error, &row))?;
    let kept = PasswordRow { hash: password.hash, must_change: true };
    password::set(&mut op.tx, row.id, &kept, op.now).await?;
    op.record(Event::new(Activity::UserCreated).on(&row));
    Ok(row.id)
}

pub(crate) fn taken(error: stint_store::Error, row: &PrincipalRow) -> Error {
    match error {
        stint_store::Error::Conflict(Constraint::UserName) => {
            Refusal::at(Field::UserName, Broken::Taken(row.user_name.clone().unwrap_or_default())).into()
        }
        error => error.into(),
    }
}

/// Changes a user's properties.
pub async fn update(op: &mut Operation, id: PrincipalId, properties: Properties) -> Result<()> {
    let (before, target) = open(op, id).await?;
    op.require(Action::UpdateUsers, &target)?;
    let after = PrincipalRow {
        display_name: properties.display_name.into(),
        user_name: Some(properties.user_name.into()),
        job_title: properties.job_title.map(Into::into),
        department: properties.department.map(Into::into),
        ..before.clone()
    };
    if after == before {
        return Ok(());
    }
    principal::update(&mut op.tx, &after).await.map_err(|error| taken(error, &after))?;
    let changes = [
        ("display name", Some(&before.display_name), Some(&after.display_name)),
        ("user name", before.user_name.as_ref(), after.user_name.as_ref()),
        ("job title", before.job_title.as_ref(), after.job_title.as_ref()),
        ("department", before.department.as_ref(), after.department.as_ref()),
    ];
    op.record(Event::new(Activity::UserUpdated).on(&after).detail(changes_in_words(&changes)));
    Ok(())
}

/// Changes as the audit log says them.
pub(crate) fn changes_in_words(changes: &[(&str, Option<&String>, Option<&String>)]) -> String {
    let words = changes.iter().filter(|(_, before, after)| before != after).map(|&(name, before, after)| {
        let said =
            |value: Option<&String>| value.map_or_else(|| "nothing".to_owned(), |value| format!("“{value}”"));
        format!("{name}: {} → {}", said(before), said(after))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// A user who is not deleted, and what may be done to them.
async fn open(op: &mut Operation, id: PrincipalId) -> Result<(PrincipalRow, Target)> {
    let (row, target) = get(op, id).await?;
    if row.deleted_at.is_some() { Err(Error::NotFound) } else { Ok((row, target)) }
}

/// Stops a user from signing in: sessions and activations end in the same transaction.
pub async fn disable(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = open(op, id).await?;
    op.require(Action::DisableUsers, &target)?;
    let guard = Guard::before_any(op).await?;
    if principal::set_enabled(&mut op.tx, id, false).await? {
        end_everything(op, &row).await?;
        op.record(Event::new(Activity::UserDisabled).on(&row));
    }
    guard.after(op).await
}

/// Lets a user sign in again.
pub async fn enable(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = open(op, id).await?;
    op.require(Action::EnableUsers, &target)?;
    if principal::set_enabled(&mut op.tx, id, true).await? {
        op.record(Event::new(Activity::UserEnabled).on(&row));
    }
    Ok(())
}

/// Deletes a user, who can be restored for 30 days.
pub async fn delete(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = open(op, id).await?;
    op.require(Action::DeleteUsers, &target)?;
    let guard = Guard::before_any(op).await?;
    if principal::set_deleted(&mut op.tx, id, Some(op.now)).await? {
        end_everything(op, &row).await?;
        op.record(Event::new(Activity::UserDeleted).on(&row));
    }
    guard.after(op).await
}

/// Ends the sessions and the activations of somebody who may not act any more, and takes back what they asked for.
async fn end_everything(op: &mut Operation, row: &PrincipalRow) -> Result<()> {
    sessions::end_all(op, row, EndReason::PrincipalEnded).await?;
    one_time_link::delete_of(&mut op.tx, row.id).await?;
    let waiting = approval::list_of_principal(&mut op.tx, row.id, op.now).await?;
    requests::cancel_groundless(op, waiting, "the account was disabled or deleted").await
}

/// Brings a deleted user back, with the assignments that have not ended meanwhile.
pub async fn restore(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = get(op, id).await?;
    op.require(Action::RestoreUsers, &target)?;
    match row.deleted_at {
        Some(deleted_at) if deleted_at + RESTORABLE > op.now => {}
        _ => return Err(Error::NotFound),
    }
    if principal::set_deleted(&mut op.tx, id, None).await? {
        op.record(Event::new(Activity::UserRestored).on(&row));
    }
    Ok(())
}

/// Goes on only if the person may give a user another password: asked before one is hashed.
pub async fn may_reset_password(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (_, target) = open(op, id).await?;
    op.require(Action::UpdatePasswords, &target)?;
    step_up::require_own(op).await
}

/// Gives a user a new password, which they must change, and ends their sessions and activations.
pub async fn reset_password(op: &mut Operation, id: PrincipalId, password: Fresh) -> Result<()> {
    let (row, target) = open(op, id).await?;
    op.require(Action::UpdatePasswords, &target)?;
    step_up::require_own(op).await?;
    // Taken, so that nobody signs in with the old password meanwhile.
    principal::take(&mut op.tx, id).await?;
    let kept = PasswordRow { hash: password.hash, must_change: true };
    password::set(&mut op.tx, id, &kept, op.now).await?;
    sessions::end_all(op, &row, EndReason::PasswordReset).await?;
    known_device::delete_all(&mut op.tx, id).await?;
    one_time_link::delete_of(&mut op.tx, id).await?;
    op.record(Event::new(Activity::PasswordReset).on(&row));
    passwords::tell_changed(op, &row, "reset by an administrator").await
}

/// Whether there is nobody who could sign in, as on a first start.
pub async fn nobody_is_there(engine: &Engine) -> Result<bool> {
    Ok(!principal::exists_any(&mut engine.database.read().await?).await?)
}

/// Makes a Global Administrator with a new password, asked for on the server's own shell. Somebody with that name who is
/// there already is enabled and made one.
pub async fn create_administrator(engine: &Engine, user_name: &str) -> Result<String> {
    let refused = |error| Error::from(Refusal::at(Field::UserName, Broken::Text(error)));
    let user_name = UserName::parse(user_name).map_err(refused)?;
    let password = passwords::fresh(engine).await?;
    let mut op = engine.write(&crate::Caller::default()).await?;
    let known = principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?;
    let row = if let Some(row) = known {
        principal::set_enabled(&mut op.tx, row.id, true).await?;
        // Whoever signed in with the old password may be why a new one is asked for.
        session::delete_all(&mut op.tx, row.id).await?;
        row
    } else {
        let row = PrincipalRow {
            mail: Some(user_name.to_string()),
            user_name: Some(user_name.to_string()),
            ..PrincipalRow::new(op.id(), PrincipalKind::User, user_name.into(), op.now)
        };
        principal::insert(&mut op.tx, &row).await.map_err(|error| taken(error, &row))?;
        op.record(Event::new(Activity::UserCreated).on(&row));
        row
    };
    let kept = PasswordRow { hash: password.hash.clone(), must_change: true };
    password::set(&mut op.tx, row.id, &kept, op.now).await?;
    op.record(Event::new(Activity::PasswordReset).on(&row));
    assign::assign_by_system(&mut op, &row, GLOBAL_ADMINISTRATOR).await?;
    op.commit().await?;
    Ok(password.expose().to_owned())
}
