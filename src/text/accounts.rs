//! Names of accounts, which a log has as SIDs.

use std::collections::HashMap;
use std::sync::Arc;

use crate::code::EventClass;
use crate::detail::{Detail, ProcessDetail, Sid};
use crate::error::Result;
use crate::event::Event;

/// What account names the machine knows that prints a log.
///
/// Procmon asks the Windows on which it runs. The accounts that are the same on every Windows are always known; those
/// of the captured computer can be [learned from the log](Self::of_log), which on another machine Procmon cannot do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(Option<Arc<HashMap<Vec<u8>, Box<str>>>>);

impl Accounts {
    /// Learns the accounts of a log: a new process has its user as SID in its event, as name in the table.
    ///
    /// Looks at every event once. Events that cannot be read are passed over.
    ///
    /// ```
    /// use procmon_parser::{Accounts, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let style = Style::new().accounts(Accounts::of_log(log.events()));
    /// ```
    #[must_use]
    pub fn of_log<'a>(events: impl IntoIterator<Item = Result<Event<'a>>>) -> Self {
        let mut accounts = Self::default();
        events.into_iter().flatten().for_each(|event| accounts.learn(event));
        accounts
    }

    /// Learns the account of a new process, if the event tells of one.
    ///
    /// ```
    /// use procmon_parser::{Accounts, Log, LogsStream};
    ///
    /// let log = LogsStream::open("fixtures/sample64.pml")?;
    /// let mut accounts = Accounts::default();
    /// log.for_each(|event| event.into_iter().for_each(|event| accounts.learn(event)))?;
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn learn(&mut self, event: Event<'_>) {
        if event.class() != EventClass::PROCESS {
            return;
        }
        if let Ok(Detail::Process(ProcessDetail::Create(new) | ProcessDetail::Defined(new))) = event.detail()
            && let Some(process) = event.index().process(new.process_key)
            && Sid::new(new.user_sid).is_some()
            && !process.user().is_empty()
        {
            let names = Arc::make_mut(self.0.get_or_insert_default());
            names.entry(new.user_sid.to_vec()).or_insert_with(|| process.user().into());
        }
    }

    /// The name of an account, `DOMAIN\name`.
    #[must_use]
    pub fn name(&self, sid: Sid<'_>) -> Option<&str> {
        let learned = self.0.as_ref().and_then(|names| names.get(sid.as_bytes()));
        learned.map(|name| &**name).or_else(|| sid.well_known_account())
    }
}
