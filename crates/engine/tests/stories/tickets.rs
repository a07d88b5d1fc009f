//! Another system is asked about a ticket before a role is turned on, and obeyed.

use crate::{heard, refused};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration as Span,
};
use stint_domain::{
    assign::Activation,
    authz::Action,
    id::ScheduleId,
    refusal::{Broken, Field},
    settings::{Requirement, TicketCheck, WithoutAnswer},
    text::{TicketNumber, TicketSystem},
    time::Duration,
};
use stint_engine::{
    Error, Result,
    activate::{self, Activated},
    role_settings::{self, Document, Format},
    test_support::{User, World, because, hours},
    ticket_check::{Wanted, carry_out},
};
use stint_store::{Database, PageRequest};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

stint_store::on_both_databases!(
    a_valid_ticket_turns_the_role_on,
    an_invalid_one_does_not_and_the_message_is_shown,
    without_an_answer_the_settings_decide,
    nonsense_is_no_answer,
    everything_else_is_checked_first_and_again,
    nobody_waits_for_the_other_system,
    nothing_goes_past_the_question,
    who_sets_it_and_how,
);

const SECRET: &str = "a secret of sixteen";
const ROLE: &str = "User Administrator";

/// What the other system does with a question.
#[derive(Clone)]
enum Reply {
    /// Answers with this status and body.
    With(u16, String),
    /// Never answers.
    Silence,
    /// Takes a while.
    Late(Span, String),
}

fn says(body: Value) -> Reply {
    Reply::With(200, body.to_string())
}

type Calls = Arc<Mutex<Vec<(String, String)>>>;

struct Itsm {
    url: String,
    calls: Calls,
    reply: Arc<Mutex<Reply>>,
}

