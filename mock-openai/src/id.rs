//! Identifiers in the shapes seen in practice, drawn from a seed.
//!
//! Clients must treat ids as opaque. These look like the real ones (mixed case, separators of
//! both kinds) so that a client which takes them apart, or folds their case, fails here first.

use fastrand::Rng;

use crate::timestamp::Timestamp;

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// Crockford's base 32, the alphabet of ULIDs.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Tells the stream of keys from the others.
const KEYS: u64 = 0x6b65_7973;

/// The source of all ids of one organization. The same seed gives the same ids.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    /// Things that live: users, invites, groups, roles, projects.
    things: Rng,
    seed: u64,
    /// Requests. A stream of its own, so that extra reads do not change later object ids.
    requests: Rng,
    /// Admin keys. As for requests: who opens the organization does not change what is in it.
    keys: Rng,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            things: Rng::with_seed(seed),
            seed,
            requests: Rng::with_seed(seed ^ 0x7265_7175_6573_7473),
            keys: Rng::with_seed(seed ^ KEYS),
        }
    }

    /// Goes on with other ids than before: after a state from elsewhere is taken over, whose ids
    /// may come from the same seed.
    pub(crate) fn diverge<'a>(&mut self, taken: impl Iterator<Item = &'a str>) {
        let mix = mixture(taken);
        self.things = Rng::with_seed(self.seed ^ mix);
        self.keys = Rng::with_seed(self.seed ^ mix ^ KEYS);
    }

    /// `org-` and 24 letters or digits.
    pub(crate) fn organization(&mut self) -> String {
        alphanumeric("org-", 24, &mut self.things)
    }

    /// `user-` and 24 letters or digits.
    pub(crate) fn user(&mut self) -> String {
        alphanumeric("user-", 24, &mut self.things)
    }

    /// `invite-` and 24 letters or digits.
    pub(crate) fn invite(&mut self) -> String {
        alphanumeric("invite-", 24, &mut self.things)
    }

    /// `group_` and what looks like a ULID: ten characters of time, sixteen of chance.
    pub(crate) fn group(&mut self, now: Timestamp) -> String {
        self.ulid("group_", now)
    }

    /// `role_` and what looks like a ULID.
    pub(crate) fn role(&mut self, now: Timestamp) -> String {
        self.ulid("role_", now)
    }

    /// `proj_` and 24 letters or digits.
    pub(crate) fn project(&mut self) -> String {
        alphanumeric("proj_", 24, &mut self.things)
    }

    /// The project that is there from the beginning. It follows the seed alone.
    pub(crate) fn default_project(&self) -> String {
        alphanumeric("proj_", 24, &mut Rng::with_seed(self.seed ^ 0x7072_6f6a_6563_7473))
    }

    /// `svc_acct_` and 24 letters or digits.
    pub(crate) fn service_account(&mut self) -> String {
        alphanumeric("svc_acct_", 24, &mut self.things)
    }

    /// The secret of a service account's key: `sk-svcacct-` and 40 letters or digits.
    pub(crate) fn service_account_secret(&mut self) -> String {
        alphanumeric("sk-svcacct-", 40, &mut self.keys)
    }

    /// `key_` and 16 letters or digits.
    pub(crate) fn key(&mut self) -> String {
        alphanumeric("key_", 16, &mut self.keys)
    }

    /// `sa_` and 24 letters or digits: a service account that owns a key.
    pub(crate) fn key_owner(&mut self) -> String {
        alphanumeric("sa_", 24, &mut self.keys)
    }

    /// What opens the organization: `sk-admin-` and 40 letters or digits.
    pub(crate) fn secret(&mut self) -> String {
        alphanumeric("sk-admin-", 40, &mut self.keys)
    }

    /// `req_` and 32 hexadecimal digits.
    pub(crate) fn request(&mut self) -> [u8; 36] {
        let mut id = *b"req_00000000000000000000000000000000";
        let number = self.requests.u128(..).to_be_bytes();
        for (digits, byte) in id[4..].as_chunks_mut().0.iter_mut().zip(number) {
            *digits = [byte >> 4, byte & 15].map(|digit| HEXADECIMAL[usize::from(digit)]);
        }
        id
    }

    fn ulid(&mut self, prefix: &str, now: Timestamp) -> String {
        let mut id = String::from(prefix);
        for place in (0..10).rev() {
            let digit = (now.as_millis() >> (5 * place)) & 31;
            id.push(crockford(usize::try_from(digit).unwrap_or(0)));
        }
        for _ in 0..16 {
            id.push(crockford(self.things.usize(..32)));
        }
        id
    }
}

/// Chance that follows from the seed and one id, whatever else happened.
pub(crate) fn chance_of(seed: u64, id: &str) -> Rng {
    Rng::with_seed(seed ^ mixture(std::iter::once(id)))
}

/// FNV-1a; any stable mixture of the ids will do.
fn mixture<'a>(ids: impl Iterator<Item = &'a str>) -> u64 {
    ids.flat_map(str::bytes).fold(0xcbf2_9ce4_8422_2325, |mix: u64, byte| {
        (mix ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn alphanumeric(prefix: &str, length: usize, rng: &mut Rng) -> String {
    let mut id = Vec::with_capacity(prefix.len() + length);
    id.extend_from_slice(prefix.as_bytes());
    // All of them are ASCII, so this is a text.
    id.extend((0..length).map(|_| u8::try_from(rng.alphanumeric()).unwrap_or_default()));
    String::from_utf8(id).unwrap_or_default()
}

fn crockford(digit: usize) -> char {
    char::from(CROCKFORD[digit % CROCKFORD.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shapes_seen_in_practice_and_follow_the_seed() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let draw = |mut ids: Ids| {
            let request = String::from_utf8_lossy(&ids.request()).into_owned();
            [ids.user(), ids.invite(), ids.group(now), request]
        };
        let first = draw(Ids::new(7));
        insta::assert_snapshot!(first.join("\n"), @r#"
        user-vNsdHKxFIbmB90eexaga5zRT
        invite-GLmhVb64d1DOEm2KvNO0nTpD
        group_01HF7YAT00WZMZEE5CX3HJCFRF
        req_a7c8a8dd5fae838ce33444df4008dff1
        "#);
        assert_eq!(first, draw(Ids::new(7)));
        assert_ne!(first, draw(Ids::new(8)));
    }

    #[test]
    fn reads_do_not_change_the_ids_of_things() {
        let (mut quiet, mut busy) = (Ids::new(1), Ids::new(1));
        busy.request();
        assert_eq!(quiet.user(), busy.user());
    }
}
