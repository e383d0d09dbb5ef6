//! Patience under 429: no call to a route before the time upstream told, however many requests were under way.

use std::collections::BTreeMap;

use mock_openai::Entry;

use super::breach::Breach;
use super::invariant::Invariant;

/// A request that was under way when the 429 was answered may still arrive this much later: another thread of a bridge has not
/// read the refusal yet. On two cores with fifteen programs at work 116 ms were seen; whoever does not heed a 429 goes on calling
/// for as long as the wait, which in scenarios is a second.
const UNDER_WAY_MS: u64 = 250;
/// Clocks and rounding: a call this little before its time is in time.
pub const EARLY_MS: u64 = 50;
/// How often one and the same request may be repeated before the time it was told.
const REPEATS_MAX: u32 = 2;

/// Follows the journal and remembers for each route until when it is closed.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    cooldowns: BTreeMap<String, Cooldown>,
}

#[derive(Clone, Debug)]
struct Cooldown {
    refused: u64,
    told_at: u64,
    until: u64,
    requests: BTreeMap<Vec<u8>, u32>,
}

impl Patience {
    /// Takes in one request of the bridge; gives what it breaks.
    pub fn observe(&mut self, entry: &Entry) -> Option<Breach> {
        let route = entry.operation.map_or(&*entry.route, |operation| operation.as_str());
        let arrived = entry.arrived.as_millis();
        let breach = self
            .cooldowns
            .get_mut(route)
            .and_then(|cooldown| cooldown.breach_by(entry, route));
        let told_at = entry.answered.map_or(arrived, mock_openai::Timestamp::as_millis);
        if let Some(wait) = told_wait(entry, told_at) {
            let until = told_at + wait;
            let cooldown = self.cooldowns.entry(route.to_owned()).or_insert_with(|| Cooldown {
                refused: entry.seq,
                told_at,
                until,
                requests: BTreeMap::new(),
            });
            if until > cooldown.until || arrived >= cooldown.until {
                *cooldown = Cooldown {
                    refused: entry.seq,
                    told_at,
                    until,
                    requests: std::mem::take(&mut cooldown.requests),
                };
            }
        }
        breach
    }
}

impl Cooldown {
    fn breach_by(&mut self, entry: &Entry, route: &str) -> Option<Breach> {
        let arrived = entry.arrived.as_millis();
        if arrived + EARLY_MS >= self.until {
            self.requests.clear();
            return None;
        }
        let request = entry.request.as_ref()?;
        let key = [
            request.path().as_bytes(),
            b"?",
            request.query().as_bytes(),
            b"\n",
            request.body(),
        ]
        .concat();
        let repeats = self.requests.entry(key).or_default();
        *repeats += 1;
        // The first repetitions may have been under way when the 429 was answered.
        if arrived < self.told_at + UNDER_WAY_MS && *repeats <= REPEATS_MAX {
            return None;
        }
        let message = format!(
            "{route} was called again (#{}) {} ms after #{} was refused with 429 and told to wait until {} ms after it",
            entry.seq,
            arrived.saturating_sub(self.told_at),
            self.refused,
            self.until - self.told_at,
        );
        Some(Breach::of(Invariant::ObeysThrottle, message))
    }
}

/// How many milliseconds after `told_at` the 429's header told the bridge to wait. What is only in the text binds nobody. A
/// date has whole seconds only (RFC 9110 §5.6.7), so it is taken as it was sent, not as it was meant.
pub fn told_wait(entry: &Entry, told_at: u64) -> Option<u64> {
    let answer = entry.answer.as_ref().filter(|answer| answer.status == 429)?;
    let value = answer.headers().get("retry-after")?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(seconds.saturating_mul(1000)).filter(|wait| *wait > 0);
    }
    let date = httpdate::parse_http_date(value)
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    u64::try_from(date.as_millis())
        .ok()?
        .checked_sub(told_at)
        .filter(|wait| *wait > 0)
}