impl Itsm {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/check", listener.local_addr().unwrap());
        let (calls, reply) = (Calls::default(), Arc::new(Mutex::new(says(json!({ "valid": true })))));
        let (kept, replies) = (calls.clone(), reply.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, kept.clone(), replies.clone()));
            }
        });
        Self { url, calls, reply }
    }

    fn will(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    fn asked(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

async fn answer(mut stream: TcpStream, calls: Calls, reply: Arc<Mutex<Reply>>) {
    let (reader, mut writer) = stream.split();
    let call = heard::request(reader).await;
    calls.lock().unwrap().push(call);
    let reply = reply.lock().unwrap().clone();
    let (status, body) = match reply {
        Reply::With(status, body) => (status, body),
        Reply::Silence => return std::future::pending().await,
        Reply::Late(span, body) => {
            tokio::time::sleep(span).await;
            (200, body)
        }
    };
    let location = if status == 302 { "location: http://127.0.0.1:1/\r\n" } else { "" };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} so\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = writer.write_all(text.as_bytes()).await;
}

struct Stage {
    world: World,
    mira: User,
    eligibility: ScheduleId,
    itsm: Itsm,
}

impl Stage {
    async fn new(database: Database) -> Self {
        let mut world = World::new(database).await;
        world.engine = world.engine.clone().with_ticket_check_secret(SECRET).unwrap();
        let mira = world.user("Mira").await;
        let eligibility = world.make_eligible(&mira, ROLE).await;
        let stage = Self { world, mira, eligibility, itsm: Itsm::start().await };
        stage.set(1, WithoutAnswer::Refuse).await;
        stage
    }

    async fn set(&self, timeout_seconds: u8, without_answer: WithoutAnswer) {
        let check = TicketCheck { url: self.itsm.url.clone(), timeout_seconds, without_answer };
        self.world
            .change_settings(ROLE, |settings| {
                let rule = &mut settings.activation_enablement;
                rule.enabled_rules.insert(Requirement::Ticketing);
                rule.ticket_check = Some(check);
            })
            .await
            .unwrap();
    }

    async fn carry_out(&self, wanted: Wanted, asked: Activation) -> Result<Activated> {
        let caller = self.world.caller(&self.mira).await;
        let system = Some(TicketSystem::parse("ServiceNow").unwrap());
        carry_out(&self.world.engine, &caller, wanted, asked, system).await
    }

    async fn activate(&self) -> Result<Activated> {
        self.carry_out(Wanted::Activate(self.eligibility), asked(1)).await
    }

    async fn events(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let filter =
            stint_store::audit::Filter { target: Some(self.mira.id.as_uuid()), ..Default::default() };
        let list = async |op: &mut _| stint_engine::audit::list(op, &filter, &PageRequest::first()).await;
        let events = self.world.read(&self.world.ada, list).await.unwrap().items;
        let about_tickets = events.into_iter().filter(|event| event.activity.starts_with("Check ticket"));
        about_tickets.map(|event| (event.activity, event.ticket, event.detail)).collect()
    }

    async fn is_on(&self) -> bool {
        self.world.may(&self.mira, Action::CreateUsers).await
    }
}

fn asked(hours: i64) -> Activation {
    Activation {
        start: None,
        duration: Duration::hours(hours),
        justification: because("on call"),
        ticket: Some(TicketNumber::parse("INC7").unwrap()),
    }
}

async fn a_valid_ticket_turns_the_role_on(database: Database) {
    let stage = Stage::new(database).await;
    let activated = stage.activate().await.unwrap().schedule().unwrap();
    assert!(stage.is_on().await);
    let call = stage.itsm.calls.lock().unwrap()[0].clone();
    heard::check_signature(&stage.world, SECRET, &call);
    let (head, body) = call;
    assert!(head.starts_with("POST /check HTTP/1.1"), "{head}");
    assert!(heard::header(&head, "content-type").starts_with("application/json"));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["ticket"], json!({ "system": "ServiceNow", "number": "INC7" }));
    assert_eq!((&body["action"], &body["scope"]), (&json!("activate"), &json!("/")));
    assert_eq!(body["principal"]["userPrincipalName"], stage.mira.user_name);
    assert_eq!((&body["role"]["displayName"], &body["justification"]), (&json!(ROLE), &json!("on call")));
    let events = stage.events().await;
    let [(activity, ticket, detail)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(activity, "Check ticket in PIM completed");
    assert_eq!(ticket.as_deref(), Some("ServiceNow INC7"));
    assert_eq!(detail.as_deref(), Some("127.0.0.1 says that the ticket is valid"));
    // Longer is asked about anew.
    stage.carry_out(Wanted::Extend(activated.id), asked(2)).await.unwrap();
    assert_eq!(stage.itsm.asked(), 2);
    let body: Value = serde_json::from_str(&stage.itsm.calls.lock().unwrap()[1].1).unwrap();
    assert_eq!(body["action"], "extend");
    stage.world.advance(hours(2));
    assert!(stage.is_on().await);
}

async fn an_invalid_one_does_not_and_the_message_is_shown(database: Database) {
    let stage = Stage::new(database).await;
    stage.set(1, WithoutAnswer::LetThrough).await;
    let long = "x".repeat(1000);
    for (answer, shown) in [
        (json!({ "valid": false, "message": " INC7 is\nclosed. " }), "INC7 is closed.".to_owned()),
        (json!({ "valid": false }), "it is not valid".to_owned()),
        (json!({ "valid": false, "message": "" }), "it is not valid".to_owned()),
        (json!({ "valid": false, "message": long }), format!("{}…", "x".repeat(200))),
        (json!({ "valid": false, "message": "<b>no</b>", "more": [1] }), "<b>no</b>".to_owned()),
    ] {
        stage.itsm.will(says(answer));
        assert_eq!(refused(stage.activate().await), [(Field::Ticket, Broken::TicketInvalid(shown))]);
        assert!(!stage.is_on().await);
    }
    let events = stage.events().await;
    assert_eq!(events.len(), 5);
    let (activity, ticket, detail) = &events[4];
    assert_eq!(
        (activity.as_str(), ticket.as_deref()),
        ("Check ticket in PIM refused", Some("ServiceNow INC7"))
    );
    assert_eq!(detail.as_deref(), Some("127.0.0.1 says that the ticket is not valid: INC7 is closed."));
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM schedule WHERE state = 'activated'").await, 0);
}

async fn without_an_answer_the_settings_decide(database: Database) {
    let stage = Stage::new(database).await;
    stage.itsm.will(Reply::Silence);
    let begun = std::time::Instant::now();
    assert_eq!(refused(stage.activate().await), [(Field::Ticket, Broken::TicketNotChecked)]);
    assert!(begun.elapsed() < Span::from_secs(5), "{:?}", begun.elapsed());
    let (activity, _, detail) = &stage.events().await[0];
    assert_eq!(activity, "Check ticket in PIM refused");
    assert_eq!(detail.as_deref(), Some("Not checked and refused: 127.0.0.1: no answer for 1 seconds"));

    stage.set(1, WithoutAnswer::LetThrough).await;
    stage.activate().await.unwrap();
    assert!(stage.is_on().await);
    let (activity, _, detail) = &stage.events().await[0];
    assert_eq!(activity, "Check ticket in PIM completed");
    assert_eq!(detail.as_deref(), Some("Not checked and let through: 127.0.0.1: no answer for 1 seconds"));
}

async fn nonsense_is_no_answer(database: Database) {
    let stage = Stage::new(database).await;
    let large = format!(r#"{{"valid": true, "message": "{}"}}"#, "x".repeat(20_000));
    let good = r#"{"valid": true}"#.to_owned();
    for (status, body) in [
        (200, String::new()),
        (200, "true".to_owned()),
        (200, r#"{"valid": "yes"}"#.to_owned()),
        (200, r#"{"message": "fine"}"#.to_owned()),
        (200, "<html>".to_owned()),
        (200, large),
        (302, good.clone()),
        (404, good.clone()),
        (500, good),
    ] {
        stage.itsm.will(Reply::With(status, body.clone()));
        let said = refused(stage.activate().await);
        assert_eq!(
            said,
            [(Field::Ticket, Broken::TicketNotChecked)],
            "{status} {}",
            &body[..body.len().min(40)]
        );
    }
    let asked = stage.itsm.asked();
    assert_eq!(asked, 9, "a redirect is not followed, and nothing is asked twice");
    let events = stage.events().await;
    let details: Vec<_> = events.iter().filter_map(|(_, _, detail)| detail.as_deref()).collect();
    assert!(details[0].ends_with("the answer was 500"), "{details:?}");
    assert!(details[2].ends_with("the answer was 302; redirects are not followed"), "{details:?}");
    assert!(details[3].ends_with("the answer has more than 16384 bytes"), "{details:?}");
    // Nobody is there.
    let change = |settings: &mut stint_domain::settings::RoleSettings| {
        let check = settings.activation_enablement.ticket_check.as_mut().unwrap();
        "http://127.0.0.1:1/".clone_into(&mut check.url);
    };
    stage.world.change_settings(ROLE, change).await.unwrap();
    assert_eq!(refused(stage.activate().await), [(Field::Ticket, Broken::TicketNotChecked)]);
    assert!(!stage.is_on().await);
}

async fn everything_else_is_checked_first_and_again(database: Database) {
    let stage = Stage::new(database).await;
    let world = &stage.world;
    let wanted = Wanted::Activate(stage.eligibility);
    let too_long = stage.carry_out(wanted, asked(9)).await;
    assert_eq!(refused(too_long), [(Field::Duration, Broken::TooLong(Duration::hours(8)))]);
    let no_ticket = Activation { ticket: None, ..asked(1) };
    assert_eq!(refused(stage.carry_out(wanted, no_ticket).await), [(Field::Ticket, Broken::TicketRequired)]);
    world.require_approval(ROLE, &[stage.mira.id]).await;
    let nobody = refused(stage.activate().await);
    assert!(matches!(nobody[..], [(_, Broken::NobodyCanApprove { .. })]), "{nobody:?}");
    assert_eq!(stage.itsm.asked(), 0, "nothing is asked in vain");

    // A request that waits for approval was asked about too.
    let paul = world.user("Paul").await;
    world.require_approval(ROLE, &[paul.id]).await;
    let Activated::Pending { request, .. } = stage.activate().await.unwrap() else { panic!("it waits") };
    assert_eq!(stage.itsm.asked(), 1);
    world.approve(&paul, request).await.unwrap();
    assert_eq!(stage.itsm.asked(), 1, "who approves is not the one who brings the ticket");
    world.advance(hours(2));

    // What changes while the other system thinks is looked at again.
    stage.itsm.will(Reply::Late(Span::from_millis(500), r#"{"valid": true}"#.to_owned()));
    let remove = async {
        tokio::time::sleep(Span::from_millis(150)).await;
        let eligibility = stage.eligibility;
        world.write(&world.ada, async |op| stint_engine::assign::remove(op, eligibility, None).await).await
    };
    let (activated, removed) = tokio::join!(stage.activate(), remove);
    removed.unwrap();
    assert_eq!(refused(activated), [(Field::Form, Broken::NotEligible)]);
    assert!(!stage.is_on().await);
}

async fn nobody_waits_for_the_other_system(database: Database) {
    let stage = Stage::new(database).await;
    let world = &stage.world;
    stage.set(5, WithoutAnswer::Refuse).await;
    world.caller(&stage.mira).await;
    stage.itsm.will(Reply::Late(Span::from_millis(1500), r#"{"valid": true}"#.to_owned()));
    let other = async {
        while stage.itsm.asked() == 0 {
            tokio::time::sleep(Span::from_millis(5)).await;
        }
        let begun = std::time::Instant::now();
        // A write, and of the very rows that the activation takes.
        let change = stint_engine::assign::Change {
            start: None,
            end: Some(world.now() + hours(24)),
            justification: because("for less long"),
        };
        let eligibility = stage.eligibility;
        world
            .write(&world.ada, async |op| stint_engine::assign::update(op, eligibility, change).await)
            .await
            .unwrap();
        begun.elapsed()
    };
    let (activated, took) = tokio::join!(stage.activate(), other);
    activated.unwrap();
    assert!(took < Span::from_secs(1), "{took:?}");
}

async fn nothing_goes_past_the_question(database: Database) {
    let stage = Stage::new(database).await;
    let (world, mira) = (&stage.world, &stage.mira);
    let past =
        world.write(mira, async |op| activate::activate(op, stage.eligibility, asked(1), None).await).await;
    assert!(matches!(past, Err(Error::TicketUnchecked(_))), "{past:?}");
    assert!(!stage.is_on().await);
    // An answer is for one question: for a role whose settings change meanwhile it is asked anew.
    stage.itsm.will(Reply::Late(Span::from_millis(400), r#"{"valid": true}"#.to_owned()));
    let change = async {
        tokio::time::sleep(Span::from_millis(100)).await;
        stage.set(2, WithoutAnswer::Refuse).await;
    };
    let (activated, ()) = tokio::join!(stage.activate(), change);
    activated.unwrap();
    assert_eq!(stage.itsm.asked(), 2);
    // Where no secret is configured any more, nobody is asked and nothing is let through unseen.
    stage.world.advance(hours(2));
    let bare = stint_engine::Engine::start(
        world.engine.database().clone(),
        world.clock(),
        Arc::new(stint_engine::random::Random::from_seed(8)),
    )
    .await
    .unwrap();
    let caller = world.caller(mira).await;
    let unasked = carry_out(&bare, &caller, Wanted::Activate(stage.eligibility), asked(1), None).await;
    assert_eq!(refused(unasked), [(Field::Ticket, Broken::TicketNotChecked)]);
    assert_eq!(stage.itsm.asked(), 2);
}

async fn who_sets_it_and_how(database: Database) {
    let stage = Stage::new(database).await;
    let world = &stage.world;
    let set = async |url: &str, seconds| {
        let check = TicketCheck {
            url: url.to_owned(),
            timeout_seconds: seconds,
            without_answer: WithoutAnswer::LetThrough,
        };
        world
            .change_settings(ROLE, |settings| settings.activation_enablement.ticket_check = Some(check))
            .await
    };
    for (url, seconds) in
        [("http://169.254.169.254/latest", 3), ("https://x@y", 3), ("https://x", 0), ("https://x", 11)]
    {
        assert_eq!(refused(set(url, seconds).await), [(Field::TicketCheck, Broken::TicketCheck)], "{url}");
    }
    set("https://itsm.contoso.example/check", 7).await.unwrap();
    // It travels as a file, there and away again.
    let role = world.role(ROLE);
    let ours = async || {
        let everywhere = stint_domain::scope::ScopePath::directory();
        let found = world.read(&world.ada, async |op| role_settings::get(op, role, &everywhere).await).await;
        found.unwrap().settings.activation_enablement.ticket_check
    };
    let with = world.read(&world.ada, async |op| role_settings::export(op, true).await).await.unwrap();
    let kept = ours().await.unwrap();
    for format in [Format::Toml, Format::Json] {
        let text = with.write(format).unwrap();
        assert!(text.contains("itsm.contoso.example"), "{text}");
        world
            .change_settings(ROLE, |settings| settings.activation_enablement.ticket_check = None)
            .await
            .unwrap();
        let without = world.read(&world.ada, async |op| role_settings::export(op, true).await).await.unwrap();
        let import = async |text: &str| {
            world
                .write(&world.ada, async |op| {
                    let wanted = Document::parse(text)?.wanted(op).await?;
                    role_settings::put_many(op, wanted).await
                })
                .await
        };
        let planned = import(&text).await.unwrap();
        let said: Vec<_> = planned[0].changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "Ticket check: None → https://itsm.contoso.example/check, 7 seconds; without an answer let through and note it"
            ]
        );
        assert_eq!(ours().await, Some(kept.clone()));
        import(&without.write(format).unwrap()).await.unwrap();
        assert_eq!(ours().await, None);
        import(&text).await.unwrap();
    }
    // Without a secret it is not set.
    let bare = stint_engine::Engine::start(
        world.engine.database().clone(),
        world.clock(),
        Arc::new(stint_engine::random::Random::from_seed(9)),
    )
    .await
    .unwrap();
    let mut op = bare.write(&world.caller(&world.ada).await).await.unwrap();
    let everywhere = stint_domain::scope::ScopePath::directory();
    let found = role_settings::get(&mut op, role, &everywhere).await.unwrap();
    let mut settings = found.settings;
    settings.activation_enablement.ticket_check.as_mut().unwrap().timeout_seconds = 8;
    let said = refused(role_settings::update(&mut op, role, &everywhere, settings, found.version).await);
    assert_eq!(said, [(Field::TicketCheck, Broken::TicketCheckSecret)]);
}
