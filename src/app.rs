//! The document and the table of pages.

use crate::{
    components::{ToastRegion, provide_toasts},
    form::provide_flash,
    pages::{
        add_assignments::AddAssignments,
        administrative_unit::AdministrativeUnitPage,
        administrative_units::{AdministrativeUnits, NewAdministrativeUnit},
        approvals::{Approvals, MyRequests, RequestPage},
        assignments::Assignments,
        audit::{Audit, MyAudit},
        group::GroupPage,
        groups::{DeletedGroups, Groups, NewGroup},
        my_roles::{ActivatePage, ActivationStatus, MyRoles},
        not_found::NotFound,
        notifications::Notifications,
        portal::Portal,
        quick_start::QuickStart,
        roles::{RolePage, Roles},
        search::Search,
        service_principal::ServicePrincipalPage,
        service_principals::{NewServicePrincipal, ServicePrincipals},
        sign_in::SignIn,
        update_assignment::UpdateAssignment,
        user::UserPage,
        users::{DeletedUsers, NewUser, Users},
    },
};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::{HashedStylesheet, MetaTags};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// The document around every page.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos::nonce::use_nonce;
    crate::server::headers::set_content_security_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script src="/theme.js" nonce=use_nonce()></script>
                <HashedStylesheet options=options.clone() id="stint" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The portal: which address shows which page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_flash();
    provide_toasts();
    let ssr = SsrMode::Async;
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Stint".to_owned() } else { format!("{title} - Stint") } />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=SignIn ssr=ssr.clone() />
                <ParentRoute path=path!("") view=Portal ssr=ssr.clone()>
                    <Route path=path!("") view=QuickStart ssr=ssr.clone() />
                    <Route path=path!("my-roles") view=MyRoles ssr=ssr.clone() />
                    <Route path=path!("my-roles/:id/activate") view=ActivatePage ssr=ssr.clone() />
                    <Route path=path!("my-roles/:id/status") view=ActivationStatus ssr=ssr.clone() />
                    <Route path=path!("my-requests") view=MyRequests ssr=ssr.clone() />
                    <Route path=path!("my-requests/:id") view=RequestPage ssr=ssr.clone() />
                    <Route path=path!("approvals") view=Approvals ssr=ssr.clone() />
                    <Route path=path!("approvals/:id") view=RequestPage ssr=ssr.clone() />
                    <Route path=path!("my-audit-history") view=MyAudit ssr=ssr.clone() />
                    <Route path=path!("users") view=Users ssr=ssr.clone() />
                    <Route path=path!("users/new") view=NewUser ssr=ssr.clone() />
                    <Route path=path!("users/deleted") view=DeletedUsers ssr=ssr.clone() />
                    <Route path=path!("users/:id/:tab?") view=UserPage ssr=ssr.clone() />
                    <Route path=path!("groups") view=Groups ssr=ssr.clone() />
                    <Route path=path!("groups/new") view=NewGroup ssr=ssr.clone() />
                    <Route path=path!("groups/deleted") view=DeletedGroups ssr=ssr.clone() />
                    <Route path=path!("groups/:id/:tab?") view=GroupPage ssr=ssr.clone() />
                    <Route path=path!("service-principals") view=ServicePrincipals ssr=ssr.clone() />
                    <Route path=path!("service-principals/new") view=NewServicePrincipal ssr=ssr.clone() />
                    <Route path=path!("service-principals/:id/:tab?") view=ServicePrincipalPage ssr=ssr.clone() />
                    <Route path=path!("administrative-units") view=AdministrativeUnits ssr=ssr.clone() />
                    <Route path=path!("administrative-units/new") view=NewAdministrativeUnit ssr=ssr.clone() />
                    <Route path=path!("administrative-units/:id/:tab?") view=AdministrativeUnitPage ssr=ssr.clone() />
                    <Route path=path!("roles") view=Roles ssr=ssr.clone() />
                    <Route path=path!("roles/:id/:tab?") view=RolePage ssr=ssr.clone() />
                    <Route path=path!("assignments") view=Assignments ssr=ssr.clone() />
                    <Route path=path!("assignments/add") view=AddAssignments ssr=ssr.clone() />
                    <Route path=path!("assignments/:id/update") view=UpdateAssignment ssr=ssr.clone() />
                    <Route path=path!("notifications") view=Notifications ssr=ssr.clone() />
                    <Route path=path!("audit") view=Audit ssr=ssr.clone() />
                    <Route path=path!("search") view=Search ssr=ssr.clone() />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
    }
}
