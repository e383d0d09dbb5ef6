//! Requests for people and groups: reads the message, asks the bridge, shows what comes back.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::Answer;
use super::request::Asked;
use crate::bridge::{Bridge, Created};
use crate::core::error::ScimError;
use crate::core::json::Object;
use crate::core::paging::Page;
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::store::{GroupRecord, Person};
use crate::variant::Variant;

/// GET /Users.
pub(super) async fn list_users(bridge: &Bridge, asked: &Asked) -> Result<Answer, ScimError> {
    let (filter, page) = (asked.filter(Kind::User)?, asked.page()?);
    let people = bridge
        .find_users(filter.as_ref(), page.start == 1)
        .await
        .map_err(|error| match error.status {
            500.. if bridge.faults().has(Fault::OutageMeansNotFound) => ScimError::new(404, "nobody found"),
            _ => error,
        })?;
    if filter.is_some() && people.is_empty() && bridge.faults().has(Fault::ProbeAnswers404) {
        return Err(ScimError::new(404, "nobody matches"));
    }
    let mut people = people;
    if bridge.faults().has(Fault::ListsNewestFirst) {
        Arc::make_mut(&mut people).reverse();
    }
    let shown = page.of(&people);
    let resources: Vec<Value> = shown
        .iter()
        .map(|person| {
            let mut shown = show_user(bridge, asked, person);
            if filter.is_none() && bridge.faults().has(Fault::ListsEverybodyActive) {
                shown.insert("active".to_owned(), true.into());
            }
            if person.is_pending() && bridge.faults().has(Fault::InviteesListedInactive) {
                shown.insert("active".to_owned(), false.into());
            }
            Value::Object(shown)
        })
        .collect();
    Ok(Answer::list(&resources, page, people.len(), bridge))
}

/// POST /Users.
pub(super) async fn create_user(bridge: &Bridge, asked: &Asked) -> Result<Answer, ScimError> {
    let Created(person) = bridge.create_user(asked.object()?).await?;
    let mut shown = show_user(bridge, asked, &person);
    if bridge.faults().has(Fault::CreateWithoutId) {
        shown.shift_remove("id");
    }
    if bridge.faults().has(Fault::CreateAnswers200) {
        return Ok(Answer::ok(shown));
    }
    let location = if bridge.faults().has(Fault::HeaderLocationBare) {
        asked.place.join(Kind::User.endpoint())
    } else {
        asked.place.of(Kind::User, &person.id)
    };
    Ok(Answer::created(shown, location))
}

/// GET /Users/{id}.
pub(super) async fn get_user(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    let person = bridge.read_user(id).await?;
    let shown = show_user(bridge, asked, &person);
    if bridge.faults().has(Fault::ReadAnswersList) {
        return Ok(Answer::list(
            &[Value::Object(shown)],
            Page { start: 1, count: 1 },
            1,
            bridge,
        ));
    }
    Ok(Answer::ok(shown))
}

/// PUT /Users/{id}.
pub(super) async fn replace_user(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    let faults = bridge.faults();
    match bridge.visible_person(id) {
        Err(_) if faults.has(Fault::PutCreates) => return create_user(bridge, asked).await,
        found => found?,
    };
    let body = asked.object()?;
    if faults.has(Fault::SchemasInsistedOn) && crate::core::json::get(&body, "schemas").is_none() {
        return Err(ScimError::syntax("schemas is missing"));
    }
    let person = bridge.replace_user(id, body).await?;
    Ok(Answer::ok(show_user(bridge, asked, &person)))
}

/// PATCH /Users/{id}.
pub(super) async fn patch_user(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    bridge.visible_person(id)?;
    let person = bridge.patch_user(id, asked.object()?).await?;
    if bridge.is(Variant::PatchUser204) && !asked.projection.is_selective() {
        return Ok(Answer::nothing());
    }
    Ok(Answer::ok(show_user(bridge, asked, &person)))
}

