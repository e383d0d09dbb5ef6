//! Sends requests as a scenario writes them, several at the same moment if it wants that.

use std::time::Duration;

use futures_util::future::BoxFuture;
use proofload_scenarios::{RawRequest, fill};

use super::stage::Stage;
use crate::exchange::{Exchange, SentRequest};
use crate::judge::{Breach, StepRecord};
use crate::persona::{Line, Pen};

impl Stage<'_> {
    /// Sends them all at the same moment, in an order that the seed chooses.
    pub(super) async fn send_raw(
        &mut self,
        raws: &[&RawRequest],
        hang_up_after: Option<Duration>,
        record: &mut StepRecord,
    ) -> Vec<Breach> {
        let mut requests = Vec::new();
        for raw in raws {
            let mut line = self.line(raws.len() > 1).hanging_up_after(hang_up_after);
            match self.written_out(raw, &line.guid()) {
                Ok(request) => requests.push((line, request)),
                Err(missing) => {
                    let message = format!("`{missing}` is not known: the bridge never gave it, so this cannot be sent");
                    let level = self.case.scenario.level;
                    return vec![Breach::of_step("idp.id", level, message)];
                }
            }
        }
        self.random().shuffle(&mut requests);
        let mut sent: Vec<BoxFuture<'_, Exchange>> = Vec::with_capacity(requests.len());
        for (mut line, request) in requests {
            sent.push(Box::pin(async move { line.send("send", request).await }));
        }
        let exchanges = futures_util::future::join_all(sent).await;
        self.learn(&exchanges);
        record.exchanges.extend(exchanges);
        Vec::new()
    }

    fn written_out(&self, raw: &RawRequest, guid: &str) -> Result<SentRequest, String> {
        let value_of = |name: &str| match name {
            "guid" => Some(guid.to_owned()),
            name => self.cast.placeholder(name, &self.rules.role_urn),
        };
        let pen = Pen::new(&self.case.idp, self.rig.scim_token());
        // A body is JSON, and its placeholders stand inside of strings.
        let in_json = |name: &str| value_of(name).map(|value| json_escaped(&value));
        let body = raw.body.as_ref().map(|body| fill(body, in_json)).transpose()?;
        Ok(SentRequest {
            method: raw.method.clone(),
            target: pen.target(&raw.target, &value_of)?,
            headers: pen.headers(body.is_some(), raw.token, &raw.headers, &value_of)?,
            body: body.map(Into::into),
        })
    }
}

/// A text as it stands between the quotes of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
