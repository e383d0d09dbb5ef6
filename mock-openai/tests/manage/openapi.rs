//! The description that the mock serves of its management API is true.

use std::collections::BTreeSet;

use mock_openai::{Clock, MockOpenAi};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Every operation: verb, path, description.
fn operations(description: &Value) -> Vec<(Method, &str, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |at| (path, at)));
    operations
        .map(|(path, (verb, operation))| (verb.to_uppercase().parse().unwrap(), path.as_str(), operation))
        .collect()
}

#[tokio::test]
async fn it_has_every_route_and_no_other() {
    let desk = Desk::open().await;
    let description = desk.get("/openapi.json").await;
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let operations = operations(&description);
    let described: BTreeSet<_> = operations
        .iter()
        .map(|(verb, path, _)| format!("{verb} {path}"))
        .collect();
    // Who is lost is told every route of the router.
    let (_, lost) = desk.send(Method::GET, "/nowhere", None).await;
    let routes = lost["error"].as_str().unwrap().strip_prefix("known are ").unwrap();
    let routes: BTreeSet<_> = routes.split(", ").map(str::to_owned).collect();
    assert_eq!(described, routes);
}

/// Each example is sent to a mock of its own, where Ann has a pending invite.
#[tokio::test]
async fn its_examples_work() {
    let description = Desk::open().await.get("/openapi.json").await;
    let mut sent = 0;
    for (verb, path, operation) in operations(&description) {
        let content = &operation["requestBody"]["content"]["application/json"];
        let examples = content["examples"].as_object();
        let mut bodies: Vec<_> = examples
            .into_iter()
            .flatten()
            .map(|(_, example)| Some(&example["value"]))
            .collect();
        if operation["requestBody"]["required"] != true {
            bodies.push(None);
        }
        assert!(!bodies.is_empty(), "{verb} {path} has no example");
        for body in bodies {
            let then = "frozen@1700000000".parse::<Clock>().unwrap();
            let desk = Desk::with(MockOpenAi::builder().clock(then)).await;
            let (_, invite) = desk.post("/invites", json!({ "email": "ann@example.com" })).await;
            let path = path.replace("{id}", invite["id"].as_str().unwrap());
            let (status, answer) = desk.send(verb.clone(), &path, body.cloned()).await;
            assert_eq!(status, 200, "{verb} {path} with {body:?}: {answer}");
            has_what_is_required(&description, operation, &answer);
            sent += 1;
        }
    }
    assert!(sent > 30, "{sent} requests");
}

/// The fields of the answer are those that its schema requires, and maybe more.
fn has_what_is_required(description: &Value, operation: &Value, answer: &Value) {
    let mut schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    if let Some(name) = schema["$ref"].as_str() {
        schema = description.pointer(name.trim_start_matches('#')).unwrap();
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(answer.get(name.as_str().unwrap()).is_some(), "{answer} has no {name}");
    }
    if schema["additionalProperties"] == false {
        let known = schema["properties"].as_object();
        let is_known = |name: &String| known.is_some_and(|known| known.contains_key(name));
        assert!(
            answer.as_object().unwrap().keys().all(is_known),
            "{answer} has more than {schema}"
        );
    }
}
