//! Those who decide and those who wait are told by mail, each once.

use std::sync::{Arc, Mutex};
use stint_engine::{
    mail::{self, Mail, MailCarrier, Transport},
    test_support::{User, World},
    worker,
};
use stint_store::{Database, PageRequest};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

stint_store::on_both_databases!(
    approvers_are_asked_and_whoever_asked_is_answered,
    the_rules_say_who_is_told,
    what_a_person_typed_stays_text,
    mail_goes_to_a_server_once,
    a_server_that_is_down_loses_no_mail,
);

const ROLE: &str = "User Administrator";
const BASE: &str = "https://pim.example";

/// Mira is eligible; Priya and Omar may approve.
struct Office {
    world: World,
    mira: User,
    priya: User,
    eligibility: stint_domain::id::ScheduleId,
}

async fn office(database: Database) -> Office {
    let world = World::new(database).await;
    let (mira, priya, omar) = (world.user("Mira").await, world.user("Priya").await, world.user("Omar").await);
    let eligibility = world.make_eligible(&mira, ROLE).await;
    world.require_approval(ROLE, &[priya.id, omar.id]).await;
    Office { world, mira, priya, eligibility }
}

impl Office {
    fn carrier(&self, transport: Transport) -> MailCarrier {
        MailCarrier::new(self.world.engine.clone(), transport, "Stint <pim@stint.example>", BASE).unwrap()
    }

    async fn work(&self, transport: Transport) {
        worker::work(&self.world.engine, &self.carrier(transport)).await.unwrap();
    }

    /// The mails, the first first, with their states.
    async fn mails(&self) -> Vec<(Mail, String)> {
        let page = PageRequest::first();
        let rows =
            self.world.read(&self.world.ada, async |op| mail::list(op, &page).await).await.unwrap().items;
        let mut mails: Vec<(Mail, String)> =
            rows.into_iter().map(|row| (serde_json::from_str(&row.payload).unwrap(), row.state)).collect();
        mails.sort_by(|(one, _), (other, _)| (&one.subject, &one.to).cmp(&(&other.subject, &other.to)));
        mails
    }

    /// Who was told what.
    async fn subjects(&self) -> Vec<(String, String)> {
        let name = |to: &str| to.split(['.', '@']).next().unwrap_or_default().to_owned();
        self.mails().await.into_iter().map(|(mail, _)| (name(&mail.to), mail.subject)).collect()
    }
}

fn told(to: &str, subject: &str) -> (String, String) {
    (to.to_owned(), subject.to_owned())
}

async fn approvers_are_asked_and_whoever_asked_is_answered(database: Database) {
    let office = office(database).await;
    let request = office.world.request(&office.mira, office.eligibility).await;
    office.work(Transport::Keep).await;
    let asks = "PIM: Mira asks to activate User Administrator";
    assert_eq!(office.subjects().await, [told("omar", asks), told("priya", asks)]);
    let (mail, state) = office.mails().await.remove(0);
    assert_eq!(state, "done");
    for expected in
        [&format!("{BASE}/approvals/{request}"), "Reason: on call", "Duration: 1 hour", "Scope: Directory"]
    {
        assert!(mail.text.contains(expected), "{expected} is missing: {}", mail.text);
    }
    assert!(mail.html.contains(&format!("href=\"{BASE}/approvals/{request}\"")), "one clear button");

    office.world.approve(&office.priya, request).await.unwrap();
    office.work(Transport::Keep).await;
    office.work(Transport::Keep).await;
    assert_eq!(
        office.subjects().await,
        [
            told("omar", asks),
            told("priya", asks),
            // Priya decided, so only Omar is told that it is done.
            told("omar", "PIM: Mira's request for User Administrator was approved"),
            told("mira", "PIM: your request for User Administrator was approved"),
        ]
    );
    assert!(office.mails().await.iter().all(|(mail, _)| mail.thread == request), "one thread");
}

