//! XEP-0133: Service Administration, by ad-hoc commands (XEP-0050) to the domain. For the accounts that may use the console.

mod accounts;
mod motd;

use cobnut_xmpp_proto::commands::{
    AdminAnswer, AdminCommand, AdminRequest, CommandRequest, NS_COMMANDS as NS, canceled, completed,
    executing,
};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid};
use minidom::Element;
use rand::RngExt as _;
use tracing::info;
use xmpp_parsers::ns;

pub(crate) use motd::Motd;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Recipients, Service, store_failure};

/// What `disco#info` calls commands, and the node of their list.
pub(super) const FEATURE: &str = NS;

/// Carries a command on.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_set()?;
    if request.target != Target::Server {
        return Err(Condition::ServiceUnavailable);
    }
    let command = request.payload;
    if command.name() != "command" {
        return Err(Condition::BadRequest);
    }
    let node = command.attr("node").unwrap_or_default();
    let known = AdminCommand::of_node(node).ok_or(Condition::ItemNotFound)?;
    if !service.is_admin(&request.account()) {
        return Err(Condition::Forbidden);
    }
    let made_up = || format!("{:016x}", rand::rng().random::<u64>());
    let session = command.attr("sessionid").filter(|id| !id.is_empty()).map_or_else(made_up, str::to_owned);
    let wanted = match CommandRequest::of(command)? {
        CommandRequest::Cancel => return Ok(Some(canceled(node, &session))),
        CommandRequest::Begin => match (known.at_once(), known.form()) {
            (None, Some(form)) => return Ok(Some(executing(node, &session, form))),
            (wanted, _) => wanted.ok_or(Condition::InternalServerError)?,
        },
        CommandRequest::Submit(form) => known.read(&form, service.domain_str())?,
    };
    info!(admin = %request.account(), command = known.title(), "an administrator's command");
    let result = service.administer(wanted).await?;
    Ok(Some(completed(node, &session, result.into_form())))
}

/// The commands that somebody may use, for `disco#items` (XEP-0050 §2.2): nodes and names.
pub(super) fn commands_for(service: &Service, account: &BareJid) -> Vec<(&'static str, &'static str)> {
    let all = AdminCommand::all().filter(|_| service.is_admin(account));
    all.map(|command| (command.node(), command.title())).collect()
}

impl Service {
    /// Whether an account administers the server.
    pub(crate) fn is_admin(&self, account: &BareJid) -> bool {
        self.is_ours(account) && self.policy.admins.iter().any(|admin| admin == Self::username(account))
    }

    async fn administer(&self, wanted: AdminRequest) -> Result<AdminAnswer, Condition> {
        match wanted {
            AdminRequest::Announce { subject, body } => {
                self.announce_to_all(subject.as_deref(), &body).await;
                Ok(AdminAnswer::Done)
            }
            AdminRequest::SetMotd { body, is_announced } => {
                self.set_motd(body.as_deref()).await.map_err(|err| store_failure(&err))?;
                if let Some(body) = body.filter(|_| is_announced) {
                    self.announce_to_all(None, &body).await;
                }
                Ok(AdminAnswer::Done)
            }
            other => accounts::administer(self, other).await,
        }
    }

    /// Sends a message of the server to everybody who is online, on all members. Compat: Spark shows what comes from the bare
    /// domain in a window of its own.
    pub(crate) async fn announce_to_all(&self, subject: Option<&str>, body: &str) {
        let mut recipients = Recipients::new();
        recipients.add(self.cluster.sessions().collect(|record| record.presence.is_some()));
        let message = self.message_of_server(subject, body);
        self.fan_out(recipients, &stanza_bytes(&message)).await;
    }

    fn message_of_server(&self, subject: Option<&str>, body: &str) -> Element {
        let text = |name: &str, text: &str| Element::bare(name, ns::JABBER_CLIENT).with_text(text);
        let mut message = Element::bare("message", ns::JABBER_CLIENT)
            .with_attr("type", "headline")
            .with_attr("from", self.domain_str());
        if let Some(subject) = subject {
            message.append_child(text("subject", subject));
        }
        message.with_child(text("body", body))
    }

    /// Tells a session the message of the day, if there is one.
    pub(crate) async fn tell_motd(&self, session: &FullJid) {
        if let Some((subject, body)) = self.motd().await {
            let message = self.message_of_server(subject.as_deref(), &body);
            self.deliver_unjudged(session, &stanza_bytes(&message));
        }
    }
}

#[cfg(test)]
mod tests;
