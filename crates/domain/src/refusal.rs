//! Why a rule said no, as data; whoever is told reads the words that each rule has.

use crate::{role::ScopeType, step_up::FactorMethod, text::TextError, time::Duration};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The field of a form that a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The role.
    Role,
    /// The kind of scope, or the scope itself.
    Scope,
    /// The members.
    Members,
    /// Eligible or active.
    AssignmentType,
    /// The start.
    Start,
    /// The end.
    End,
    /// The length of an activation.
    Duration,
    /// The reason.
    Justification,
    /// The ticket's number or system.
    Ticket,
    /// What a thing is called.
    DisplayName,
    /// What a user signs in with.
    UserName,
    /// A password.
    Password,
    /// The password as it is until now.
    PresentPassword,
    /// The new password, typed a second time.
    PasswordAgain,
    /// A description.
    Description,
    /// What somebody does.
    JobTitle,
    /// Where in the organisation somebody works.
    Department,
    /// The longest activation.
    ActivationMaximum,
    /// A second factor: a code, or what a passkey says.
    SecondFactor,
    /// The class of a sign-in.
    Acr,
    /// The code of an authenticator app that is being set up.
    Code,
    /// What an activation asks for: a second factor or an authentication context.
    ActivationRequirement,
    /// What a ticket's number has to look like.
    TicketPattern,
    /// Which system is asked about a ticket.
    TicketCheck,
    /// How long an eligible assignment may last.
    EligibleMaximum,
    /// How long an active assignment may last.
    ActiveMaximum,
    /// What an administrator brings to make somebody eligible or active.
    AssignmentRequirement,
    /// Who decides on activations, in the stage of this number.
    Approvers(u8),
    /// How many approvals that stage needs.
    ApprovalsNeeded(u8),
    /// Who decides in that stage when it takes long, and from when on.
    BackupApprovers(u8),
    /// The stages that follow the first.
    ApprovalStages,
    /// Who stands in for an approver.
    Substitute,
    /// For how long approvers may decide.
    ApprovalWindow,
    /// When they are reminded.
    ApprovalReminder,
    /// The addresses of administrators, when somebody is made eligible.
    NotifyAdminOfEligible,
    /// The addresses beside the person who is made eligible.
    NotifyRequestorOfEligible,
    /// The addresses of those who decide on extending an eligibility.
    NotifyApproverOfEligible,
    /// The addresses of administrators, when somebody is made active.
    NotifyAdminOfActive,
    /// The addresses beside the person who is made active.
    NotifyRequestorOfActive,
    /// The addresses of those who decide on extending an active assignment.
    NotifyApproverOfActive,
    /// The addresses of administrators, when somebody activates.
    NotifyAdminOfActivation,
    /// The addresses beside the person who activates.
    NotifyRequestorOfActivation,
    /// The addresses of those who decide on an activation.
    NotifyApproverOfActivation,
    /// The form as a whole.
    Form,
}