/// GET /Groups.
pub(super) async fn list_groups(bridge: &Bridge, asked: &Asked) -> Result<Answer, ScimError> {
    let (filter, page) = (asked.filter(Kind::Group)?, asked.page()?);
    if filter.is_none() && bridge.faults().has(Fault::GroupsOnlyByName) {
        return Err(ScimError::value("a list of groups needs a filter on displayName"));
    }
    let with_members = asked.projection.shows("members");
    let groups = bridge
        .find_groups(filter.as_ref(), page.start == 1, with_members)
        .await?;
    if filter.is_none() && bridge.faults().has(Fault::GroupListTakesASecond) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let unborn = filter.is_none() && !groups.iter().any(|group| group.claimed);
    if unborn && bridge.faults().has(Fault::EmptyListAnswers404) {
        return Err(ScimError::new(404, "there are no groups"));
    }
    if filter.is_some() && groups.is_empty() && bridge.faults().has(Fault::GroupProbeAnswers404) {
        return Err(ScimError::new(404, "no group matches"));
    }
    let names: HashSet<String> = groups.iter().map(|group| group.name().to_lowercase()).collect();
    if bridge.faults().has(Fault::GroupNamesAsKeys) && names.len() < groups.len() {
        return Err(ScimError::new(500, "duplicate key"));
    }
    let shown = if bridge.faults().has(Fault::GroupPagesAllTheSame) {
        Page { start: 1, ..page }
    } else {
        page
    };
    let resources: Vec<Value> = shown
        .of(&groups)
        .iter()
        .map(|group| Value::Object(show_listed_group(bridge, asked, group)))
        .collect();
    Ok(Answer::list(&resources, page, groups.len(), bridge))
}

/// POST /Groups.
pub(super) async fn create_group(bridge: &Bridge, asked: &Asked) -> Result<Answer, ScimError> {
    let group = bridge.create_group(asked.object()?).await?;
    let location = asked.place.of(Kind::Group, &group.id);
    Ok(Answer::created(show_group(bridge, asked, &group), location))
}

/// GET /Groups/{id}.
pub(super) async fn get_group(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    let with_members = asked.projection.shows("members");
    let group = bridge.visible_group(id, with_members).await?;
    Ok(Answer::ok(show_group(bridge, asked, &group)))
}

/// PUT /Groups/{id}.
pub(super) async fn replace_group(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    match bridge.visible_group(id, false).await {
        Err(_) if bridge.faults().has(Fault::LatePutRevivesGroup) => return create_group(bridge, asked).await,
        found => found?,
    };
    let group = bridge.replace_group(id, asked.object()?).await?;
    Ok(Answer::ok(show_group(bridge, asked, &group)))
}

/// PATCH /Groups/{id}: 204 unless attributes were asked for (RFC 7644 §3.5.2).
pub(super) async fn patch_group(bridge: &Bridge, asked: &Asked, id: &str) -> Result<Answer, ScimError> {
    bridge.visible_group(id, false).await?;
    let group = bridge.patch_group(id, asked.object()?).await?;
    if asked.projection.is_selective() || bridge.is(Variant::PatchGroup200) {
        return Ok(Answer::ok(show_group(bridge, asked, &group)));
    }
    Ok(Answer::nothing())
}

fn show_user(bridge: &Bridge, asked: &Asked, person: &Person) -> Object {
    let mut resource = bridge.render_user(person, &asked.place);
    asked.projection.apply(Kind::User, &mut resource);
    resource
}

fn show_listed_group(bridge: &Bridge, asked: &Asked, group: &GroupRecord) -> Object {
    if bridge.faults().has(Fault::ListIgnoresExcluded) {
        return bridge.render_group(group, true, &asked.place);
    }
    show_group(bridge, asked, group)
}

fn show_group(bridge: &Bridge, asked: &Asked, group: &GroupRecord) -> Object {
    let with_members = asked.projection.shows("members");
    let mut resource = bridge.render_group(group, with_members, &asked.place);
    asked.projection.apply(Kind::Group, &mut resource);
    resource
}
