//! The two styles of paging: `first_id`/`last_id` for users, invites, keys, projects and what is
//! in them, `next` for groups, roles and what joins them. Both walk a store behind a cursor;
//! neither counts, neither scans.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::json::{Json, ToJson};
use crate::message::Answer;
use crate::query::Query;
use crate::refusal::{Code, Refusal};
use crate::settings::{
    DeletedCursor, EmptyCursors, LimitOutOfRange, LimitZero, ListOrder, NextCursor, Settings, UnknownCursor,
};
use crate::store::{Direction, Position, Row, Store};

/// Bytes of most rows, a little more.
const USUAL_ROW: usize = 256;

/// How one list is paged.
pub(super) struct List {
    style: Style,
    limit: usize,
    limits: RangeInclusive<usize>,
    /// Where the list starts unless `order` says otherwise; none if there is no such parameter.
    direction: Option<Direction>,
    unknown_cursor_status: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `first_id` and `last_id`.
    Ids,
    /// `next`.
    Next,
}

/// list-users. Its declared errors do not include the 404 that other lists have for a cursor.
pub(super) const USERS: List = List {
    style: Style::Ids,
    limit: 20,
    limits: 1..=100,
    direction: None,
    unknown_cursor_status: 400,
};
/// list-invites.
pub(super) const INVITES: List = List {
    unknown_cursor_status: 404,
    ..USERS
};
/// list-groups.
pub(super) const GROUPS: List = List {
    style: Style::Next,
    limit: 100,
    limits: 0..=1000,
    direction: Some(Direction::Ascending),
    unknown_cursor_status: 404,
};
/// list-group-users, which starts at the other end than all other lists.
pub(super) const MEMBERS: List = List {
    direction: Some(Direction::Descending),
    ..GROUPS
};

/// admin-api-keys-list: the style of users with an `order`, and no greatest `limit` in the
/// documentation. That it ends at a thousand is our choice.
pub(super) const ADMIN_KEYS: List = List {
    limits: 1..=1000,
    direction: Some(Direction::Ascending),
    ..INVITES
};
/// list-audit-logs, which is always newest first and knows `before` too.
pub(super) const AUDIT_LOGS: List = INVITES;
/// list-projects, list-project-users, list-project-service-accounts.
pub(super) const PROJECTS: List = INVITES;
/// list-project-groups.
pub(super) const PROJECT_GROUPS: List = List {
    limit: 20,
    limits: 0..=100,
    ..GROUPS
};
/// list-roles, list-project-roles.
pub(super) const ROLES: List = List { limit: 1000, ..GROUPS };
/// The roles of a user or group, which have no documented default; the largest page is our choice.
pub(super) const ASSIGNMENTS: List = ROLES;

/// One page.
pub(super) struct Page<'a, T> {
    pub(super) rows: Vec<&'a T>,
    last: Option<Position>,
    has_more: bool,
}

/// Where a page begins.
pub(super) enum Cursor<P> {
    Start,
    Behind(P),
    Nowhere,
}

impl<P> Cursor<P> {
    /// What the page begins behind, if anything.
    pub(super) fn position(self) -> Option<P> {
        match self {
            Self::Behind(position) => Some(position),
            Self::Start | Self::Nowhere => None,
        }
    }
}

impl List {
    /// The page that `query` asks for, as an answer: of the rows that `keep` lets through, each in
    /// the wire form that `body` gives it.
    pub(super) fn list<'a, T: Row, W: ToJson>(
        &self,
        store: &'a Store<T>,
        query: &Query,
        settings: &Settings,
        keep: impl Fn(&T) -> bool,
        body: impl Fn(&'a T) -> W,
    ) -> Result<Answer, Refusal> {
        let page = self.page(store, None, keep, query, settings)?;
        let data = page.rows.iter().copied().map(body);
        Ok(self.answer(&page, data, settings))
    }

