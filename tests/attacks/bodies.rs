//! Bodies and headers that are too much, broken, or something else than they say.

use crate::{ADMIN, form, page, routes::SERVER_FUNCTIONS, turn::on_both_databases, world::World};
use axum::http::StatusCode;
use stint_engine::store::Database;

on_both_databases!(too_much_is_not_read, what_is_broken_is_refused, headers_without_end_are_only_headers);

const FORM: &str = "application/x-www-form-urlencoded";

async fn too_much_is_not_read(database: Database) {
    let world = World::new(database).await;
    let much = "x=".to_owned() + &"x".repeat(1 << 20);
    for (function, ..) in SERVER_FUNCTIONS {
        let path = format!("/api/{function}");
        for (accept, length) in [("application/json", Some(much.len())), ("text/html", None)] {
            let length = length.map(|length| length.to_string());
            let mut headers = vec![("accept", accept)];
            headers.extend(length.as_deref().map(|length| ("content-length", length)));
            let status = world.ask(form(&path, &headers, much.clone())).await.status;
            let refused = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST];
            assert!(refused.contains(&status), "{function}: {status}");
        }
    }
}

/// What says that it is a form, and is none, or one that nobody would send.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, count: usize| open.repeat(count).into_bytes();
    let nested = format!("id{}=1", "[a]".repeat(2000));
    let many = (0..5_000).map(|number| format!("f{number}={number}")).collect::<Vec<_>>().join("&");
    let list = (0..5_000).map(|number| format!("ids%5B{number}%5D=x")).collect::<Vec<_>>().join("&");
    let multipart = b"--x\r\nContent-Disposition: form-data; name=\"id\"; filename=\"a\r\n\r\nhalf of it";
    vec![
        (FORM, Vec::new()),
        (FORM, vec![0xff; 64]),
        (FORM, b"id=\xc3\x28&q=\xff".to_vec()),
        (FORM, b"id=%ff%fe&q=%c3%28".to_vec()),
        (FORM, b"id=%00&q=%00&after=%00&user_name=%00".to_vec()),
        (FORM, b"%=%&=&&&===%zz&[]=1&]=[".to_vec()),
        (FORM, b"id=1&id=2&id%5B%5D=3&id%5Bx%5D=4".to_vec()),
        (FORM, b"ids%5B99999999999999999999%5D=x&ids%5B-1%5D=x&ids%5B%5D=x".to_vec()),
        (FORM, b"form%5Bstages%5D%5B255%5D%5Bapprovers%5D%5B0%5D=x&form=1".to_vec()),
        (FORM, nested.into_bytes()),
        (FORM, many.into_bytes()),
        (FORM, list.into_bytes()),
        ("application/x-www-form-urlencoded; charset=utf-7", b"id=+ADw-script+AD4-".to_vec()),
        ("multipart/form-data; boundary=x", multipart.to_vec()),
        ("multipart/form-data", b"--".to_vec()),
        ("application/json", deep("[", 50_000)),
        ("application/json", deep("{\"draft\":", 20_000)),
        ("application/json", b"{\"draft\":{\"tab\":\"\\ud800\"}}".to_vec()),
        ("application/json", b"{\"id\":1e400,\"id\":2}".to_vec()),
        ("application/cbor", vec![0x9f; 4096]),
        ("text/plain", b"id=1".to_vec()),
        ("text/xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>".to_vec()),
        ("", b"id=1".to_vec()),
    ]
}

async fn what_is_broken_is_refused(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie(ADMIN).await;
    let broken = broken();
    for (function, ..) in SERVER_FUNCTIONS.iter().filter(|(function, ..)| *function != "sign_out") {
        for (kind, body) in &broken {
            // As a script sends it: what a page makes of a refusal is the same for all.
            let headers =
                [("content-type", *kind), ("accept", "application/json"), ("cookie", cookie.as_str())];
            let answer = world.ask(form(&format!("/api/{function}"), &headers, body.clone())).await;
            let begins = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert!(!answer.status.is_server_error(), "{function} {kind} {begins}: {}", answer.body);
        }
        // As a browser sends it by itself.
        for (kind, body) in broken.iter().filter(|(kind, _)| *kind == FORM).take(5) {
            let headers = [("content-type", *kind), ("cookie", cookie.as_str())];
            let answer = world.ask(form(&format!("/users?post={function}"), &headers, body.clone())).await;
            assert!(!answer.status.is_server_error(), "{function}: {}", answer.body);
        }
        // Deep in a field that is JSON itself, as what a passkey signed is.
        let deep = format!("challenge=ab&name=x&answer={}", "%5B".repeat(20_000));
        let (status, body) = world.call(function, &deep, Some(&cookie)).await;
        assert!(!status.is_server_error(), "{function}: {body}");
    }
}

async fn headers_without_end_are_only_headers(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie(ADMIN).await;
    let long = "x".repeat(60_000);
    let many = "1.2.3.4, ".repeat(5_000);
    let cookies = format!("{}{cookie}", "a=b; ".repeat(5_000));
    for (name, value) in [
        ("user-agent", long.as_str()),
        ("accept-language", long.as_str()),
        ("x-forwarded-for", many.as_str()),
        ("x-request-id", long.as_str()),
        ("referer", long.as_str()),
        ("host", long.as_str()),
        ("range", "bytes=0-0,1-1,-1"),
        ("expect", "100-continue"),
        ("te", "trailers, chunked"),
        ("upgrade", "websocket"),
        ("content-encoding", "gzip, br, zstd"),
        ("if-none-match", "*"),
    ] {
        let answer = world.ask(page("/users", &[("cookie", cookies.as_str()), (name, value)])).await;
        assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
        let sent = form("/users?post=end_other_sessions", &[("cookie", cookie.as_str()), (name, value)], "");
        let answer = world.ask(sent).await;
        assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
    }
}