async fn the_rules_say_who_is_told(database: Database) {
    use stint_domain::settings::NotificationLevel;
    let office = office(database).await;
    let changed = office.world.change_settings(ROLE, |settings| {
        settings.notify_approver_of_activation.notification_level = NotificationLevel::Critical;
        settings.notify_approver_of_activation.notification_recipients = vec!["soc@stint.example".to_owned()];
        settings.notify_requestor_of_activation.is_default_recipients_enabled = false;
    });
    changed.await.unwrap();
    let request = office.world.request(&office.mira, office.eligibility).await;
    office.world.deny(&office.priya, request).await.unwrap();
    office.work(Transport::Keep).await;
    let asks = "PIM: Mira asks to activate User Administrator";
    // That it was denied asks nobody for an act, and Mira's own mail is switched off.
    assert_eq!(office.subjects().await, [told("omar", asks), told("priya", asks), told("soc", asks)]);
}

async fn what_a_person_typed_stays_text(database: Database) {
    use stint_domain::{assign::Activation, time::Duration};
    let office = office(database).await;
    let asked = Activation {
        start: None,
        duration: Duration::hours(1),
        justification: Some(stint_engine::test_support::reason(
            "<a href=\"//evil.example\">click</a> & more",
        )),
        ticket: None,
    };
    let ask = async |op: &mut stint_engine::Operation| {
        stint_engine::activate::activate(op, office.eligibility, asked, None).await
    };
    office.world.write(&office.mira, ask).await.unwrap();
    office.work(Transport::Keep).await;
    let (mail, _) = office.mails().await.remove(0);
    assert!(!mail.html.contains("<a href=\"//evil"), "{}", mail.html);
    assert!(mail.html.contains("&lt;a href=&quot;//evil.example&quot;&gt;click&lt;/a&gt; &amp; more"));
}

/// A server that takes every mail, and what it took.
async fn server() -> (Transport, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, kept.clone()));
        }
    });
    (Transport::smtp(&format!("smtp://{address}")).unwrap(), taken)
}

/// The least of SMTP that a client needs.
async fn take(stream: tokio::net::TcpStream, taken: Arc<Mutex<Vec<String>>>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 here\r\n").await.unwrap();
    let (mut mail, mut in_data) = (String::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = if in_data {
            if line != "." {
                mail.push_str(&line);
                mail.push('\n');
                continue;
            }
            in_data = false;
            taken.lock().unwrap().push(std::mem::take(&mut mail));
            "250 taken"
        } else if line.starts_with("DATA") {
            in_data = true;
            "354 go on"
        } else if line.starts_with("QUIT") {
            "221 bye"
        } else {
            "250 yes"
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn mail_goes_to_a_server_once(database: Database) {
    let office = office(database).await;
    let request = office.world.request(&office.mira, office.eligibility).await;
    let (transport, taken) = server().await;
    for _ in 0..3 {
        office.work(transport.clone()).await;
    }
    let mails = taken.lock().unwrap().clone();
    assert_eq!(mails.len(), 2, "{mails:?}");
    for expected in [
        "Subject: PIM: Mira asks to activate User Administrator",
        "From: Stint <pim@stint.example>",
        &format!("References: <request.{request}@stint.example>"),
        "text/plain",
        "text/html",
    ] {
        assert!(mails.iter().all(|mail| mail.contains(expected)), "{expected}: {}", mails[0]);
    }
}

async fn a_server_that_is_down_loses_no_mail(database: Database) {
    let office = office(database).await;
    office.world.request(&office.mira, office.eligibility).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let down = Transport::smtp(&format!("smtp://{nobody}")).unwrap();
    office.work(down).await;
    let states: Vec<_> = office.mails().await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["queued", "queued"], "to be tried again");
    assert_eq!(office.world.count("SELECT COUNT(*) FROM outbox WHERE last_error IS NOT NULL").await, 2);

    office.world.advance(stint_engine::test_support::hours(1));
    let (up, taken) = server().await;
    office.work(up).await;
    assert_eq!(taken.lock().unwrap().len(), 2);
}
