//! The document and the table of pages.

#[cfg(feature = "ssr")]
use crate::pages;
use crate::{
    components::{ToastRegion, provide_toasts},
    form::provide_flash,
    pages::{
        add_assignments::AddAssignments,
        my_roles::{ActivatePage, ActivationStatus, MyRoles},
        not_found::NotFound,
        portal::Portal,
    },
    still::still,
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
                <script src="/passkey.js" nonce=use_nonce() defer></script>
                <script src="/native-form.js" nonce=use_nonce() defer></script>
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

/// The title of the document that was opened: that of a still page, which sets none in the browser.
fn opened_as() -> String {
    #[cfg(feature = "ssr")]
    {
        String::new()
    }
    #[cfg(not(feature = "ssr"))]
    {
        document().title().trim_end_matches("Stint").trim_end_matches(" - ").to_owned()
    }
}

/// The title of a document whose page has this one. SECURITY: `leptos_meta` 0.8 writes it into the document as it is, and pages are called
/// what people call things; so it is escaped here. The browser's own code sets it as text.
fn titled(title: &str) -> String {
    let title = if title.is_empty() { "Stint".to_owned() } else { format!("{title} - Stint") };
    #[cfg(feature = "ssr")]
    let title = crate::components::escape(&title);
    title
}

/// What the form before this page had to tell.
fn told() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        crate::server::toast::told()
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

/// The portal: which address shows which page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_flash();
    provide_toasts(SharedValue::new(told).into_inner());
    let ssr = SsrMode::Async;
    view! {
        <Title text=opened_as() formatter=|title: String| titled(&title) />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=still!(pages::sign_in::SignIn) ssr=ssr.clone() />
                <Route path=path!("/setup") view=still!(pages::setup::Setup) ssr=ssr.clone() />
                <Route path=path!("/forgot-password") view=still!(pages::forgot_password::ForgotPassword) ssr=ssr.clone() />
                <Route path=path!("/reset-password") view=still!(pages::forgot_password::ResetPassword) ssr=ssr.clone() />
                <Route path=path!("/change-password") view=still!(pages::change_password::ChangePassword) ssr=ssr.clone() />
                <ParentRoute path=path!("") view=Portal ssr=ssr.clone()>
                    <Route path=path!("") view=still!(pages::quick_start::QuickStart) ssr=ssr.clone() />
                    <Route path=path!("my-roles") view=MyRoles ssr=ssr.clone() />
                    <Route path=path!("my-roles/activate") view=still!(pages::activate_several::ActivateSeveral) ssr=ssr.clone() />
                    <Route path=path!("my-roles/:id/activate") view=ActivatePage ssr=ssr.clone() />
                    <Route path=path!("my-roles/:id/status") view=ActivationStatus ssr=ssr.clone() />
                    <Route path=path!("my-requests") view=still!(pages::approvals::MyRequests) ssr=ssr.clone() />
                    <Route path=path!("my-requests/:id") view=still!(pages::approvals::RequestPage) ssr=ssr.clone() />
                    <Route path=path!("approvals") view=still!(pages::approvals::Approvals) ssr=ssr.clone() />
                    <Route path=path!("approvals/substitute") view=still!(pages::approvals::substitute::Substitute) ssr=ssr.clone() />
                    <Route path=path!("approvals/:id") view=still!(pages::approvals::RequestPage) ssr=ssr.clone() />
                    <Route path=path!("my-audit-history") view=still!(pages::audit::MyAudit) ssr=ssr.clone() />
                    <Route path=path!("users") view=still!(pages::users::Users) ssr=ssr.clone() />
                    <Route path=path!("users/new") view=still!(pages::users::NewUser) ssr=ssr.clone() />
                    <Route path=path!("users/deleted") view=still!(pages::users::DeletedUsers) ssr=ssr.clone() />
                    <Route path=path!("users/:id/:tab?") view=still!(pages::user::UserPage) ssr=ssr.clone() />
                    <Route path=path!("groups") view=still!(pages::groups::Groups) ssr=ssr.clone() />
                    <Route path=path!("groups/new") view=still!(pages::groups::NewGroup) ssr=ssr.clone() />
                    <Route path=path!("groups/deleted") view=still!(pages::groups::DeletedGroups) ssr=ssr.clone() />
                    <Route path=path!("groups/:id/:tab?") view=still!(pages::group::GroupPage) ssr=ssr.clone() />
                    <Route path=path!("service-principals") view=still!(pages::service_principals::ServicePrincipals) ssr=ssr.clone() />
                    <Route path=path!("service-principals/new") view=still!(pages::service_principals::NewServicePrincipal) ssr=ssr.clone() />
                    <Route path=path!("service-principals/:id/:tab?") view=still!(pages::service_principal::ServicePrincipalPage) ssr=ssr.clone() />
                    <Route path=path!("administrative-units") view=still!(pages::administrative_units::AdministrativeUnits) ssr=ssr.clone() />
                    <Route path=path!("administrative-units/new") view=still!(pages::administrative_units::NewAdministrativeUnit) ssr=ssr.clone() />
                    <Route path=path!("administrative-units/:id/:tab?") view=still!(pages::administrative_unit::AdministrativeUnitPage) ssr=ssr.clone() />
                    <Route path=path!("roles") view=still!(pages::roles::Roles) ssr=ssr.clone() />
                    <Route path=path!("roles/:id/:tab?") view=still!(pages::roles::RolePage) ssr=ssr.clone() />
                    <Route path=path!("role-settings/compare") view=still!(pages::role_settings::CompareSettings) ssr=ssr.clone() />
                    <Route path=path!("role-settings/apply") view=still!(pages::role_settings::ApplySettings) ssr=ssr.clone() />
                    <Route path=path!("role-settings/transfer") view=still!(pages::role_settings::TransferSettings) ssr=ssr.clone() />
                    <Route path=path!("assignments") view=still!(pages::assignments::Assignments) ssr=ssr.clone() />
                    <Route path=path!("assignments/add") view=AddAssignments ssr=ssr.clone() />
                    <Route path=path!("assignments/:id/prolong") view=still!(pages::prolong::ProlongPage) ssr=ssr.clone() />
                    <Route path=path!("assignments/:id/update") view=still!(pages::update_assignment::UpdateAssignment) ssr=ssr.clone() />
                    <Route path=path!("notifications") view=still!(pages::notifications::Notifications) ssr=ssr.clone() />
                    <Route path=path!("notifications/webhooks") view=still!(pages::notifications::WebhookDeliveries) ssr=ssr.clone() />
                    <Route path=path!("requests") view=still!(pages::requests::Requests) ssr=ssr.clone() />
                    <Route path=path!("audit") view=still!(pages::audit::Audit) ssr=ssr.clone() />
                    <Route path=path!("confirm") view=still!(pages::confirm::Confirm) ssr=ssr.clone() />
                    <Route path=path!("security-info") view=still!(pages::security_info::SecurityInfoPage) ssr=ssr.clone() />
                    <Route path=path!("authentication-contexts") view=still!(pages::authentication_contexts::AuthenticationContexts) ssr=ssr.clone() />
                    <Route path=path!("sessions") view=still!(pages::sessions::Sessions) ssr=ssr.clone() />
                    <Route path=path!("sign-in-logs") view=still!(pages::sign_in_logs::SignInLogs) ssr=ssr.clone() />
                    <Route path=path!("signed-out") view=still!(pages::signed_out::SignedOut) ssr=ssr.clone() />
                    <Route path=path!("search") view=still!(pages::search::Search) ssr=ssr.clone() />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
    }
}
