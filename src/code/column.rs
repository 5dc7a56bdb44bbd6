//! Columns of Procmon's event list.

use crate::wire::macros::codes;

codes! {
    /// A column of Procmon's event list, by the id that configurations (PMC) use; the name is the title in a CSV.
    ///
    /// ```
    /// use procmon_parser::Column;
    ///
    /// assert_eq!("pid".parse::<Column>().unwrap(), Column::PID);
    /// assert_eq!(Column::ALL.len(), 29);
    /// ```
    pub struct Column(u32) {
        /// Start of the operation: date and time to the second.
        DATE_AND_TIME = 40052 => "Date & Time",
        /// Name of the process.
        PROCESS_NAME = 40053 => "Process Name",
        /// Process id.
        PID = 40054 => "PID",
        /// Name of the operation.
        OPERATION = 40055 => "Operation",
        /// Result of the operation.
        RESULT = 40056 => "Result",
        /// What the operation asked for and what came of it.
        DETAIL = 40057 => "Detail",
        /// `n/a`, always.
        SEQUENCE = 40058 => "Sequence",
        /// Company of the process's image.
        COMPANY = 40064 => "Company",
        /// Description of the process's image.
        DESCRIPTION = 40065 => "Description",
        /// Command line of the process.
        COMMAND_LINE = 40066 => "Command Line",
        /// User of the process.
        USER = 40067 => "User",
        /// Path of the process's image.
        IMAGE_PATH = 40068 => "Image Path",
        /// Terminal-services session of the process.
        SESSION = 40069 => "Session",
        /// What the operation is about: a file, a key, two endpoints, an image.
        PATH = 40071 => "Path",
        /// Thread id.
        TID = 40072 => "TID",
        /// Start of the operation since the first event of the log.
        RELATIVE_TIME = 40076 => "Relative Time",
        /// Seconds that the operation took.
        DURATION = 40077 => "Duration",
        /// Start of the operation: time of day to 100 ns.
        TIME_OF_DAY = 40078 => "Time of Day",
        /// Version of the process's image.
        VERSION = 40081 => "Version",
        /// Class of the event.
        EVENT_CLASS = 40082 => "Event Class",
        /// Logon session (LUID) of the process.
        AUTHENTICATION_ID = 40083 => "Authentication ID",
        /// Whether UAC virtualization is on in the process.
        VIRTUALIZED = 40084 => "Virtualized",
        /// Integrity level of the process.
        INTEGRITY = 40085 => "Integrity",
        /// What the operation does to its object.
        CATEGORY = 40086 => "Category",
        /// Process id of the parent.
        PARENT_PID = 40087 => "Parent PID",
        /// Whether the process is a 64-bit one.
        ARCHITECTURE = 40088 => "Architecture",
        /// End of the operation: time of day to 100 ns.
        COMPLETION_TIME = 40164 => "Completion Time",
        /// Date and time of the process's creation, to the second. Procmon 4.01 has the column, 3.94 has not.
        PROCESS_START = 40178 => "Process Start",
        /// Date and time of the process's creation, to 100 ns. Procmon 4.01 has the column, 3.94 has not.
        HIGH_RESOLUTION_PROCESS_START = 40179 => "High Resolution Process Start",
    }
}

impl Column {
    /// The columns of Procmon's own export of everything, in its order: all but Process Start and High Resolution
    /// Process Start.
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

    /// Whether the column tells of the event's process only, so that its text is the same for all events of a process.
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
