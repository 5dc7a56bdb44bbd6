//! The codes of the network class.

/// The transport protocol of a network event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// The User Datagram Protocol.
    Udp,
    /// The Transmission Control Protocol.
    Tcp,
}

impl Protocol {
    /// Both protocols.
    pub const ALL: [Self; 2] = [Self::Udp, Self::Tcp];
    /// The flag of a network event that is set for TCP and clear for UDP.
    pub(crate) const TCP_FLAG: u16 = 4;

    /// Returns the protocol that the flags of a network event indicate.
    #[inline]
    pub(crate) const fn from_flags(flags: u16) -> Self {
        if flags & Self::TCP_FLAG == 0 { Self::Udp } else { Self::Tcp }
    }

    /// Returns `UDP` or `TCP`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Protocol {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Protocol {
    type Err = crate::error::Error;

    /// Parses the name that `Display` writes, ignoring ASCII case.
    fn from_str(text: &str) -> crate::error::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| crate::error::Error::unknown_name("Protocol", text))
    }
}
