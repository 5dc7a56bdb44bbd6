//! Names of accounts, by the SIDs in a log.

use std::collections::HashMap;
use std::sync::Arc;

use crate::code::EventClass;
use crate::detail::{Detail, ProcessDetail, Sid};
use crate::error::Result;
use crate::event::Event;

/// Names of accounts, printed instead of their SIDs.
///
/// Procmon looks up names on the computer on which it runs. This type knows the accounts that are the same on every
/// Windows. The names of the captured computer can be [read from the log](Self::from_events), which Procmon cannot do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountNames(Option<Arc<HashMap<Vec<u8>, Box<str>>>>);

impl AccountNames {
    /// Reads the names from the events of a log: the event of a new process has the SID of its user, and the process
    /// table has the name. Events that cannot be read are ignored.
    ///
    /// ```
    /// use procmon_parser::{AccountNames, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let style = Style::new().accounts(AccountNames::from_events(log.events()));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn from_events<'a>(events: impl IntoIterator<Item = Result<Event<'a>>>) -> Self {
        let mut names = Self::default();
        events.into_iter().flatten().for_each(|event| names.add_event(event));
        names
    }

    /// Adds the account of a new process, and does nothing for other events.
    ///
    /// ```
    /// use procmon_parser::{AccountNames, Log, LogsStream};
    ///
    /// let log = LogsStream::open("fixtures/sample64.pml")?;
    /// let mut names = AccountNames::default();
    /// log.for_each(|event| event.into_iter().for_each(|event| names.add_event(event)))?;
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn add_event(&mut self, event: Event<'_>) {
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

    /// Returns the name of an account, `DOMAIN\name`; `None` if it is unknown.
    #[must_use]
    pub fn name(&self, sid: Sid<'_>) -> Option<&str> {
        let added = self.0.as_ref().and_then(|names| names.get(sid.as_bytes()));
        added.map(|name| &**name).or_else(|| sid.well_known_account())
    }
}