/// One rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A text is missing or cannot be taken.
    #[error("{0}")]
    Text(TextError),
    /// Nothing was chosen.
    #[error("{0}")]
    Missing(String),
    /// The end is not after the start.
    #[error("The end must be after the start.")]
    EndBeforeStart,
    /// Less than [`Duration::SHORTEST`].
    #[error("The shortest time is {}.", .0.in_words())]
    TooShort(Duration),
    /// More than the role's settings allow.
    #[error("This role's settings allow at most {}.", .0.in_words())]
    TooLong(Duration),
    /// The start lies in the past by more than a forgivable moment.
    #[error("The start lies in the past.")]
    StartInPast,
    /// The start lies further ahead than anybody plans.
    #[error("The start is too far ahead.")]
    StartTooLate,
    /// The settings want an end.
    #[error("This role's settings do not allow a permanent assignment; it may last {}.", .0.in_words())]
    MustExpire(Duration),
    /// The settings want a reason.
    #[error("This role's settings ask for a reason.")]
    JustificationRequired,
    /// The settings want a ticket.
    #[error("This role's settings ask for a ticket number.")]
    TicketRequired,
    /// The ticket's number does not look as the settings say.
    #[error("The ticket number has to look like this: {0}.")]
    TicketForm(String),
    /// The system that was asked about the ticket said no, in its words.
    #[error("The ticket system does not accept this ticket: {0}")]
    TicketInvalid(String),
    /// The system that was to be asked about the ticket did not answer.
    #[error(
        "The ticket could not be checked, and this role's settings ask for that. Try again in a moment, or ask an administrator."
    )]
    TicketNotChecked,
    /// A system that cannot be asked so.
    #[error(
        "Give an address such as https://itsm.contoso.example/check (http only on this machine, no user, at most 300 characters) and 1 to 10 seconds."
    )]
    TicketCheck,
    /// The server cannot prove who asks.
    #[error("This server has no secret to sign ticket checks with. Its operator sets ticket_check_secret.")]
    TicketCheckSecret,
    /// A pattern that no ticket number could fit, or that is too long.
    #[error("Give a pattern of at most 100 characters, such as INC#######, and a hint of at most 200.")]
    TicketPattern,
    /// A program cannot activate, so it cannot be eligible.
    #[error("{0} is a service principal and cannot be eligible; choose an active assignment.")]
    ServicePrincipalEligible(String),
    /// The group was not made to hold roles.
    #[error("{0} is a group that roles cannot be assigned to. That is chosen when a group is created.")]
    GroupNotAssignable(String),
    /// The member is gone.
    #[error("{0} was deleted meanwhile. Take them out of the selection.")]
    MemberDeleted(String),
    /// Somebody who may not sign in.
    #[error("{0} is disabled.")]
    MemberDisabled(String),
    /// The same assignment is there already.
    #[error("{member} already has an {kind} assignment of this role at this scope {window}.")]
    Exists {
        /// Who has it.
        member: String,
        /// "eligible" or "active".
        kind: String,
        /// "permanently", "until ...".
        window: String,
    },
    /// The role cannot be limited in this way.
    #[error("{role} cannot be limited to one {}.", .scope.label().to_lowercase())]
    ScopeNotSupported {
        /// The role's name.
        role: String,
        /// What was chosen.
        scope: ScopeType,
    },
    /// The scope is gone or never was.
    #[error("This scope does not exist any more. Choose another.")]
    ScopeMissing,
    /// Some published roles exist for machines only.
    #[error("{0} cannot be assigned.")]
    RoleNotAssignable(String),
    /// The eligibility is gone, over, or somebody else's.
    #[error("You are not eligible for this role (any more). My roles shows what you can activate.")]
    NotEligible,
    /// It is on already.
    #[error("This role is already active until {}.", .0.format("%-d %b %Y, %H:%M UTC"))]
    AlreadyActive(DateTime<Utc>),
    /// A request for the same is open.
    #[error("A request for this role is already waiting for a decision.")]
    RequestPending,
    /// It begins after the eligibility has ended.
    #[error("Your eligibility ends before this activation would begin.")]
    AfterEligibility,
    /// Too soon after activation, where the configuration says so.
    #[error("A role can be deactivated {} after activation at the earliest.", .0.in_words())]
    ActiveTooShort(Duration),
    /// Its window follows from what the person asked for and from the eligibility.
    #[error("This is an activation. Remove it, or change the eligibility that it came from.")]
    IsActivation,
    /// Not in force (any more).
    #[error("This assignment has ended meanwhile.")]
    AlreadyEnded,
    /// More than two weeks before the end.
    #[error("This assignment can be extended from {} on.", .0.format("%-d %b %Y, %H:%M UTC"))]
    ExtendTooEarly(DateTime<Utc>),
    /// What has ended is renewed.
    #[error("This assignment has ended. It can be renewed until {}.", .0.format("%-d %b %Y, %H:%M UTC"))]
    EndedRenew(DateTime<Utc>),
    /// What has not ended is extended.
    #[error("This assignment holds until {}. It can be renewed after that.", .0.format("%-d %b %Y, %H:%M UTC"))]
    NotEnded(DateTime<Utc>),
    /// It ended too long ago.
    #[error("This assignment could be renewed until {}. The role has to be assigned anew.", .0.format("%-d %b %Y, %H:%M UTC"))]
    RenewTooLate(DateTime<Utc>),
    /// There is nothing to extend.
    #[error("This assignment is permanent.")]
    IsPermanent,
    /// It was taken away, so that time alone did not end it.
    #[error("This assignment did not run its time ({0}). The role has to be assigned anew.")]
    EndedEarly(String),
    /// The assignment belongs to the group.
    #[error("This comes from the group {0}. An administrator extends or renews the group's assignment.")]
    HeldThroughGroup(String),
    /// An extension that would not be one.
    #[error("An extension ends after {}. Change the assignment to shorten it.", .0.format("%-d %b %Y, %H:%M UTC"))]
    EndsNoLater(DateTime<Utc>),
    /// Nobody else may assign roles.
    #[error("Nobody could decide on this: those who may assign roles are {0}.")]
    NobodyCanDecide(String),
    /// Only what holds can be made to hold longer.
    #[error("This activation has not begun. Deactivate it and activate anew, for as long as you need.")]
    NotBegun,
    /// From now on, the activation would last longer than allowed.
    #[error("This role's settings allow at most {} from now on: you can add {}.", .maximum.in_words(), .left.in_words())]
    ExtensionTooLong {
        /// The longest activation.
        maximum: Duration,
        /// How much of that is left after the present end.
        left: Duration,
    },
    /// No time is left in the eligibility.
    #[error("Your eligibility ends with this activation, so it cannot last longer.")]
    EligibilityEndsFirst,
    /// The last standing holder of a guarded role.
    #[error(
        "This would leave the organisation without a permanently active {0} who can sign in. Assign the role to somebody else first."
    )]
    LastAdministrator(String),
    /// The first holder of a guarded role must stay.
    #[error("The only active {0} must be permanent: nobody would hold the role after the end.")]
    FirstMustStay(String),
    /// Somebody else has that name.
    #[error("{0} is already taken.")]
    Taken(String),
    /// An activation is a matter of hours.
    #[error("Choose between half an hour and 24 hours, in steps of half an hour.")]
    ActivationMaximum,
    /// What is activated ends by itself.
    #[error("An activation always ends.")]
    ActivationMustEnd,
    /// An assignment lasts for one of a few usual times.
    #[error("Choose 15 days, 1 month, 3 months, 6 months or 1 year.")]
    AssignmentMaximum,
    /// An authentication context already says how somebody signs in.
    #[error("Ask either for a second factor or for an authentication context, not for both.")]
    TwoRequirements,
    /// The context has no name that is known.
    #[error("Name an authentication context from c1 to c99.")]
    AuthenticationContext,
    /// Tickets belong to activations.
    #[error("A ticket can only be asked for when somebody activates.")]
    TicketOnAssignment,
    /// The number of approvals is out of range.
    #[error("Between 1 and {0} approvals can be needed.")]
    ApprovalsNeeded(u8),
    /// The time to decide is out of range.
    #[error("Give approvers between 15 minutes and 30 days to decide.")]
    ApprovalWindow,
    /// A reminder that comes at once or too late.
    #[error("Remind approvers after 15 minutes at the earliest, and before the time to decide is over.")]
    Reminder,
    /// The same with backup approvers.
    #[error("Ask backup approvers after 15 minutes at the earliest, and before the time to decide is over.")]
    Escalation,
    /// More stages than anybody waits for.
    #[error("There can be at most {0} stages.")]
    TooManyStages(u8),
    /// Only directory roles have approvers by default.
    #[error("Choose at least one approver.")]
    NoApprover,
    /// Somebody who was chosen as an approver and cannot be one.
    #[error("{name} cannot approve: {reason}.")]
    CannotApprove {
        /// Who.
        name: String,
        /// "the account is disabled", "deleted meanwhile", ...
        reason: String,
    },
    /// Fewer people could decide than are needed.
    #[error("{needed} approvals are needed, but only {people} could give one.")]
    TooFewApprovers {
        /// How many approvals are needed.
        needed: u8,
        /// Who could give one: "Mira Stein and Priya Raman", "nobody".
        people: String,
    },
    /// The same for one of several stages.
    #[error(
        "Stage {stage} needs {needed} and could have them from {people} only. Nobody counts in two stages, so each needs people of its own."
    )]
    TooFewInStage {
        /// Which stage, from 1.
        stage: u8,
        /// "one approval", "2 approvals".
        needed: String,
        /// Who could give one.
        people: String,
    },
    /// Nobody but the person themselves, or too few, could approve.
    #[error(
        "Nobody could approve this: it needs {needed} from others, and those who may decide are {people}. Ask an administrator to name more approvers in the role's settings."
    )]
    NobodyCanApprove {
        /// "one approval", "2 approvals".
        needed: String,
        /// Who may decide: "only you", "nobody", "Mira Stein".
        people: String,
    },
    /// A text that no mail can be sent to.
    #[error("{0} is not a mail address.")]
    MailAddress(String),
    /// More addresses than a rule takes.
    #[error("At most {0} addresses; use a distribution list for more.")]
    TooManyAddresses(usize),
    /// Somebody else was faster.
    #[error("{by} changed these settings on {}. Look at them again before you change them.", .at.format("%-d %b %Y, %H:%M UTC"))]
    SettingsChanged {
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Nobody agrees to what they asked for themselves.
    #[error("This is your own request. Somebody else has to decide.")]
    OwnRequest,
    /// A request is decided once.
    #[error("{by} {what} on {}.", .at.format("%-d %b %Y, %H:%M UTC"))]
    AlreadyDecided {
        /// "approved this request", "denied this request", "cancelled this request", ...
        what: String,
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Somebody of a later stage.
    #[error("You decide in stage {0}, after the stage before it has approved.")]
    LaterStage(u8),
    /// Somebody without whom a later stage cannot be approved.
    #[error(
        "Stage {0} needs you: nobody counts in two stages, and without you too few could approve it. Somebody else decides now."
    )]
    NeededLater(u8),
    /// Somebody of a stage that is over.
    #[error("Stage {stage}, in which you decide, is over: {by} approved on {}.", .at.format("%-d %b %Y, %H:%M UTC"))]
    StageOver {
        /// Which stage.
        stage: u8,
        /// Whose approval was the last.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A backup approver whose time has not come.
    #[error("You are a backup approver: you can decide from {} on if nobody has decided by then.", .0.format("%-d %b %Y, %H:%M UTC"))]
    BackupFrom(DateTime<Utc>),
    /// A backup approver of something that began before there were any.
    #[error(
        "You are a backup approver, but this stage began before backup approvers were named. Its approvers decide."
    )]
    BackupTooLate,
    /// Who stands in for somebody and the one they stand in for say one thing between them.
    #[error("{by} {what} on {}. An approver and whoever stands in for them count as one.", .at.format("%-d %b %Y, %H:%M UTC"))]
    CountsAsOne {
        /// "approved this request", "denied this request".
        what: String,
        /// Who: "Lena for Paul".
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Somebody who was chosen to stand in and cannot.
    #[error("{name} cannot stand in for you: {reason}.")]
    CannotStandIn {
        /// Who.
        name: String,
        /// "the account is disabled", "deleted meanwhile", ...
        reason: String,
    },
    /// An absence is neither long nor far ahead.
    #[error("Somebody may stand in for at most {days} days, and until {ahead} days from now at the latest.")]
    SubstituteTooLong {
        /// How many days at most.
        days: i64,
        /// How many days from now on.
        ahead: i64,
    },
    /// One at a time.
    #[error("{name} stands in for you from {} to {}. End that first, or choose other days.", .from.format("%-d %b %Y, %H:%M UTC"), .to.format("%-d %b %Y, %H:%M UTC"))]
    SubstituteThen {
        /// Who.
        name: String,
        /// From when on.
        from: DateTime<Utc>,
        /// Until when.
        to: DateTime<Utc>,
    },
    /// It was over.
    #[error("This has ended meanwhile.")]
    SubstitutionEnded,
    /// Nobody whose decision there is to make.
    #[error(
        "No role's settings name you as an approver, so there is nothing in which somebody could stand in for you."
    )]
    NoApproversSeat,
    /// The time to decide is over.
    #[error("Nobody decided in time: this request expired on {}.", .0.format("%-d %b %Y, %H:%M UTC"))]
    RequestExpired(DateTime<Utc>),
    /// Approvers shorten, they do not lengthen.
    #[error("{} were asked for; you can grant less, not more.", .0.in_words())]
    LongerThanAsked(Duration),
    /// A file of settings that cannot be read, or says what cannot be.
    #[error("{0}")]
    Document(String),
    /// The session has no second factor that is fresh and strong enough.
    #[error("{}", second_factor_needed(.would_do, .has, *.within))]
    SecondFactorNeeded {
        /// What would do.
        would_do: Vec<FactorMethod>,
        /// What of it the person has.
        has: Vec<FactorMethod>,
        /// How long ago it may have been given.
        within: Duration,
    },
    /// An authentication context asks for another place.
    #[error("This can only be done from certain networks ({0}).")]
    NetworkNotAllowed(String),
    /// An authentication context asks for another sign-in.
    #[error(
        "This asks for a sign-in of the class {0} at your identity provider, and yours is of another, or too long ago."
    )]
    SignInNeeded(String),
    /// The code is wrong, or of another time.
    #[error(
        "This code is not right. Enter the one that the app shows now, or a recovery code that was not used before."
    )]
    WrongCode,
    /// The code was right, once.
    #[error("This code was used already. Wait for the next one.")]
    CodeUsed,
    /// Too many wrong codes.
    #[error("Too many wrong codes. Try again from {} on.", .0.format("%H:%M UTC"))]
    TooManyCodes(DateTime<Utc>),
    /// A passkey that cannot be taken, and why.
    #[error("{0}")]
    Passkey(String),
    /// An identity provider was of no use.
    #[error("{}", .problem.in_words(.name))]
    IdentityProvider {
        /// What it is called.
        name: String,
        /// Why.
        problem: crate::sign_in::ProviderProblem,
    },
    /// What somebody signs in with cannot all be taken away.
    #[error("This is your only way to sign in. Set a password, or add a passkey, first.")]
    OnlyWayIn,
    /// What was typed is too much to be kept while the person is elsewhere.
    #[error("This form holds too much to be kept meanwhile. Confirm in another way.")]
    TooLongToKeep,
    /// There is nothing to keep secrets with.
    #[error(
        "Authenticator apps cannot be set up: the server has no key to keep their secrets with. An administrator sets secret_key_file in its configuration."
    )]
    NoSecretKey,
    /// What was begun is too old, or done.
    #[error("This took too long, or was done already. Begin again.")]
    BeginAgain,
    /// A range of addresses that cannot be read.
    #[error("{0}")]
    Network(crate::network::NoNetwork),
    /// A factor counts for minutes.
    #[error("Enter between 1 and 720 minutes.")]
    Freshness,
    /// A password that is guessed soon; why, and what would help.
    #[error("This password is too easy to guess. {0}")]
    WeakPassword(String),
    /// A new password that is the old one.
    #[error("Choose another password than the present one.")]
    SamePassword,
    /// The password that was asked for to be sure.
    #[error("This is not your present password.")]
    WrongPassword,
    /// A link that works once did.
    #[error("This link was used already. It works once.")]
    LinkUsed,
    /// A link that works for a while did.
    #[error("This link has expired. It worked for {} minutes.", crate::text::LINK_MINUTES)]
    LinkExpired,
    /// A link that is none.
    #[error("This link does not work: a newer one was made, or it was not copied as a whole.")]
    LinkUnknown,
    /// Groups cannot go round in a circle, and role-assignable groups cannot be nested.
    #[error("{0}")]
    Membership(String),
}

/// What is missing, in words: a person who has nothing of it is told where to get it.
fn second_factor_needed(would_do: &[FactorMethod], has: &[FactorMethod], within: Duration) -> String {
    let what = match would_do {
        [FactorMethod::Passkey] => "a passkey",
        _ => "a second factor",
    };
    if has.is_empty() {
        return format!(
            "This asks for {what}, and you have none. Add one under Security info, then come back."
        );
    }
    let has: Vec<_> = has.iter().map(|method| method.in_words()).collect();
    format!("This asks for {what}, given within the last {}: {}.", within.in_words(), has.join(", or "))
}

/// A broken rule, and the field that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Refusal {
    /// Where the person can mend it.
    pub field: Field,
    /// What was broken.
    pub rule: Broken,
}

impl Refusal {
    /// A refusal at a field.
    pub const fn at(field: Field, rule: Broken) -> Self {
        Self { field, rule }
    }
}

/// Every rule that one request broke, so that a person can mend all at once. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Nothing was broken, or everything that was.
    pub fn check(found: Vec<Refusal>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// What was broken, in the order of the form.
    pub fn as_slice(&self) -> &[Refusal] {
        &self.0
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}
