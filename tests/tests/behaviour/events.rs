//! Events of calls: each kind, each end, told once and in the context of the call.

mod ends;
mod lasting;
mod logged;
mod sink;
mod slow;
mod whose;
