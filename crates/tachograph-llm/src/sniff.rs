//! Which body it is, where nobody says so.
