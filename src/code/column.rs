//! The columns of Procmon's event list.

use crate::wire::macros::codes;

codes! {
    /// A column of Procmon's event list, identified by the number that configurations (PMC) use.
    ///
    /// The name is the title of the column in a CSV export.
    ///
    /// ```
    /// use procmon_parser::Column;
    ///
    /// assert_eq!("pid".parse::<Column>()?, Column::PID);
    /// assert_eq!(Column::ALL.len(), 29);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct Column(u32) {
        /// The start of the operation, as a date and time to the second.
        DATE_AND_TIME = 40052 => "Date & Time",
        /// The name of the process.
        PROCESS_NAME = 40053 => "Process Name",
        /// The process id.
        PID = 40054 => "PID",
        /// The name of the operation.
        OPERATION = 40055 => "Operation",
        /// The result of the operation.
        RESULT = 40056 => "Result",
        /// The parameters of the operation and what it returned.
        DETAIL = 40057 => "Detail",
        /// The sequence number, always shown as `n/a`.
        SEQUENCE = 40058 => "Sequence",
        /// The company named by the image of the process.
        COMPANY = 40064 => "Company",
        /// The description of the image of the process.
        DESCRIPTION = 40065 => "Description",
        /// The command line of the process.
        COMMAND_LINE = 40066 => "Command Line",
        /// The user of the process.
        USER = 40067 => "User",
        /// The path of the image of the process.
        IMAGE_PATH = 40068 => "Image Path",
        /// The Terminal Services session id of the process.
        SESSION = 40069 => "Session",
        /// The object of the operation: a file, registry key, image or pair of endpoints.
        PATH = 40071 => "Path",
        /// The thread id.
        TID = 40072 => "TID",
        /// The time from the first event of the log to the start of the operation.
        RELATIVE_TIME = 40076 => "Relative Time",
        /// The duration of the operation, in seconds.
        DURATION = 40077 => "Duration",
        /// The start of the operation, as a time of day to 100 ns.
        TIME_OF_DAY = 40078 => "Time of Day",
        /// The version of the image of the process.
        VERSION = 40081 => "Version",
        /// The class of the event.
        EVENT_CLASS = 40082 => "Event Class",
        /// The LUID of the logon session of the process.
        AUTHENTICATION_ID = 40083 => "Authentication ID",
        /// The state of UAC virtualization of the process.
        VIRTUALIZED = 40084 => "Virtualized",
        /// The integrity level of the process.
        INTEGRITY = 40085 => "Integrity",
        /// The effect of the operation on its object, a [`Category`](super::Category).
        CATEGORY = 40086 => "Category",
        /// The process id of the parent process.
        PARENT_PID = 40087 => "Parent PID",
        /// The architecture of the process, `32-bit` or `64-bit`.
        ARCHITECTURE = 40088 => "Architecture",
        /// The end of the operation, as a time of day to 100 ns.
        COMPLETION_TIME = 40164 => "Completion Time",
        /// The creation of the process, as a date and time to the second. Procmon 4.01 has this column, 3.94 does not.
        PROCESS_START = 40178 => "Process Start",
        /// The creation of the process, as a date and time to 100 ns. Procmon 4.01 has this column, 3.94 does not.
        HIGH_RESOLUTION_PROCESS_START = 40179 => "High Resolution Process Start",
    }
}

impl Column {
    /// The columns of an export of all columns by Procmon, in Procmon's order. Process Start and High Resolution
    /// Process Start are not among them.
    pub const PROCMON_ORDER: &'static [Self] = &[
        Self::TIME_OF_DAY,
        Self::PROCESS_NAME,
        Self::PID,
        Self::OPERATION,
        Self::PATH,
        Self::RESULT,
        Self::DETAIL,
        Self::DATE_AND_TIME,
        Self::RELATIVE_TIME,
        Self::DURATION,
        Self::COMPLETION_TIME,
        Self::EVENT_CLASS,
        Self::SEQUENCE,
        Self::IMAGE_PATH,
        Self::COMPANY,
        Self::DESCRIPTION,
        Self::VERSION,
        Self::USER,
        Self::AUTHENTICATION_ID,
        Self::SESSION,
        Self::COMMAND_LINE,
        Self::TID,
        Self::VIRTUALIZED,
        Self::INTEGRITY,
        Self::CATEGORY,
        Self::PARENT_PID,
        Self::ARCHITECTURE,
    ];

    /// Returns true if the column describes only the process of an event, so that its text is the same for all events
    /// of a process.
    #[inline]
    #[must_use]
    pub const fn is_of_process(self) -> bool {
        matches!(
            self,
            Self::PROCESS_NAME
                | Self::PID
                | Self::COMPANY
                | Self::DESCRIPTION
                | Self::COMMAND_LINE
                | Self::USER
                | Self::IMAGE_PATH
                | Self::SESSION
                | Self::VERSION
                | Self::AUTHENTICATION_ID
                | Self::VIRTUALIZED
                | Self::INTEGRITY
                | Self::PARENT_PID
                | Self::ARCHITECTURE
                | Self::PROCESS_START
                | Self::HIGH_RESOLUTION_PROCESS_START
        )
    }
}