    /// The page that `query` asks for, of the rows that `keep` lets through and, if given, are
    /// among `only`.
    pub(super) fn page<'a, T: Row>(
        &self,
        store: &'a Store<T>,
        only: Option<&BTreeSet<Position>>,
        keep: impl Fn(&T) -> bool,
        query: &Query,
        settings: &Settings,
    ) -> Result<Page<'a, T>, Refusal> {
        let limit = self.limit(query, settings)?;
        let direction = self.direction(query, settings)?;
        let cursor = self.cursor(store, query, settings)?;
        if matches!(cursor, Cursor::Nowhere) {
            return Ok(Page {
                rows: Vec::new(),
                last: None,
                has_more: false,
            });
        }
        let behind = cursor.position();
        let is_shuffled = self.direction.is_none() && settings.list_order == ListOrder::Shuffled;
        let from = if is_shuffled { before_block(behind) } else { behind };
        let mut rows = match only {
            None => store.walk(direction, from),
            Some(only) => walk_only(store, only, direction, from),
        };
        if is_shuffled {
            rows = Box::new(shuffled(rows, behind));
        }
        let mut rows: Vec<_> = rows.filter(|(_, row)| keep(row)).take(limit + 1).collect();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(|(position, _)| *position);
        Ok(Page {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            last,
            has_more,
        })
    }

    pub(super) fn limit(&self, query: &Query, settings: &Settings) -> Result<usize, Refusal> {
        let Some(text) = query.last("limit") else {
            return Ok(self.limit);
        };
        let (low, high) = (*self.limits.start(), *self.limits.end());
        let refuse = || {
            let text = format!("'limit' must be an integer from {low} to {high}.");
            Refusal::invalid("limit", text)
        };
        let limit: i64 = text.parse().map_err(|_| refuse())?;
        if limit == 0 && low == 0 && settings.limit_zero == LimitZero::DefaultLimit {
            return Ok(self.limit);
        }
        match (usize::try_from(limit), settings.limit_out_of_range) {
            (Ok(limit), _) if self.limits.contains(&limit) => Ok(limit),
            (Ok(_) | Err(_), LimitOutOfRange::Refuse) => Err(refuse()),
            (Ok(limit), LimitOutOfRange::Clamp) => Ok(limit.clamp(low, high)),
            (Err(_), LimitOutOfRange::Clamp) => Ok(if limit < 0 { low } else { high }),
        }
    }

    fn direction(&self, query: &Query, settings: &Settings) -> Result<Direction, Refusal> {
        let Some(direction) = self.direction else {
            return Ok(match settings.list_order {
                ListOrder::NewestFirst => Direction::Descending,
                ListOrder::OldestFirst | ListOrder::Shuffled => Direction::Ascending,
            });
        };
        match query.last("order") {
            None => Ok(direction),
            Some("asc") => Ok(Direction::Ascending),
            Some("desc") => Ok(Direction::Descending),
            Some(_) => Err(Refusal::invalid("order", "'order' must be 'asc' or 'desc'.")),
        }
    }

    fn cursor<T: Row>(
        &self,
        store: &Store<T>,
        query: &Query,
        settings: &Settings,
    ) -> Result<Cursor<Position>, Refusal> {
        self.cursor_in(query, "after", settings, |after| {
            if self.uses_tokens(settings) {
                return parse_token(after);
            }
            let gone = || match settings.deleted_cursor {
                DeletedCursor::Continue => store.position_of_gone(after),
                DeletedCursor::Refuse => None,
            };
            store.position(after).or_else(gone)
        })
    }

    /// The cursor in a parameter, where `find` knows what is there.
    pub(super) fn cursor_in<P>(
        &self,
        query: &Query,
        parameter: &'static str,
        settings: &Settings,
        find: impl FnOnce(&str) -> Option<P>,
    ) -> Result<Cursor<P>, Refusal> {
        let Some(cursor) = query.last(parameter).filter(|cursor| !cursor.is_empty()) else {
            return Ok(Cursor::Start);
        };
        match (find(cursor), settings.unknown_cursor) {
            (Some(position), _) => Ok(Cursor::Behind(position)),
            (None, UnknownCursor::FirstPage) => Ok(Cursor::Start),
            (None, UnknownCursor::EmptyPage) => Ok(Cursor::Nowhere),
            (None, UnknownCursor::Refuse) => {
                let text = format!("The pagination cursor {cursor} was not found.");
                let status = self.unknown_cursor_status;
                Err(Refusal::new(status, Code::CursorNotFound, text).about(parameter))
            }
        }
    }

    fn uses_tokens(&self, settings: &Settings) -> bool {
        self.style == Style::Next && settings.next_cursor == NextCursor::Opaque
    }

    /// The page as an answer, with the rows in their wire form.
    pub(super) fn answer<T: Row>(
        &self,
        page: &Page<'_, T>,
        data: impl Iterator<Item = impl ToJson>,
        settings: &Settings,
    ) -> Answer {
        let last_id = page.rows.last().map(|row| row.id());
        match self.style {
            Style::Ids => {
                let first_id = page.rows.first().map(|row| row.id());
                ids_answer(data, [first_id, last_id], page.has_more, settings)
            }
            Style::Next => {
                let next = match page.last.filter(|_| page.has_more) {
                    Some(last) if self.uses_tokens(settings) => Some(Cow::Owned(token(last))),
                    Some(_) => last_id.map(Cow::Borrowed),
                    None => None,
                };
                let mut json = begun(data);
                json.paste(r#","has_more":"#).value(&page.has_more);
                json.paste(r#","next":"#).text_or_null(next.as_deref()).paste("}");
                Answer::written(200, json)
            }
        }
    }
}

/// A page in the style of `first_id` and `last_id`.
pub(super) fn ids_answer(
    data: impl Iterator<Item = impl ToJson>,
    [first_id, last_id]: [Option<&str>; 2],
    has_more: bool,
    settings: &Settings,
) -> Answer {
    let mut json = begun(data);
    if first_id.is_some() || settings.empty_cursors != EmptyCursors::Omitted {
        json.paste(r#","first_id":"#).text_or_null(first_id);
        json.paste(r#","last_id":"#).text_or_null(last_id);
    }
    json.paste(r#","has_more":"#).value(&has_more).paste("}");
    Answer::written(200, json)
}

/// What all lists begin with.
fn begun(data: impl Iterator<Item = impl ToJson>) -> Json {
    let rows = data.size_hint().1.unwrap_or_default();
    let mut json = Json::with_capacity((rows + 1) * USUAL_ROW);
    json.paste(r#"{"object":"list","data":"#).array(data);
    json
}

fn walk_only<'a, T: Row>(
    store: &'a Store<T>,
    only: &BTreeSet<Position>,
    direction: Direction,
    behind: Option<Position>,
) -> Box<dyn Iterator<Item = (Position, &'a T)> + 'a> {
    let mut positions: Vec<Position> = only.iter().copied().collect();
    match direction {
        Direction::Ascending => positions.retain(|position| behind.is_none_or(|at| *position > at)),
        Direction::Descending => {
            positions.retain(|position| behind.is_none_or(|at| *position < at));
            positions.reverse();
        }
    }
    let row = |position| Some((position, store.at(position)?));
    Box::new(positions.into_iter().filter_map(row))
}

/// How many neighbours change places among each other in [`ListOrder::Shuffled`]: a power of two.
/// So a page costs its own length there too, and rows that come and go do not move others.
const BLOCK: u64 = 8;

/// Where a row stands in a shuffled list.
fn place(position: Position) -> u64 {
    position.0 ^ 0b101
}

/// The position before the block that a cursor is in.
fn before_block(behind: Option<Position>) -> Option<Position> {
    let first = behind?.0 & !(BLOCK - 1);
    first.checked_sub(1).map(Position)
}

/// Ascending rows from the start of a block, in their places, from behind the cursor.
fn shuffled<'a, T: 'a>(
    rows: impl Iterator<Item = (Position, &'a T)>,
    behind: Option<Position>,
) -> impl Iterator<Item = (Position, &'a T)> {
    let mut rows = rows.peekable();
    let mut block = Vec::new();
    let in_places = std::iter::from_fn(move || {
        if block.is_empty() {
            let number = rows.peek()?.0.0 / BLOCK;
            block.extend(std::iter::from_fn(|| rows.next_if(|row| row.0.0 / BLOCK == number)));
            block.sort_by_key(|(position, _)| std::cmp::Reverse(place(*position)));
        }
        block.pop()
    });
    in_places.skip_while(move |(position, _)| behind.is_some_and(|behind| place(*position) <= place(behind)))
}

/// A `next` that is no id.
fn token(position: Position) -> String {
    format!("cur_{:016x}", position.0.rotate_left(17) ^ TOKEN_MASK)
}

fn parse_token(token: &str) -> Option<Position> {
    let digits = token.strip_prefix("cur_").filter(|digits| digits.len() == 16)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    Some(Position((number ^ TOKEN_MASK).rotate_right(17)))
}

/// Only so that a token does not look like a number somebody might count up.
const TOKEN_MASK: u64 = 0x9e37_79b9_7f4a_7c15;
