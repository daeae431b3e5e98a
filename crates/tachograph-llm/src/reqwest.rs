//! Calls to models through `reqwest-middleware`.
