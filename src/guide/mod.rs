//! The guide: a tutorial, a cookbook, and chapters on text, damage and performance.
//!
//! This module contains documentation only. Its examples use the small logs in the folder `fixtures` of the package,
//! and run as tests.
//!
//! | Chapter | Contents |
//! |---|---|
//! | [`tutorial`] | From `cargo add` to a program that lists failed operations |
//! | [`cookbook`] | Short solutions for common tasks |
//! | [`text`] | Text that is identical to Procmon's |
//! | [`damage`] | Errors, warnings, and recovery of crashed captures |
//! | [`performance`] | What is free, what allocates, and how to use all processors |

pub mod tutorial {
    #![doc = include_str!("tutorial.md")]

    #[allow(unused_imports, reason = "the links of the documentation are resolved with it")]
    use crate::*;
}

pub mod cookbook {
    #![doc = include_str!("cookbook.md")]

    #[allow(unused_imports, reason = "the links of the documentation are resolved with it")]
    use crate::*;
}

pub mod text {
    #![doc = include_str!("text.md")]

    #[allow(unused_imports, reason = "the links of the documentation are resolved with it")]
    use crate::*;
}

pub mod damage {
    #![doc = include_str!("damage.md")]

    #[allow(unused_imports, reason = "the links of the documentation are resolved with it")]
    use crate::*;
}

pub mod performance {
    #![doc = include_str!("performance.md")]

    #[allow(unused_imports, reason = "the links of the documentation are resolved with it")]
    use crate::*;
}
